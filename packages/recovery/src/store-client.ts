// What the engine asks of the store, and no more: so that it can stand on any etcd, and on a fake in tests and in the
// simulator. Every call has a deadline of its own and never repeats a write by itself.
import type { Millis } from '@reknit/base';

export type Keyspace = '_system' | 'default';

export interface CallOptions {
  /** Through this member only; absent: any. */
  readonly endpoint?: string;
  readonly timeoutMs: Millis;
}

export interface KeyValue {
  readonly value: string;
  readonly modRevision: number;
  /** Of this life of the key: another one after it was deleted and written again. */
  readonly createRevision: number;
}

export interface KeyMark {
  readonly key: string;
  readonly modRevision: number;
}

/** Holds if every revision that is given is the key's; 0: there is no such key. */
export interface Condition {
  readonly key: string;
  readonly createRevision?: number;
  readonly modRevision?: number;
}

export type Write =
  | { readonly kind: 'put'; readonly key: string; readonly value: string; readonly lease?: LeaseId }
  | { readonly kind: 'delete'; readonly key: string };

/** All of the writes if all of the conditions hold, otherwise none. */
export interface Transaction {
  readonly when: readonly Condition[];
  readonly writes: readonly Write[];
}

export type Committed = { readonly committed: true; readonly revision: number } | { readonly committed: false };

/** Hex digits, as etcd prints them. */
export type LeaseId = string;

export interface GrantedLease {
  readonly id: LeaseId;
  /** What the store made of the wish. */
  readonly ttlMs: Millis;
}

export interface MemberStatus {
  readonly memberId: string;
  /** '0' while there is none. */
  readonly leaderId: string;
  readonly raftAppliedIndex: number;
  readonly revision: number;
}

export interface StateHash {
  readonly hash: number;
  /** Hashes compare only at the same revision and the same compaction. */
  readonly compactRevision: number;
}

export type PutIf =
  | { readonly written: true; readonly modRevision: number }
  | { readonly written: false; readonly current: KeyValue | undefined };

export type StoreErrorKind =
  /** Certainly not done. */
  | 'unavailable'
  /** May have been done. */
  | 'unknown-outcome'
  /** The revision asked for is compacted or not there yet. */
  | 'out-of-range'
  | 'other';

export class StoreError extends Error {
  override readonly name: string = 'StoreError';
  readonly kind: StoreErrorKind;

  constructor(kind: StoreErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** All rejections are StoreErrors. */
export interface StoreClient {
  /** Linearizable. */
  get(keyspace: Keyspace, key: string, options: CallOptions): Promise<KeyValue | undefined>;
  put(keyspace: Keyspace, key: string, value: string, options: CallOptions): Promise<void>;
  /** Writes only if the key's modification revision is this; 0: if there is no such key. */
  putIf(keyspace: Keyspace, key: string, value: string, modRevision: number, options: CallOptions): Promise<PutIf>;
  /** Linearizable; in the order of the keys. */
  listKeys(keyspace: Keyspace, prefix: string, options: CallOptions): Promise<readonly KeyMark[]>;
  transact(keyspace: Keyspace, transaction: Transaction, options: CallOptions): Promise<Committed>;
  grantLease(keyspace: Keyspace, ttlMs: Millis, options: CallOptions): Promise<GrantedLease>;
  /** The time that it has from the store's receipt of this call; undefined once it has expired. */
  keepLease(keyspace: Keyspace, id: LeaseId, options: CallOptions): Promise<Millis | undefined>;
  revokeLease(keyspace: Keyspace, id: LeaseId, options: CallOptions): Promise<void>;
  status(keyspace: Keyspace, endpoint: string, options: CallOptions): Promise<MemberStatus>;
  hashKV(keyspace: Keyspace, endpoint: string, revision: number, options: CallOptions): Promise<StateHash>;
}
