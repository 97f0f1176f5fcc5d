// The steps of an open incident: each stands in the record before it is begun, with the life that it is meant for, so that
// whoever comes after knows what may have been done.
import type { ProcessIdentity } from '@reknit/runtime';
import type { KeptEvidence, StepOutcome, StepRun } from '../incidents/incident.js';
import type { Action } from '../recover/actions.js';
import type { CaseRecord } from './case-record.js';

export interface StepBeginning {
  readonly step: number;
  readonly action: Action;
  readonly delayMs?: number;
  readonly process?: ProcessIdentity | undefined;
  readonly epoch?: number | undefined;
}

export class CaseSteps {
  readonly #record: CaseRecord;

  constructor(record: CaseRecord) {
    this.#record = record;
  }

  /** A later step of the attempt that is under way belongs to it; any other begins the next attempt. */
  begin({ step, action, delayMs = 0, process, epoch }: StepBeginning): StepRun {
    const { phase, attempt: last, runs } = this.#record.get();
    const at = this.#record.desk.stamp();
    const attempt = phase.kind === 'recovering' && step > phase.step ? last : last + 1;
    const run: StepRun = {
      step,
      action,
      attempt,
      delayMs,
      startedAt: at,
      ...(process === undefined ? {} : { process }),
      ...(epoch === undefined ? {} : { epoch }),
    };
    this.#record.amend({ runs: [...runs, run] });
    const when = delayMs === 0 ? '' : `, in ${delayMs} ms (back-off)`;
    this.#record.enter(
      { kind: 'recovering', at, step, attempt },
      `${this.#record.subject}: ${action}, attempt ${attempt}${when}`,
    );
    return run;
  }

  /** Something is about to be done: what led to it is durable. */
  act(): void {
    this.#record.desk.journal.sync();
    this.acts();
  }

  /** The same, where whoever acts has made it durable already. */
  acts(): void {
    this.#record.amend({ moments: { firstAction: this.#record.desk.stamp() } });
  }

  /** Nothing, when no step is under way. */
  end(outcome: StepOutcome, detail: string): void {
    const { runs } = this.#record.get();
    const last = runs.at(-1);
    if (last === undefined || last.outcome !== undefined) return;
    const ended = { ...last, endedAt: this.#record.desk.stamp(), outcome, detail };
    this.#record.amend({ runs: [...runs.slice(0, -1), ended] }, `${last.action} ${outcome}: ${detail}`);
  }

  /** What is seen of the process before it is ended. */
  keep(seen: readonly Omit<KeptEvidence, 'at'>[]): void {
    const at = this.#record.desk.stamp();
    const { kept = [] } = this.#record.get();
    const sources = seen.map(({ source }) => source).join(', ');
    this.#record.amend(
      { kept: [...kept, ...seen.map((each) => ({ at, ...each }))] },
      `kept before the end: ${sources === '' ? 'nothing, the platform shows nothing' : sources}`,
    );
  }
}
