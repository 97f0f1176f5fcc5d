// Starting what has ended, again and again if need be, but not for ever: a crash loop and a spent budget are futile. What no
// rung could mend is left down until a human acts.
import type { ProcessIdentity } from '@reknit/runtime';
import { describeExit } from '../detect/facts.js';
import type { Diagnosis } from '../diagnose/diagnose.js';
import { classOf } from '../faults/catalogue.js';
import { endsAlike } from '../faults/shared/ends.js';
import { isSpent } from '../recover/back-off.js';
import type { Climb } from './climb.js';
import type { Hold } from './hold.js';
import type { Launcher } from './launcher.js';
import { standStill } from './standstill.js';

/** It has ended again since it was mended: what it left this time may tell more than the first time. */
const AGAIN_EXITS = 2;

export class Restarts {
  readonly #hold: Hold;
  readonly #launcher: Launcher;

  constructor(hold: Hold, launcher: Launcher) {
    this.#hold = hold;
    this.#launcher = launcher;
  }

  /** The next attempt, unless it would only be one more of the same. */
  async begin(step: number, climb: Pick<Climb, 'plan' | 'goOn' | 'futile'>): Promise<void> {
    const { desk, subject, case: file } = this.#hold;
    const { budget, exits } = desk.recall(subject);
    const isAsked = file.open?.request !== undefined;
    const before = file.open?.diagnosis?.verdict;
    if (!isAsked && exits.length >= AGAIN_EXITS && before !== 'crash-loop') {
      const diagnosing = this.#hold.enter({ kind: 'diagnosing' });
      const diagnosis = await this.#hold.diagnose(file.open?.patient ?? {});
      if (!this.#hold.isStill(diagnosing)) return;
      const isGraver = (classOf(diagnosis.verdict)?.severity ?? 0) > (classOf(before)?.severity ?? 0);
      if (diagnosis.verdict !== before && (isGraver || isFutile(diagnosis))) {
        file.diagnosedAgain(diagnosis);
        climb.plan(diagnosis);
        return climb.goOn();
      }
    }
    const backOff = desk.backOff(subject);
    if (!isAsked && isSpent(budget, desk.stamp(), backOff))
      return climb.futile(`the budget of ${backOff.restartsMax} restarts without a healthy soak is spent`, 'rung', step);
    const delayMs = isAsked ? 0 : this.#launcher.nextDelay();
    file.steps.begin({ step, action: 'restart', delayMs });
    if (delayMs > 0) this.#launcher.launchAfter(delayMs);
    else this.launch();
  }

  /** At once. */
  launch(): void {
    const asked = this.#hold.case.open?.request === undefined ? 'by nobody' : 'by an operator';
    void this.#launcher.launch({ asked });
  }

  adopt(process: ProcessIdentity): void {
    this.#launcher.adopt(process, 'operator');
  }

  /** It stays down until a human starts it, by hand or through the agent; over this agent's own end, too. */
  halt(reason: string): void {
    const { desk, subject, case: file } = this.#hold;
    // Before the incident: without it the next agent would find nothing to do but to start the subject.
    if (desk.recall(subject).halt === undefined)
      desk.journal.commit({ kind: 'halt', subject, halt: { at: desk.stamp(), reason } });
    if (file.open !== undefined) file.escalate(reason);
    standStill(this.#hold, {
      kind: 'halted',
      reason,
      leftMs: () => undefined,
      isOver: () => false,
      onOver: () => undefined,
      onFound: (process) => this.adopt(process),
    });
  }
}

/** One more start would only meet the same again. */
const isFutile = ({ verdict }: Diagnosis): boolean => verdict === 'crash-loop' || verdict === 'config-error';

/** Why a human is asked about something of this verdict that is down. */
export const whyLeftDown = (diagnosis: Diagnosis): string =>
  diagnosis.verdict === 'crash-loop'
    ? loopReason(diagnosis)
    : `down, but diagnosed as ${diagnosis.verdict}: not restarted without a human`;

const loopReason = ({ facts }: Diagnosis): string =>
  `crash loop: ${endsAlike(facts)} times ${describeExit(facts.exits.at(-1)?.exit)} without a healthy soak; not started again until a human has looked`;
