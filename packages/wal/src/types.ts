// What the log stores, for every group of a node alike. It knows nothing of any protocol: rounds are numbers, payloads bytes.
import type { Brand } from '@reknit/base';
import type { DiskError } from '@reknit/runtime';

/** Number of a group on this node; never reused, so that old records cannot be taken for a new group's. */
export type GroupId = Brand<number, 'GroupId'>;

/** Structurally the consensus package's Entry, so that entries pass between the two without conversion. */
export interface LogEntry {
  readonly index: number;
  readonly round: number;
  readonly kind: 'normal' | 'noop' | 'stop-sign';
  readonly payload: Uint8Array;
}

export interface LogHardState {
  readonly round: number;
  readonly vote: string | undefined;
  readonly history: number;
  readonly commit: number;
}

/** Carried by every record: whose history it belongs to. */
export interface LogIdentity {
  readonly group: GroupId;
  /** Random 64 bits as 16 hex digits; a new one after an unsafe recovery. */
  readonly branch: string;
  readonly epoch: number;
}

/** One atomic unit of one group, applied in this order: truncation, entries, hard state. */
export interface LogAppend extends LogIdentity {
  /** Remove everything from this index on, first. */
  readonly truncateFrom: number | undefined;
  readonly entries: readonly LogEntry[];
  readonly hardState: LogHardState | undefined;
}

/** Everything up to and including `index` stands durably in the group's state and is no longer needed from the log. */
export interface LogBase extends LogIdentity {
  readonly index: number;
  readonly round: number;
}

/** The log of one group, read synchronously. Structurally the consensus package's LogReader. */
export interface GroupLog {
  readonly identity: LogIdentity;
  readonly base: { readonly index: number; readonly round: number };
  readonly lastIndex: number;
  readonly hardState: LogHardState | undefined;
  /** Entries that a read found to be other than what was written. `read` ends before the first of them; appending one again mends it. */
  readonly damaged: readonly number[];
  roundAt(index: number): number | undefined;
  read(from: number, to: number, bytesMax: number): readonly LogEntry[];
}

/** Where and how the bytes on disk are not what was written. */
export type LogDamage = {
  readonly segment: string;
  readonly offset: number;
  readonly length: number;
  /**
   * torn: above the last durable mark, never acknowledged, and only zeroed or missing sectors: cut.
   * rot: at or below the durable mark: was acknowledged, must be fetched from a peer; never cut.
   * suspect: above the mark but not provably torn: treated as rot.
   */
  readonly kind: 'torn' | 'rot' | 'suspect';
  readonly detail: string;
};

export interface WalOptions {
  readonly directory: string;
  /** Of the data directory: random, durable, in every segment's header. A segment of another is refused. */
  readonly incarnation: string;
  /**
   * Preallocated size of a segment. Default 64 MiB: one unlink frees much, one rewrite costs little. A single append (one
   * `LogAppend`) must fit into it, with the headers of the batch before it: keep it above four times the largest one.
   */
  readonly segmentBytes?: number;
  /** Bytes of recent payloads kept in memory per node for followers that are a little behind. Default 32 MiB. */
  readonly cacheBytes?: number;
  /** One batch was written and synced; it took this many ms. */
  readonly onSynced?: (took: number) => void;
  /** Called once for a fault after which nothing may be acknowledged any more. The host ends the process. */
  readonly onFatal: (error: DiskError) => void;
}

export type WalOpened =
  | { readonly ok: true; readonly wal: Wal; readonly repaired: readonly LogDamage[] }
  /** Opening would lose what was acknowledged. Nothing was changed on disk. */
  | { readonly ok: false; readonly damage: readonly LogDamage[]; readonly hint: string };

export interface WalStatistics {
  readonly segments: number;
  readonly bytes: number;
  readonly syncs: number;
  readonly appends: number;
  /** Milliseconds since the oldest append that is not yet durable was handed in; 0 when none is. What a stalled disk shows. */
  readonly pendingSince: number;
  /**
   * Bytes that can be appended for certain, even on a full disk: the rest of the current segment, and the next one if it
   * exists. Below a reserve of its own the host takes no more proposals, so that hard state and stop-signs still fit.
   */
  readonly room: number;
}

export interface Wal {
  readonly groups: ReadonlyMap<GroupId, GroupLog>;
  /** A group that this log has never held. Durable with its first append. */
  createGroup(identity: LogIdentity, base: { readonly index: number; readonly round: number }): GroupLog;
  /**
   * Group commit: batches that arrive while a sync is under way share the next one. The group's log reads as appended
   * at once; `durable` is called once it is on disk, in the order of the calls.
   */
  append(batch: readonly LogAppend[], durable: () => void): void;
  /**
   * Moves a group's base up (after a flush) or replaces its log altogether (after a snapshot install, when `index` lies
   * beyond the end, or the entry there is of another round than `round`: the log has diverged from the snapshot).
   */
  setBase(base: LogBase, durable: () => void): void;
  statistics(): WalStatistics;
  /** Waits for nothing: what was not durable may be lost, as at a crash. */
  close(): void;
}
