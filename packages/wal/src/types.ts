// What the log stores, for every group of a node alike. It knows nothing of any protocol: rounds are numbers, payloads bytes.
import type { Brand } from '@reknit/base';
import type { DiskError } from '@reknit/runtime';

/** Number of a group on this node; never reused, so that old records cannot be taken for a new group's. */
export type GroupId = Brand<number, 'GroupId'>;

/** Structurally the consensus package's Entry, so that entries pass between the two without conversion. */
export interface LogEntry {
  readonly index: number;
  readonly round: number;
  /**
   * Of a slot, above 0: the ballot at which this copy was accepted. A slot replaces what stands at its index, may lie beyond
   * the end and leave a hole, and truncates nothing. What is written last counts; ballots are not compared here.
   */
  readonly ballot?: number;
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
  /** All of them slots, or none. */
  readonly entries: readonly LogEntry[];
  readonly hardState: LogHardState | undefined;
}

/** Everything up to and including `index` stands durably in the group's state and is no longer needed from the log. */
export interface LogBase extends LogIdentity {
  readonly index: number;
  readonly round: number;
  /** When the identity is a new one, as after a snapshot that skips epochs: where its epoch began, below `index`. */
  readonly epochStart?: number;
}

/** What a replica reads, synchronously. Structurally the consensus package's LogReader. */
export interface LogView {
  readonly base: { readonly index: number; readonly round: number };
  /** The highest that is present, holes before it or not. */
  readonly lastIndex: number;
  /** Undefined in a hole. */
  roundAt(index: number): number | undefined;
  /** Undefined where no slot is. */
  ballotAt(index: number): number | undefined;
  /** Of an entry that is damaged, where the log still knows it. */
  kindAt(index: number): LogEntry['kind'] | undefined;
  /** Ends before a hole, and before an entry that is damaged. */
  read(from: number, to: number, bytesMax: number): readonly LogEntry[];
}

/** The log of one group with the entries of all its epochs, as far as they lie above the base. */
export interface GroupLog extends LogView {
  readonly identity: LogIdentity;
  /** The last index of the epoch before: its stop-sign. 0 in the first. */
  readonly epochStart: number;
  /** Of the current epoch. */
  readonly hardState: LogHardState | undefined;
  /** Entries that a read found to be other than what was written. `read` ends before the first of them; appending one again mends it. */
  readonly damaged: readonly number[];
  /** Every index up to here is present: `lastIndex`, unless slots have left a hole. */
  readonly heldThrough: number;
  /** In which epoch the entry was decided. Undefined below the base and above the last index. */
  epochAt(index: number): number | undefined;
  /**
   * The entries of the current epoch alone, for its replica: the base is (`epochStart`, round 0) until the group's own base lies
   * beyond. It keeps to this epoch when the next one begins.
   */
  view(): LogView;
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
  /** There is no space for the next segment; it is tried again all the time. */
  readonly diskFull: boolean;
}

export interface Wal {
  readonly groups: ReadonlyMap<GroupId, GroupLog>;
  /** A group that this log has never held. Durable with its first append. @param epochStart default 0 */
  createGroup(identity: LogIdentity, base: { readonly index: number; readonly round: number }, epochStart?: number): GroupLog;
  /**
   * Group commit: batches that arrive while a sync is under way share the next one. The group's log reads as appended
   * at once; `durable` is called once it is on disk, in the order of the calls.
   */
  append(batch: readonly LogAppend[], durable: () => void): void;
  /**
   * Moves a group's base up (after a flush) or replaces its log altogether (after a snapshot install, when `index` lies
   * beyond the end, or the entry there is of another round than `round`: the log has diverged from the snapshot). Slots above
   * the base are kept in any case: each is a promise. A new epoch or branch, with its `epochStart`, keeps nothing.
   */
  setBase(base: LogBase, durable: () => void): void;
  /**
   * From here on only this identity, a higher epoch or another branch, is written. `start` is the last index that counts of
   * what was: everything up to it is there, everything after it is void and goes. The new epoch has no hard state yet.
   * Durable, it is the proof that this replica has begun the epoch.
   */
  beginEpoch(identity: LogIdentity, start: number, durable: () => void): void;
  statistics(): WalStatistics;
  /** Waits for nothing: what was not durable may be lost, as at a crash. */
  close(): void;
}
