// Looks after a living subject: does it answer? Three silences in a row are a suspicion, facts make it a diagnosis. A
// silent process that lives is not restarted here: it may still hold what it served, and must be fenced first.
import { explain } from '../diagnose/diagnose.js';
import type { GuardState } from './guard-state.js';
import type { Hold } from './hold.js';

type Living = Extract<GuardState, { kind: 'living' }>;

const SILENCES_TO_SUSPECT = 3;

export class HealthRounds {
  readonly #hold: Hold;

  constructor(hold: Hold) {
    this.#hold = hold;
  }

  begin(living: Living): void {
    this.#hold.desk.runtime.clock.after(this.#hold.desk.settings.probeEveryMs, () => void this.#round(living));
  }

  async #round(living: Living): Promise<void> {
    if (!this.#hold.isStill(living)) return;
    const { health } = await this.#hold.desk.driver
      .probe(this.#hold.subject, this.#hold.desk.settings.probeTimeoutMs)
      .catch(() => ({ health: 'silent' }) as const);
    if (!this.#hold.isStill(living)) return;
    if (health === 'silent' || health === 'not-tried') await this.#silence(living);
    else this.#answered(living);
    if (this.#hold.isStill(living)) this.begin(living);
  }

  #answered({ health }: Living): void {
    health.lastGoodAt = this.#hold.desk.stamp();
    if (health.silentInARow >= SILENCES_TO_SUSPECT || this.#hold.case.open?.phase.kind === 'suspected') {
      if (this.#hold.case.open?.phase.kind === 'suspected') this.#hold.case.expire('it answers again');
      else if (health.silenceReported) this.#hold.decide(`answers again`);
    }
    health.silentInARow = 0;
    health.silenceReported = false;
  }

  async #silence(living: Living): Promise<void> {
    const { health, boot } = living;
    health.silentInARow++;
    const phase = this.#hold.case.open?.phase.kind;
    if (health.silentInARow < SILENCES_TO_SUSPECT || health.silenceReported) return;
    if (phase !== undefined && phase !== 'suspected') return;
    const opening = {
      onset: health.lastGoodAt,
      onsetSource: 'last good probe',
      evidence: `${health.silentInARow} probes without an answer`,
      patient: { process: boot.process, boot },
    } as const;
    if (phase === undefined)
      this.#hold.case.suspect(
        opening,
        `${this.#hold.subject}: suspected: ${opening.evidence}, process ${boot.process.pid} lives`,
      );
    const diagnosis = await this.#hold.diagnose({ process: boot.process, boot }, health.silentInARow);
    if (!this.#hold.isStill(living)) return;
    if (diagnosis.verdict === 'not-enough-evidence') {
      if (health.silentInARow === SILENCES_TO_SUSPECT) this.#hold.decide(`${explain(diagnosis)}: nothing done, watching`);
      return;
    }
    health.silenceReported = true;
    this.#hold.case.detect(opening, `${this.#hold.subject}: detected: ${opening.evidence}`);
    this.#hold.case.diagnosed(diagnosis);
    this.#hold.case.escalate(`${diagnosis.verdict}: a process that lives is not replaced without fencing`);
  }
}
