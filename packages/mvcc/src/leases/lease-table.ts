// The leases of a keyspace and the keys attached to them: replicated state, changed by entries of the log only. It knows no
// time: a lease is here until an entry revokes it, and who decides when that is due stands above.
//
// Every attached key is live and its newest version names the lease; the two are changed together, by the writer.
import { assert, fromBinaryString } from '@reknit/base';
import type { PagesView } from '../pages.js';
import type { Lease, LeaseGrant, Leases } from '../types.js';
import { LeaseLedger } from './lease-ledger.js';
import { LEASE_ITSELF, type LeaseRow } from './lease-rows.js';

export class LeaseTable implements Leases {
  readonly #leases = new Map<bigint, HeldLease>();
  readonly #ledger: LeaseLedger;

  private constructor(ledger: LeaseLedger) {
    this.#ledger = ledger;
  }

  /** As the pages hold them after the flush of this number. */
  static read(view: PagesView, flush: number, salt: number): LeaseTable {
    const ledger = new LeaseLedger(salt);
    const table = new LeaseTable(ledger);
    for (const row of ledger.read(view, flush)) table.#restore(row);
    return table;
  }

  get ledger(): LeaseLedger {
    return this.#ledger;
  }

  get size(): number {
    return this.#leases.size;
  }

  get(id: bigint): HeldLease | undefined {
    return this.#leases.get(id);
  }

  has(id: bigint): boolean {
    return this.#leases.has(id);
  }

  [Symbol.iterator](): Iterator<Lease> {
    return this.#leases.values();
  }

  grant({ id, ttl, index }: LeaseGrant): void {
    assert(!this.#leases.has(id), 'a lease is granted once', () => id);
    const lease = new HeldLease(id, index, ttl);
    this.#leases.set(id, lease);
    this.#ledger.change(rowOf(lease));
  }

  /** Its keys are deleted before. */
  remove(lease: HeldLease): void {
    assert(lease.keyCount === 0, 'a lease goes after its keys', () => lease.id);
    this.#leases.delete(lease.id);
    this.#ledger.change({ id: lease.id, ordinal: LEASE_ITSELF, content: GONE });
  }

  /** @param from, to 0: no lease */
  move(key: string, from: bigint, to: bigint): void {
    if (from === to) return;
    if (from !== 0n) this.#detach(key, from);
    if (to !== 0n) this.#attach(key, to);
  }

  #attach(key: string, id: bigint): void {
    const ordinal = this.#held(id).attach(key);
    this.#ledger.change({ id, ordinal, content: { kind: 'key', key } });
  }

  #detach(key: string, id: bigint): void {
    const ordinal = this.#held(id).detach(key);
    this.#ledger.change({ id, ordinal, content: GONE });
  }

  #held(id: bigint): HeldLease {
    const lease = this.#leases.get(id);
    assert(lease !== undefined, 'a key is attached to a lease that exists', () => id);
    return lease;
  }

  #restore({ id, ordinal, content }: LeaseRow): void {
    if (content.kind === 'lease') this.#leases.set(id, new HeldLease(id, content.granted, content.ttl));
    else if (content.kind === 'key') this.#held(id).restore(content.key, ordinal);
  }
}

export class HeldLease implements Lease {
  readonly id: bigint;
  readonly granted: number;
  readonly ttl: number;
  /** With the ordinal of its row: never used for another key while a row of it may be stored. */
  readonly #keys = new Map<string, number>();
  #lastOrdinal = LEASE_ITSELF;

  constructor(id: bigint, granted: number, ttl: number) {
    this.id = id;
    this.granted = granted;
    this.ttl = ttl;
  }

  get keyCount(): number {
    return this.#keys.size;
  }

  /** In no order; the caller's own. */
  attachedKeys(): string[] {
    return [...this.#keys.keys()];
  }

  keys(): readonly Uint8Array[] {
    return this.attachedKeys().sort().map(fromBinaryString);
  }

  attach(key: string): number {
    assert(!this.#keys.has(key), 'a key is attached once', () => key);
    this.#lastOrdinal++;
    this.#keys.set(key, this.#lastOrdinal);
    return this.#lastOrdinal;
  }

  detach(key: string): number {
    const ordinal = this.#keys.get(key);
    assert(ordinal !== undefined, 'what is detached was attached', () => key);
    this.#keys.delete(key);
    return ordinal;
  }

  restore(key: string, ordinal: number): void {
    this.#keys.set(key, ordinal);
    this.#lastOrdinal = Math.max(this.#lastOrdinal, ordinal);
  }
}

const GONE = { kind: 'gone' } as const;

const rowOf = ({ id, granted, ttl }: HeldLease): LeaseRow => ({
  id,
  ordinal: LEASE_ITSELF,
  content: { kind: 'lease', granted, ttl },
});
