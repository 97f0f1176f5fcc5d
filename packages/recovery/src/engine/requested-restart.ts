// A restart that somebody asks for: end in order, start, verify, recorded like a repair. It is refused where it would
// take away the majority, and where the engine is at work already.
import type { Incident } from '../incidents/incident.js';
import { FULL_BUDGET } from '../recover/back-off.js';
import { planFor } from '../recover/plan.js';
import { type GuardState, processOf, unwatchOf } from './guard-state.js';
import type { Hold } from './hold.js';
import type { Launcher } from './launcher.js';
import { RequestRefused } from './request-refused.js';
import type { Stops } from './stops.js';

export interface RequestParts {
  readonly launcher: Launcher;
  readonly stops: Stops;
}

export class RequestedRestart {
  readonly #hold: Hold;
  readonly #parts: RequestParts;

  constructor(hold: Hold, parts: RequestParts) {
    this.#hold = hold;
    this.#parts = parts;
  }

  /** @throws RequestRefused */
  begin(by: string): Incident {
    const { desk, subject, case: file, state } = this.#hold;
    const thrown = desk.permits.killSwitch?.objection('coordinated');
    const refusal = thrown ?? desk.driver.retired(subject);
    if (refusal !== undefined) throw new RequestRefused(`${subject} is not restarted: ${refusal}`);
    if (processOf(state) === undefined || state.kind === 'fencing') return this.#startNow(by, state);
    const { phase } = file.open ?? {};
    if (phase !== undefined && phase.kind !== 'suspected' && phase.kind !== 'awaiting-approval' && phase.kind !== 'planned')
      throw new RequestRefused(
        `${subject} is under repair already (incident ${file.open?.id}, ${phase.kind}): follow it with  reknit incident ${file.open?.id}`,
      );
    return this.#stopFirst(by, state);
  }

  /** Its plan stands in the record, not begun. @throws RequestRefused */
  mend(request: 'repair' | 'replace', by: string): Incident {
    const { desk, subject, case: file, state } = this.#hold;
    const action = request === 'repair' ? 'rebuild' : 'replace';
    const refusal = desk.permits.killSwitch?.objection('coordinated') ?? desk.driver.retired(subject);
    if (refusal !== undefined) throw new RequestRefused(`no ${request} of ${subject}: ${refusal}`);
    if (desk.driver.actions?.(subject).has(action) !== true)
      throw new RequestRefused(`no ${request} of ${subject}: its driver cannot ${action}`);
    const isBusy = file.open?.phase.kind === 'recovering' || file.open?.phase.kind === 'verifying';
    if (isBusy || state.kind === 'fencing' || state.kind === 'stopping')
      throw new RequestRefused(
        `${subject} is under repair already (incident ${file.open?.id}): follow it with  reknit incident ${file.open?.id}`,
      );
    if (file.open !== undefined) file.expire(`overtaken by a ${request} that ${by} asked for`);
    desk.journal.note({ kind: 'halt', subject, halt: null });
    const { boot, process } = desk.recall(subject);
    const patient = { ...(process === undefined ? {} : { process }), ...(boot === undefined ? {} : { boot }) };
    return file.request({ action: request, by }, patient, planFor({ subject, ladder: [[action], ['page']] }));
  }

  /** What is asked of it is under way or waits for a human: the incident that is there becomes the record. */
  #startNow(by: string, state: GuardState): Incident {
    const { desk, subject, case: file } = this.#hold;
    if (state.kind !== 'waiting' && state.kind !== 'parked' && state.kind !== 'held' && state.kind !== 'halted')
      throw new RequestRefused(`${subject} is being started already (${state.kind})`);
    const plan = planFor({ subject, ladder: [['restart']] });
    const incident = file.open ?? file.handedOver ?? file.request({ action: 'restart', by }, {}, plan);
    desk.journal.note({ kind: 'mark', at: desk.stamp(), subject, mark: null });
    desk.journal.note({ kind: 'halt', subject, halt: null });
    desk.journal.note({ kind: 'sound', at: desk.stamp(), subject });
    this.#hold.decide(`restart asked for by ${by}: starting it`);
    const waits = file.open?.phase.kind === 'planned' || file.open?.phase.kind === 'awaiting-approval';
    if (waits) file.steps.begin({ step: stepOf(file.open), action: 'restart' });
    void this.#parts.launcher.launch({ by: 'operator', asked: 'by an operator' });
    return file.open ?? incident;
  }

  #stopFirst(by: string, state: GuardState): Incident {
    const { desk, case: file, subject } = this.#hold;
    if (file.open !== undefined) file.expire(`overtaken by a restart that ${by} asked for`);
    const { boot } = desk.recall(subject);
    const process = processOf(state);
    const patient = { ...(process === undefined ? {} : { process }), ...(boot === undefined ? {} : { boot }) };
    const incident = file.request({ action: 'restart', by }, patient, planFor({ subject, ladder: [['stop', 'restart']] }));
    desk.journal.note({ kind: 'budget', subject, budget: FULL_BUDGET });
    this.stop(state);
    return file.open ?? incident;
  }

  /** Also by an agent that finds the request not carried out yet. */
  stop(state: GuardState): void {
    const process = processOf(state);
    if (process === undefined) return;
    const { steps } = this.#hold.case;
    steps.end('interrupted', 'the agent ended before it was done');
    steps.begin({ step: 0, action: 'stop', process });
    this.#parts.stops.end({ process, unwatch: unwatchOf(state) }, 'stop');
  }
}

const stepOf = (incident: Incident | undefined): number =>
  Math.max(0, incident?.plan?.steps.findIndex(({ action }) => action === 'restart') ?? 0);
