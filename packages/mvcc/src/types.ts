// The key space of one group as its state machine and its readers see it. The request and response shapes are those of
// the etcd v3 API in TypeScript's clothes (so decoded messages fit without conversion), but nothing here knows of a wire.
import type { Brand } from '@reknit/base';
import type { ScrubResult } from './scrub-job.js';
import type { Changes } from './watch/types.js';

/** Counts the changes of a keyspace; an empty one stands at 1, so the first write gets 2. As a compact revision, -1 says: never. */
export type Revision = Brand<number, 'Revision'>;

export interface KeyValue {
  readonly key: Uint8Array;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly version: number;
  readonly value: Uint8Array;
  readonly lease: bigint;
}

export interface RangeRequest {
  readonly key: Uint8Array;
  /** Empty: just `key`. A single zero byte: everything from `key` on. */
  readonly rangeEnd: Uint8Array;
  /** 0: no limit. */
  readonly limit: number;
  /** 0 or less: the newest. */
  readonly revision: number;
  /** 0 none, 1 ascending, 2 descending. */
  readonly sortOrder: number;
  /** 0 key, 1 version, 2 create revision, 3 mod revision, 4 value. */
  readonly sortTarget: number;
  readonly keysOnly: boolean;
  readonly countOnly: boolean;
  readonly minModRevision: number;
  readonly maxModRevision: number;
  readonly minCreateRevision: number;
  readonly maxCreateRevision: number;
}

export interface RangeResult {
  readonly kvs: readonly KeyValue[];
  readonly more: boolean;
  readonly count: number;
}

/** Gets what a range found piece by piece, in the order of the answer, so that nobody has to hold all of it as objects. */
export type KeyValueSink = (kvs: readonly KeyValue[]) => void;

export interface PutRequest {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly lease: bigint;
  readonly prevKv: boolean;
  readonly ignoreValue: boolean;
  readonly ignoreLease: boolean;
}

export interface PutResult {
  readonly prevKv: KeyValue | undefined;
}

export interface DeleteRangeRequest {
  readonly key: Uint8Array;
  readonly rangeEnd: Uint8Array;
  readonly prevKv: boolean;
}

export interface DeleteRangeResult {
  readonly deleted: number;
  readonly prevKvs: readonly KeyValue[];
}

export interface Compare {
  /** 0 equal, 1 greater, 2 less, 3 not equal. */
  readonly result: number;
  /** 0 version, 1 create, 2 mod, 3 value, 4 lease. */
  readonly target: number;
  readonly key: Uint8Array;
  readonly rangeEnd: Uint8Array;
  readonly version: number;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly value: Uint8Array;
  readonly lease: bigint;
}

/** Exactly one is set in a valid operation. */
export interface RequestOp {
  readonly requestRange: RangeRequest | undefined;
  readonly requestPut: PutRequest | undefined;
  readonly requestDeleteRange: DeleteRangeRequest | undefined;
  readonly requestTxn: TxnRequest | undefined;
}

export interface TxnRequest {
  readonly compare: readonly Compare[];
  readonly success: readonly RequestOp[];
  readonly failure: readonly RequestOp[];
}

export type OpResult =
  | { readonly kind: 'range'; readonly result: RangeResult }
  | { readonly kind: 'put'; readonly result: PutResult }
  | { readonly kind: 'delete'; readonly result: DeleteRangeResult }
  | { readonly kind: 'txn'; readonly result: TxnResult };

export interface TxnResult {
  readonly succeeded: boolean;
  readonly responses: readonly OpResult[];
}

/** Whether somebody waits for what a transaction reads; members that only apply it spare themselves its ranges. */
export type TxnResults = 'read' | 'unread';

export interface AppliedTxn extends TxnResult {
  /** Large ranges are still to be read; `responses` is complete once this has run. Undefined: it is complete. */
  readonly rest: Job<true> | undefined;
}

/** Deterministic refusals: the same on every replica, nothing changed. */
export type MvccError = 'compacted' | 'future-revision' | 'key-not-found' | 'lease-not-found' | 'lease-exists';

export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: MvccError };

export interface Lease {
  readonly id: bigint;
  /** Index of the entry that granted it: tells one life of an id from the next. */
  readonly granted: number;
  /** As granted, in seconds. */
  readonly ttl: number;
  readonly keyCount: number;
  /** Attached now, in order. Made for each call. */
  keys(): readonly Uint8Array[];
}

export interface LeaseGrant {
  readonly id: bigint;
  /** In seconds. */
  readonly ttl: number;
  /** Of the entry that grants it. */
  readonly index: number;
}

/** All leases as of the last entry applied. Iteration goes on with what is granted meanwhile. */
export interface Leases extends Iterable<Lease> {
  readonly size: number;
  has(id: bigint): boolean;
  get(id: bigint): Lease | undefined;
}

/** How far the log was applied when a state was taken; stored with it in the same transaction. */
export interface AppliedPosition {
  readonly branch: string;
  readonly epoch: number;
  readonly index: number;
  readonly round: number;
}

