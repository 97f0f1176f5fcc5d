// Looks after a living subject: does it answer? Three silences in a row are a suspicion, facts make it a diagnosis. A
// silent process that lives is not restarted here: it may still hold what it served, and must be fenced first.
import { gatherFacts } from '../detect/observe.js';
import { diagnose, explain } from '../diagnose/diagnose.js';
import type { CaseFile } from './case-file.js';
import type { Desk } from './desk.js';
import type { GuardState } from './guard-state.js';

type Living = Extract<GuardState, { kind: 'living' }>;

const SILENCES_TO_SUSPECT = 3;

export class HealthRounds {
  readonly #desk: Desk;
  readonly #subject: string;
  readonly #case: CaseFile;
  readonly #current: () => GuardState;

  constructor(desk: Desk, subject: string, caseFile: CaseFile, current: () => GuardState) {
    this.#desk = desk;
    this.#subject = subject;
    this.#case = caseFile;
    this.#current = current;
  }

  begin(living: Living): void {
    this.#desk.runtime.clock.after(this.#desk.settings.probeEveryMs, () => void this.#round(living));
  }

  async #round(living: Living): Promise<void> {
    if (this.#current() !== living) return;
    const { health } = await this.#desk.driver
      .probe(this.#subject, this.#desk.settings.probeTimeoutMs)
      .catch(() => ({ health: 'silent' }) as const);
    if (this.#current() !== living) return;
    if (health === 'silent' || health === 'not-tried') await this.#silence(living);
    else this.#answered(living);
    if (this.#current() === living) this.begin(living);
  }

  #answered({ health }: Living): void {
    health.lastGoodAt = this.#desk.stamp();
    if (health.silentInARow >= SILENCES_TO_SUSPECT || this.#case.open?.phase.kind === 'suspected') {
      if (this.#case.open?.phase.kind === 'suspected') this.#case.expire('it answers again');
      else if (health.silenceReported) this.#desk.decide(this.#subject, `${this.#subject}: answers again`);
    }
    health.silentInARow = 0;
    health.silenceReported = false;
  }

  async #silence(living: Living): Promise<void> {
    const { health, boot } = living;
    health.silentInARow++;
    const phase = this.#case.open?.phase.kind;
    if (health.silentInARow < SILENCES_TO_SUSPECT || health.silenceReported) return;
    if (phase !== undefined && phase !== 'suspected') return;
    const opening = {
      onset: health.lastGoodAt,
      onsetSource: 'last good probe',
      evidence: `${health.silentInARow} probes without an answer`,
      patient: { process: boot.process, boot },
    } as const;
    if (phase === undefined)
      this.#case.suspect(opening, `${this.#subject}: suspected: ${opening.evidence}, process ${boot.process.pid} lives`);
    const question = {
      subject: this.#subject,
      at: this.#desk.stamp(),
      process: boot.process,
      boot,
      exit: undefined,
      silentProbes: health.silentInARow,
      plannedStop: undefined,
    };
    const diagnosis = diagnose(await gatherFacts(this.#desk.driver, question));
    if (this.#current() !== living) return;
    if (diagnosis.verdict === 'not-enough-evidence') {
      if (health.silentInARow === SILENCES_TO_SUSPECT)
        this.#desk.decide(this.#subject, `${this.#subject}: ${explain(diagnosis)}: nothing done, watching`);
      return;
    }
    health.silenceReported = true;
    this.#case.detect(opening, `${this.#subject}: detected: ${opening.evidence}`);
    this.#case.diagnosed(diagnosis);
    this.#case.escalate(`${diagnosis.verdict}: a process that lives is not replaced without fencing`);
  }
}
