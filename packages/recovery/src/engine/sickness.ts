// A subject that lives and is sick: silent, or ill by the word of its detectors. Writes what was seen into the record, at
// every look, and lets the climb decide what is done about it.
import type { Diagnosis } from '../diagnose/diagnose.js';
import { classOf, ladderOf } from '../faults/catalogue.js';
import type { Mender } from '../incidents/incident.js';
import type { Climb } from './climb.js';
import { keepsVerdict } from './course.js';
import { type Living, tellOnce } from './health-rounds.js';
import type { Hold } from './hold.js';
import { onsetOf, spokenSickness } from './symptoms.js';

export class Sickness {
  readonly #hold: Hold;
  readonly #climb: Climb;

  constructor(hold: Hold, climb: Climb) {
    this.#hold = hold;
    this.#climb = climb;
  }

  treat(living: Living, diagnosis: Diagnosis): void {
    const { case: file } = this.#hold;
    if (file.open === undefined && !this.#isGraver(diagnosis)) return;
    this.#record(living, diagnosis);
    if (ladderOf(diagnosis.verdict).length === 0)
      return tellOnce(this.#hold, living.health, `${diagnosis.verdict}: nothing is to be done about it`);
    this.#climb.treat(living, diagnosis);
  }

  /** @returns who mended it: what was stopped by a signal does not go on by itself */
  menderOf(): Mender {
    return this.#hold.case.open?.diagnosis?.facts.processState === 'stopped' ? 'operator' : 'itself';
  }

  /** A human has it in hand: only something graver opens a case of its own. */
  #isGraver({ verdict }: Diagnosis): boolean {
    const left = this.#hold.case.handedOver?.diagnosis?.verdict;
    return (classOf(verdict)?.severity ?? 0) > (classOf(left)?.severity ?? -1);
  }

  #record({ health, boot }: Living, diagnosis: Diagnosis): void {
    const { case: file, subject } = this.#hold;
    const phase = file.open?.phase.kind;
    if (phase === undefined || phase === 'suspected') {
      const { onset, onsetSource } = onsetOf(diagnosis, health.lastHeardAt);
      const text = `${subject}: detected: ${spokenSickness(diagnosis)}`;
      file.detect({ onset, onsetSource, evidence: text, patient: { process: boot.process, boot } }, text);
    }
    if (file.open?.phase.kind === 'detected') file.diagnosed(diagnosis);
    else if (file.open?.diagnosis?.verdict !== diagnosis.verdict) this.#changed(diagnosis);
    if (file.open?.phase.kind === 'diagnosed') this.#climb.plan(diagnosis);
  }

  #changed(diagnosis: Diagnosis): void {
    const { case: file } = this.#hold;
    if (keepsVerdict(file.require(), diagnosis.verdict)) return;
    file.diagnosedAgain(diagnosis);
    if (file.open?.phase.kind !== 'diagnosed') this.#climb.plan(diagnosis);
  }
}
