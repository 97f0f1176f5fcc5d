// The append-only record of what clients did. `begin` and `finish` number their events, so the order in which one recorder
// was called is the real-time order that the checkers hold the store to. Bounded: a full history takes no more operations.
import { assert, type Millis } from '@reknit/base';
import { type Operation, type OperationRequest, type Outcome, PENDING } from './operation.js';

/** About 250 bytes each: half a gigabyte at most, an hour and more of the demo's load. */
const CAPACITY_DEFAULT = 2_000_000;

export interface HistoryCounts {
  /** Writes that were answered and took effect. */
  readonly acknowledged: number;
  /** Answered operations that changed nothing: reads, refused comparisons, deletions of nothing. */
  readonly read: number;
  readonly failed: number;
  /** Unanswered ones among them. */
  readonly unknown: number;
}

type Recorded = { -readonly [Field in keyof Operation]: Operation[Field] };

export class History {
  readonly capacity: number;
  readonly #operations: Recorded[] = [];
  #events = 0;

  constructor(capacity: number = CAPACITY_DEFAULT) {
    this.capacity = capacity;
  }

  get operations(): readonly Operation[] {
    return this.#operations;
  }

  get full(): boolean {
    return this.#operations.length >= this.capacity;
  }

  /** Call it before the request leaves. @returns the id to finish it with */
  begin(client: number, request: OperationRequest, now: Millis): number {
    assert(!this.full, 'a history with room takes the operation', () => ({ capacity: this.capacity }));
    const id = this.#operations.length;
    this.#operations.push({
      id,
      client,
      kind: request.kind,
      key: request.key,
      value: request.value,
      expected: request.expected,
      consistency: request.consistency,
      invokeEvent: this.#events++,
      invokedAt: now,
      returnEvent: undefined,
      returnedAt: undefined,
      outcome: PENDING,
    });
    return id;
  }

  /** Call it when the answer has come, before anything that follows from it is invoked; once for each operation. */
  finish(id: number, outcome: Outcome, now: Millis): void {
    const operation = this.#operations[id];
    assert(operation !== undefined, 'an operation begins before it finishes', () => ({ id }));
    assert(operation.returnEvent === undefined, 'an operation finishes once', () => operation);
    operation.returnEvent = this.#events++;
    operation.returnedAt = now;
    operation.outcome = outcome;
  }

  /** Takes over an operation that was recorded elsewhere, with the event numbers it got there; ids follow each other. */
  restore(operation: Operation): void {
    assert(!this.full, 'a history with room takes the operation', () => ({ capacity: this.capacity }));
    assert(operation.id === this.#operations.length, 'restored operations come in order', () => operation);
    this.#operations.push({ ...operation });
    this.#events = Math.max(this.#events, operation.invokeEvent + 1, (operation.returnEvent ?? 0) + 1);
  }

  /**
   * A new history that goes on where this one ends, once no operation is under way: with the writes whose outcome is
   * unknown, which may yet take effect, and nothing else. Judge it with the final reads of this one as `initial`.
   */
  successor(): History {
    const next = new History(this.capacity);
    for (const operation of this.#operations) {
      if (operation.outcome.kind !== 'unknown' || operation.kind === 'get') continue;
      const id = next.begin(operation.client, operation, operation.invokedAt);
      next.#operations[id]!.outcome = operation.outcome;
    }
    return next;
  }

  counts(): HistoryCounts {
    return countOutcomes(this.#operations);
  }
}

export function countOutcomes(operations: readonly Operation[]): HistoryCounts {
  let acknowledged = 0;
  let read = 0;
  let failed = 0;
  let unknown = 0;
  for (const { outcome } of operations) {
    if (outcome.kind === 'failed') failed++;
    else if (outcome.kind === 'unknown') unknown++;
    else if (outcome.wrote) acknowledged++;
    else read++;
  }
  return { acknowledged, read, failed, unknown };
}