export interface HashResult {
  /** CRC-32C over the records that are visible at `revision`; equal on all members for equal (revision, compactRevision). */
  readonly hash: number;
  readonly compactRevision: number;
  readonly revision: number;
}

/** Long work in bounded slices: the caller decides when the next one runs. */
export interface Job<T> {
  /** Undefined: not finished, call again in another turn. Must not be called after it gave a result. */
  step(): T | undefined;
  /** Idempotent; frees what the job holds (read transactions). */
  cancel(): void;
}

/** A consistent state at one applied position, as pieces to send elsewhere. */
export interface SnapshotSource {
  readonly position: AppliedPosition;
  /** Approximate, for progress. */
  readonly bytes: number;
  /** The next piece of at most about `bytesMax` (one record may exceed it), undefined at the end; the last piece carries the whole's hash. */
  next(bytesMax: number): Uint8Array | undefined;
  close(): void;
}

/** Takes the pieces, in order, into a new generation beside the current one. */
export interface SnapshotSink {
  add(piece: Uint8Array): void;
  /** Verifies the hash and makes the new generation the current one, atomically and durably; the old one is dropped. */
  finish(done: (error: Error | undefined) => void): void;
  abort(): void;
}

export interface MvccStatistics {
  readonly keys: number | undefined;
  /** Bytes on disk, and of those, in use. */
  readonly sizeBytes: number;
  readonly inUseBytes: number;
  readonly overlayBytes: number;
}

/**
 * One keyspace. Writes come from the log, in its order, on one thread; between `begin` and `end` of an entry no read
 * may run. Reads see everything that was applied, flushed or not.
 */
export interface KeySpace {
  readonly revision: Revision;
  readonly compactRevision: Revision;
  /** Of the last `end`. */
  readonly applied: AppliedPosition;
  /** Of the last durable flush; the log below it may go. */
  readonly flushed: AppliedPosition;

  range(request: RangeRequest): Outcome<RangeResult>;
  /** For ranges that may be large: the same result, in slices, over one consistent view. @param sink gets the key values; the result has none then */
  rangeJob(request: RangeRequest, sink?: KeyValueSink): Job<Outcome<RangeResult>>;

  put(request: PutRequest): Outcome<PutResult>;
  deleteRange(request: DeleteRangeRequest): Outcome<DeleteRangeResult>;
  /**
   * The same in slices, for ranges that may be large. Until it has given its result, nothing else may be applied, and the
   * entry does not exist for readers; `midEntry` holds. Cancelled only before the key space is closed or replaced.
   */
  deletionJob(request: DeleteRangeRequest): Job<Outcome<DeleteRangeResult>>;
  /** An entry is half applied: no flush may begin. */
  readonly midEntry: boolean;
  /** All checks come before any write; all writes share one revision. */
  txn(request: TxnRequest, results?: TxnResults): Outcome<AppliedTxn>;
  /** Logical at once; the physical removal is `compactionJob`'s. */
  compact(revision: number): Outcome<undefined>;
  /** Within an entry: everything up to that revision, which must not have been reached, counts as issued, and as compacted. */
  leap(revision: number): void;
  /** Undefined when nothing is left to remove. Its removals are invisible to every read. */
  compactionJob(): Job<true> | undefined;
  /** Checks what is stored, record by record. */
  scrubJob(): Job<ScrubResult>;
  readonly leases: Leases;
  /** That its time is over is for others to find, by their clocks, and to say by `revokeLease`. */
  grantLease(grant: LeaseGrant): Outcome<undefined>;
  /** Its keys are deleted in one revision; without keys none is used. */
  revokeLease(id: bigint): Outcome<undefined>;
  /** The same in slices, as `deletionJob`. */
  revocationJob(id: bigint): Job<Outcome<undefined>>;
  /** What the caller keeps beside the keys, durable with them and part of every snapshot; empty until `configure`. */
  readonly configuration: Uint8Array;
  /** Within an entry. @param configuration the key space's own from now on */
  configure(configuration: Uint8Array): void;
  /** Marks an entry of the log as applied, whether or not it wrote. */
  end(position: AppliedPosition): void;

  /** Whether the overlay has grown so far that a flush is due. */
  readonly flushDue: boolean;
  /** The overlay is at its bound: nothing may be applied until the flush under way is done. */
  readonly overlayFull: boolean;
  /**
   * Makes everything applied up to now durable, off the event loop; at most one at a time. The caller guarantees that the
   * local log is durable up to `applied.index`.
   */
  flush(done: (error: Error | undefined) => void): void;

  /** From a revision on, which must not lie below the compact revision. For use within one turn; must be closed. */
  changesFrom(revision: number): Changes;
  /** @param revision 0 for the current one */
  hashJob(revision: number): Job<Outcome<HashResult>>;
  snapshot(): SnapshotSource;
  beginInstall(position: AppliedPosition): SnapshotSink;
  statistics(): MvccStatistics;
  close(): void;
}
