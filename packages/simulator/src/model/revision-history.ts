// The one linear history of a keyspace: what each revision changed. Revisions follow each other without gaps; the first
// write of an empty keyspace has revision 2. What watchers saw is judged against it.
import { assert, type Millis } from '@reknit/base';

export interface Version {
  readonly value: string;
  readonly createRevision: number;
  readonly modRevision: number;
  /** Changes since its creation. */
  readonly version: number;
  /** 0n: none. */
  readonly lease: bigint;
}

/** One key's change; keys are binary strings. */
export interface Change {
  readonly key: string;
  /** Undefined: it was deleted. */
  readonly now: Version | undefined;
  readonly before: Version | undefined;
}

export interface Revision {
  readonly revision: number;
  /** When it was first known to be decided. */
  readonly at: Millis;
  /** At least one, in the order of its operations. */
  readonly changes: readonly Change[];
}

const FIRST_REVISION = 2;

export class RevisionHistory {
  readonly #revisions: Revision[] = [];
  #compacted = 0;

  /** The newest, or 1 while there is none. */
  get last(): number {
    return this.#revisions.length + FIRST_REVISION - 1;
  }

  /** Revisions below it need not be shown any more; 0: all are. */
  get compacted(): number {
    return this.#compacted;
  }

  get revisions(): readonly Revision[] {
    return this.#revisions;
  }

  add(at: Millis, changes: readonly Change[]): void {
    assert(changes.length > 0, 'a revision changes something', () => this.last);
    this.#revisions.push({ revision: this.last + 1, at, changes });
  }

  compact(revision: number): void {
    this.#compacted = Math.max(this.#compacted, revision);
  }

  at(revision: number): Revision | undefined {
    return this.#revisions[revision - FIRST_REVISION];
  }
}

/** Whether a key lies in a range as requests give it: no end is the one key, a zero byte as end is everything from there on. */
export function inRange(key: string, from: string, end: string): boolean {
  if (end === '') return key === from;
  return key >= from && (end === '\0' || key < end);
}
