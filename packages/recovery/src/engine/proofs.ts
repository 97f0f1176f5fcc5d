// From a mend to its proof: verification of the life that runs, and what follows from its answer. What the engine has done
// and does not help leads further up the ladder, if a look shows that it is still sick; what nobody understands, to a human.
import { assert } from '@reknit/base';
import { type Boot, type Mender, sameBoot } from '../incidents/incident.js';
import { lastRun } from '../recover/ladder.js';
import type { VerificationOutcome } from '../verify/verification.js';
import type { Climb } from './climb.js';
import { keepsVerdict } from './course.js';
import type { Hold } from './hold.js';

/** A human may take hours: each look lasts as long as a verification may. */
const VERIFY_AGAIN_MS = 60_000;

export class Proofs {
  readonly #hold: Hold;

  constructor(hold: Hold) {
    this.#hold = hold;
  }

  begin(boot: Boot, by: Mender, climb: Climb): void {
    const { case: file } = this.#hold;
    const { phase } = file.handedOver ?? file.require();
    const mender = phase.kind === 'verifying' && sameBoot(phase.boot, boot) ? phase.by : by;
    file.verify(boot, mender, (outcome) => this.#ended(boot, outcome, climb));
  }

  #ended(boot: Boot, outcome: VerificationOutcome, climb: Climb): void {
    if (outcome.kind === 'cancelled') return;
    if (outcome.kind === 'failed')
      return void this.#failed(boot, `verification failed at ${outcome.check}: ${outcome.reason}`, climb);
    const { state, desk, subject } = this.#hold;
    assert(state.kind === 'living', 'what is resolved lives', () => state.kind);
    assert(sameBoot(state.boot, boot), 'what lives is what was verified', () => [state.boot, boot]);
    desk.journal.note({ kind: 'sound', at: desk.stamp(), subject });
    this.#hold.heldBy = [];
    this.#hold.case.resolve(state.boot);
  }

  async #failed(boot: Boot, reason: string, climb: Climb): Promise<void> {
    const { state, case: file } = this.#hold;
    const { phase } = file.require();
    const byEngine = phase.kind === 'verifying' && phase.by === 'engine' && lastRun(file.require()) !== undefined;
    const diagnosis = byEngine ? await this.#hold.diagnose({ process: boot.process, boot }) : undefined;
    if (!this.#hold.isStill(state) || state.kind !== 'living' || file.open?.phase.kind !== 'verifying') return;
    if (diagnosis === undefined || diagnosis.verdict === 'not-enough-evidence') return this.#handOver(boot, reason, climb);
    const before = file.open.diagnosis?.verdict;
    const isKept = keepsVerdict(file.open, diagnosis.verdict);
    if (!isKept) file.diagnosedAgain(diagnosis);
    if (isKept || diagnosis.verdict === before) return climb.futile(reason);
    climb.plan(diagnosis);
    climb.treat(state, diagnosis);
  }

  /** A human is asked; what was missing may come back meanwhile, here or elsewhere, and is then recognised. */
  #handOver(boot: Boot, reason: string, climb: Climb): void {
    const { case: file, desk } = this.#hold;
    file.escalate(reason);
    const { id } = file.handedOver ?? {};
    desk.runtime.clock.after(VERIFY_AGAIN_MS, () => {
      const { state } = this.#hold;
      const isSame = state.kind === 'living' && sameBoot(state.boot, boot) && file.handedOver?.id === id;
      if (isSame) this.begin(boot, 'operator', climb);
    });
  }
}
