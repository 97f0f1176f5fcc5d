// Starting what has ended, again and again if need be, but not for ever: a crash loop and a spent budget leave the subject
// down until a human acts.

import { describeExit } from '../detect/facts.js';
import type { Diagnosis } from '../diagnose/diagnose.js';
import { ladderOf } from '../faults/catalogue.js';
import { endsAlike, LOOP_EXITS } from '../faults/crash-loop.js';
import { actionsOf } from '../recover/actions.js';
import { isSpent } from '../recover/back-off.js';
import type { Hold, Patient } from './hold.js';
import type { Launcher } from './launcher.js';
import { standStill } from './standstill.js';

export class Restarts {
  readonly #hold: Hold;
  readonly #launcher: Launcher;

  constructor(hold: Hold, launcher: Launcher) {
    this.#hold = hold;
    this.#launcher = launcher;
  }

  /** What its verdict allows. */
  treat(diagnosis: Diagnosis): void {
    if (diagnosis.verdict === 'crash-loop') return this.halt(loopReason(diagnosis));
    if (!actionsOf(ladderOf(diagnosis.verdict)).includes('restart'))
      return this.halt(`down, but diagnosed as ${diagnosis.verdict}: not restarted without a human`);
    this.#hold.case.plan(ladderOf(diagnosis.verdict));
    void this.begin(this.#hold.case.open?.patient ?? {});
  }

  /** The next attempt, unless it would only be one more of the same. */
  async begin(patient: Patient): Promise<void> {
    const { desk, subject, case: file } = this.#hold;
    const { budget, exits } = desk.recall(subject);
    const { backOff } = desk.settings;
    if (endsAlike({ exits, at: desk.stamp() }) >= LOOP_EXITS) {
      const diagnosing = this.#hold.enter({ kind: 'diagnosing' });
      const diagnosis = await this.#hold.diagnose(patient);
      if (!this.#hold.isStill(diagnosing)) return;
      file.diagnosedAgain(diagnosis, ladderOf(diagnosis.verdict));
      if (diagnosis.verdict === 'crash-loop') return this.halt(loopReason(diagnosis));
    }
    if (isSpent(budget, desk.stamp(), backOff))
      return this.halt(`the budget of ${backOff.restartsMax} restarts without a healthy soak is spent`);
    const delayMs = this.#launcher.nextDelay();
    file.beginStep('restart', { delayMs, next: 'attempt' });
    this.#launcher.launchAfter(delayMs);
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
      onFound: (process) => this.#launcher.adopt(process, 'operator'),
    });
  }
}

const loopReason = ({ facts }: Diagnosis): string =>
  `crash loop: ${endsAlike(facts)} times ${describeExit(facts.exits.at(-1)?.exit)} without a healthy soak; not started again until a human has looked`;
