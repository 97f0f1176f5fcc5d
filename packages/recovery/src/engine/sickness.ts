// A subject that lives and is silent: what is done about it, in the order of its verdict's ladder. Each round brings a
// fresh diagnosis, so whatever is decided here is decided anew until the subject is heard again, or fenced.
//
// Fencing: what can be seen of the process is kept, then it is ended by force, and nothing is started before the kernel
// confirms its end. So no two lives of a subject ever overlap, however late the old one would have woken up.
import type { Diagnosis } from '../diagnose/diagnose.js';
import { ladderOf, waitsFor } from '../faults/catalogue.js';
import type { Mender } from '../incidents/incident.js';
import { actionsOf } from '../recover/actions.js';
import type { GuardState } from './guard-state.js';
import { type Living, tellOnce } from './health-rounds.js';
import type { Hold } from './hold.js';
import { spokenSeconds } from './words.js';

type Fencing = Extract<GuardState, { kind: 'fencing' }>;

/** A repair elsewhere may take longer than this; then it has had its chance. */
const WAIT_FOR_OTHERS_MS = 30_000;

export class Sickness {
  readonly #hold: Hold;

  constructor(hold: Hold) {
    this.#hold = hold;
  }

  treat(living: Living, diagnosis: Diagnosis): void {
    const { case: file, subject } = this.#hold;
    const ladder = ladderOf(diagnosis.verdict);
    this.#record(living, diagnosis);
    if (ladder.length === 0) return file.escalate(`${diagnosis.verdict}: nothing is done about it without a human`);
    const obstacle = this.#obstacle(living, diagnosis);
    if (obstacle !== undefined) return tellOnce(this.#hold, living.health, `${diagnosis.verdict}, not acted on: ${obstacle}`);
    if (ladder[0]?.[0] === 'wait' && this.#mayEndByItself(diagnosis)) return this.#wait(living);
    if (actionsOf(ladder).includes('fence')) return void this.#fence(living);
    file.escalate(`${subject} lives and is silent: ${diagnosis.verdict}`);
  }

  /** @returns who mended it: what was stopped by a signal does not go on by itself */
  menderOf(): Mender {
    return this.#hold.case.open?.diagnosis?.facts.processState === 'stopped' ? 'operator' : 'itself';
  }

  #record({ health, boot }: Living, diagnosis: Diagnosis): void {
    const { case: file, subject } = this.#hold;
    const phase = file.open?.phase.kind;
    if (phase === undefined || phase === 'suspected') {
      const text = `${subject}: detected: not heard for ${Math.round(diagnosis.facts.silence?.ms ?? 0)} ms`;
      const patient = { process: boot.process, boot };
      file.detect({ onset: health.lastHeardAt, onsetSource: 'last heartbeat', evidence: text, patient }, text);
    }
    if (file.open?.phase.kind === 'detected') file.diagnosed(diagnosis);
    else if (file.open?.diagnosis?.verdict !== diagnosis.verdict) file.diagnosedAgain(diagnosis, ladderOf(diagnosis.verdict));
    if (file.open?.phase.kind === 'diagnosed') file.plan(ladderOf(diagnosis.verdict));
  }

  #obstacle({ health }: Living, { verdict, facts }: Diagnosis): string | undefined {
    const objection = this.#hold.objection();
    if (objection !== undefined) return objection;
    const { desk, subject } = this.#hold;
    if (facts.at - health.lastHeardAt > WAIT_FOR_OTHERS_MS) return undefined;
    const first = desk.underRepair().find((other) => other.subject !== subject && waitsFor(verdict).includes(other.fault));
    return first === undefined ? undefined : `the repair of ${first.subject} (${first.fault}) comes first`;
  }

  #mayEndByItself({ facts }: Diagnosis): boolean {
    return (facts.silence?.ms ?? 0) < this.#hold.desk.settings.blockedPatienceMs;
  }

  #wait({ health }: Living): void {
    const { case: file, desk } = this.#hold;
    const { phase, runs } = file.open ?? {};
    if (phase?.kind === 'recovering' && runs?.at(-1)?.action === 'wait') return;
    file.beginStep('wait', { next: 'attempt' });
    const left = desk.settings.blockedPatienceMs - (desk.stamp() - health.lastHeardAt);
    tellOnce(this.#hold, health, `given another ${spokenSeconds(left)} to come back by itself, then fenced`, 'waiting');
  }

  async #fence(living: Living): Promise<void> {
    const { hold, process } = { hold: this.#hold, process: living.boot.process };
    const { desk, subject, case: file } = hold;
    const waited = file.open?.runs.at(-1);
    const fencing: Fencing = hold.pass({ kind: 'fencing', process, unwatch: living.unwatch });
    desk.detector.forget(subject);
    file.endStep('failed', 'it did not come back in time');
    file.beginStep('fence', { next: waited?.action === 'wait' ? 'step' : 'attempt' });
    file.keep(desk.driver.look(process));
    desk.journal.sync();
    file.actionBegins();
    const outcome = await desk.driver.fence(subject, process, desk.settings.fenceTimeoutMs);
    if (outcome === 'gone' || !hold.isStill(fencing)) return;
    file.endStep('failed', `the kernel has not ended pid ${process.pid}`);
    file.escalate(
      `pid ${process.pid} was killed and is still there after ${spokenSeconds(desk.settings.fenceTimeoutMs)}: it is stuck in the kernel, and nothing is started beside it`,
    );
  }
}
