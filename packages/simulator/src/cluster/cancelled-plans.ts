// A change is either cancelled or carried out: no stop-sign is ever decided for a plan of which somebody was told that it is
// cancelled (stop-signs, rule 7), whichever of the two comes first.
import { decodeStage } from '@reknit/consensus';
import type { LogEntry } from '@reknit/wal';

export class CancelledPlans {
  readonly #violated: (detail: string) => void;
  readonly #cancelled = new Set<string>();
  readonly #stopped = new Set<string>();

  constructor(violated: (detail: string) => void) {
    this.#violated = violated;
  }

  onCancelled(plan: string): void {
    this.#cancelled.add(plan);
    this.#compare(plan);
  }

  /** Of any keyspace, by any member. */
  onDecided({ kind, payload }: LogEntry): void {
    if (kind !== 'stop-sign') return;
    const { plan } = decodeStage(payload);
    this.#stopped.add(plan);
    this.#compare(plan);
  }

  #compare(plan: string): void {
    if (this.#cancelled.has(plan) && this.#stopped.has(plan)) this.#violated(`${plan} was cancelled, and ends a stage`);
  }
}
