// What clients know of their leases: plain data for `checkLeases`. A client counts from when it asked, never from the answer:
// what it asked for happened later at the earliest, so what it takes for alive is alive.
import { assert, type Millis } from '@reknit/base';

export interface LeaseProof {
  readonly sent: Millis;
  readonly received: Millis;
}

export interface LeaseRecord {
  readonly id: bigint;
  /** As granted. */
  readonly ttl: Millis;
  /** The grant and every acknowledged keep-alive. */
  readonly proofs: readonly LeaseProof[];
  /** When somebody first asked to revoke it. */
  readonly revokeSent: Millis | undefined;
  /** When a client first learned that the lease, or a key that was attached to it, is gone. */
  readonly seenGone: { readonly at: Millis; readonly how: string } | undefined;
}

type Recorded = { -readonly [Field in Exclude<keyof LeaseRecord, 'proofs'>]: LeaseRecord[Field] } & { proofs: LeaseProof[] };

export class LeaseLog {
  readonly #records: Map<bigint, Recorded> = new Map();

  get records(): Iterable<LeaseRecord> {
    return this.#records.values();
  }

  get size(): number {
    return this.#records.size;
  }

  granted(id: bigint, ttl: Millis, proof: LeaseProof): void {
    assert(!this.#records.has(id), 'a lease is granted once', () => id);
    this.#records.set(id, { id, ttl, proofs: [proof], revokeSent: undefined, seenGone: undefined });
  }

  renewed(id: bigint, proof: LeaseProof): void {
    this.#records.get(id)?.proofs.push(proof);
  }

  revoking(id: bigint, at: Millis): void {
    const record = this.#records.get(id);
    if (record !== undefined) record.revokeSent ??= at;
  }

  gone(id: bigint, at: Millis, how: string): void {
    const record = this.#records.get(id);
    if (record !== undefined) record.seenGone ??= { at, how };
  }

  /** Until when the client may rely on it, by a server's clock that is this much faster than its own at most. */
  provenUntil(id: bigint, fastestClock: number): Millis {
    const record = this.#records.get(id);
    return record === undefined ? Number.NEGATIVE_INFINITY : provenUntil(record, fastestClock);
  }
}

export const provenUntil = ({ ttl, proofs }: LeaseRecord, fastestClock: number): Millis =>
  proofs.reduce((latest, { sent }) => Math.max(latest, sent), Number.NEGATIVE_INFINITY) + ttl / fastestClock;
