// A restart that somebody asks for: end in order, start, verify, recorded like a repair. It is refused where it would
// take away the majority, and where the engine is at work already.
import type { ProcessIdentity } from '@reknit/runtime';
import type { Incident } from '../incidents/incident.js';
import { FULL_BUDGET } from '../recover/back-off.js';
import { type GuardState, processOf, unwatchOf } from './guard-state.js';
import type { Hold } from './hold.js';
import type { Launcher } from './launcher.js';

/** Why a request is not carried out: what is wrong, and what helps. */
export class RequestRefused extends Error {
  override readonly name: string = 'RequestRefused';
}

export class RequestedRestart {
  readonly #hold: Hold;
  readonly #launcher: Launcher;

  constructor(hold: Hold, launcher: Launcher) {
    this.#hold = hold;
    this.#launcher = launcher;
  }

  /** @throws RequestRefused */
  begin(by: string): Incident {
    const { desk, subject, case: file, state } = this.#hold;
    const thrown = desk.permits.killSwitch?.objection('coordinated');
    const refusal = thrown ?? desk.driver.retired(subject);
    if (refusal !== undefined) throw new RequestRefused(`${subject} is not restarted: ${refusal}`);
    const process = processOf(state);
    if (process === undefined || state.kind === 'fencing') return this.#startNow(by, state);
    if (file.open !== undefined && file.open.phase.kind !== 'suspected')
      throw new RequestRefused(
        `${subject} is under repair already (incident ${file.open.id}, ${file.open.phase.kind}): follow it with  reknit incident ${file.open.id}`,
      );
    return this.#stopFirst(by, process, state);
  }

  /** What is asked of it is under way or waits for a human: the incident that is there becomes the record. */
  #startNow(by: string, state: GuardState): Incident {
    const { desk, subject, case: file } = this.#hold;
    if (state.kind !== 'waiting' && state.kind !== 'parked' && state.kind !== 'held' && state.kind !== 'halted')
      throw new RequestRefused(`${subject} is being started already (${state.kind})`);
    const incident = file.open ?? file.escalated ?? file.request(by, {}, [['restart']]);
    desk.journal.note({ kind: 'mark', at: desk.stamp(), subject, mark: null });
    desk.journal.note({ kind: 'halt', subject, halt: null });
    desk.journal.note({ kind: 'sound', at: desk.stamp(), subject });
    this.#hold.decide(`restart asked for by ${by}: starting it`);
    if (file.open?.phase.kind === 'planned') file.beginStep('restart', { next: 'attempt' });
    void this.#launcher.launch({ by: 'operator', asked: 'by an operator' });
    return file.open ?? incident;
  }

  #stopFirst(by: string, process: ProcessIdentity, state: GuardState): Incident {
    const { desk, case: file, subject } = this.#hold;
    if (file.open !== undefined) file.expire(`overtaken by a restart that ${by} asked for`);
    const { boot } = desk.recall(subject);
    const incident = file.request(by, { process, ...(boot === undefined ? {} : { boot }) }, [['stop', 'restart']]);
    desk.journal.note({ kind: 'budget', subject, budget: FULL_BUDGET });
    this.stop(process, unwatchOf(state));
    return file.open ?? incident;
  }

  /** Also by an agent that finds the request not carried out yet. */
  stop(process: ProcessIdentity, unwatch: () => void): void {
    const { desk, case: file, subject } = this.#hold;
    const stopping = this.#hold.pass({ kind: 'stopping', process, unwatch, next: 'start' });
    desk.detector.forget(subject);
    file.beginStep('stop', { next: 'attempt' });
    desk.journal.sync();
    file.actionBegins();
    void desk.driver.stop(subject, process, desk.settings.stopGraceMs).then((outcome) => {
      if (outcome !== 'still-there' || !this.#hold.isStill(stopping)) return;
      file.endStep('failed', `pid ${process.pid} is still there`);
      file.escalate(`pid ${process.pid} was asked to end, then killed, and is still there: it is stuck in the kernel`);
    });
  }
}
