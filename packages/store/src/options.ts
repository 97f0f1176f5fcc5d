// What a member is told at start. Defaults are etcd's where etcd has the same option.
import type { Millis } from '@reknit/base';
import type { ProtocolName } from '@reknit/consensus';
import type { PagesHome } from '@reknit/mvcc';
import type { GroupLog, LogEntry } from '@reknit/wal';
import type { InitialMember } from './cluster/identity.js';

/** Keyspaces that every member hosts. Numbers are part of the log's format. */
export const KEYSPACES = [
  { name: '_system', group: 1 },
  { name: 'default', group: 2 },
] as const;
export type KeyspaceName = (typeof KEYSPACES)[number]['name'];

/** Sees what happens in a member's groups, synchronously; for checkers and traces. Must not call back into the member. */
export interface MemberObserver {
  /** The group runs, or has loaded a snapshot, with this applied. */
  started(keyspace: KeyspaceName, applied: number): void;
  /** This member leads. */
  leads(keyspace: KeyspaceName, round: number, log: GroupLog, epoch: number): void;
  /** Entries go into the log behind one of `previousRound`. */
  stores(keyspace: KeyspaceName, entries: readonly LogEntry[], previousRound: number | undefined, epoch: number): void;
  /** Handed out as decided, in order. */
  decided(keyspace: KeyspaceName, entry: LogEntry): void;
  applied(keyspace: KeyspaceName, entry: LogEntry): void;
}

/** Hears durations as they are measured, in ms. */
export interface MemberMeters {
  /** How late a tick of the loop came: a hundred times a second while anything is at stake, twenty times at rest. */
  loopDelay(late: Millis): void;
  /** One batch of the log, written and synced. */
  logSync(took: Millis): void;
  /** The state's changes made durable, from the beginning of a flush to its end. */
  flush(took: Millis): void;
}

export interface MemberOptions {
  readonly name: string;
  readonly dataDirectory: string;
  readonly initialCluster: readonly InitialMember[];
  readonly token: string;
  /** `existing`: a member with an empty directory joins a cluster that has announced it (`joinCluster`). Default `new`. */
  readonly initialClusterState?: 'new' | 'existing';
  /** Shared by all members and agents of the cluster. */
  readonly secret: Uint8Array;
  /** `host:port` each. */
  readonly listenPeers: readonly string[];
  /** Shown to clients in the member list. */
  readonly advertiseClientUrls: readonly string[];
  /** Of a new cluster, the same for all its members; default Raft. Of one that exists: must be its own, if given at all. */
  readonly protocol?: ProtocolName;
  readonly electionTimeout: Millis;
  readonly heartbeatInterval: Millis;
  readonly snapshotCount: number;
  readonly catchupEntries: number;
  readonly requestBytesMax: number;
  readonly transactionOperationsMax: number;
  /** How often a watcher that asked for it hears how far it is when nothing happens; etcd's --watch-progress-notify-interval. */
  readonly watchProgressInterval: Millis;
  readonly segmentBytes?: number;
  /** Of the data of clients on disk; beyond it the alarm NOSPACE is raised. Default: only the disk bounds it. etcd's --quota-backend-bytes. */
  readonly quotaBytes?: number;
  /** How often all that is stored is read and checked, slowly. Default: every twelve hours. */
  readonly scrubEvery?: Millis;
  /** Speak as an older version would, to try an upgrade; see cluster/level.ts. */
  readonly level?: number;
  readonly observer?: MemberObserver;
  readonly meters?: MemberMeters;
  /** What this process has used of the processor so far, all threads: tells a loop that is blocked from one that waits its turn. */
  readonly processorTime?: () => Millis;
  /** Of one keyspace's durable tables; `directory` lies within the data directory. */
  pagesHome(keyspace: KeyspaceName, directory: string): PagesHome;
}

export const DEFAULT_SCRUB_EVERY: Millis = 12 * 3600 * 1000;

export const DEFAULT_SEGMENT_BYTES: number = 64 * 1024 * 1024;

export const MEMBER_DEFAULTS = {
  token: 'etcd-cluster',
  electionTimeout: 1000,
  heartbeatInterval: 100,
  snapshotCount: 10_000,
  catchupEntries: 5_000,
  /** 1.5 MiB, as etcd's --max-request-bytes. */
  requestBytesMax: 1_572_864,
  transactionOperationsMax: 128,
  watchProgressInterval: 600_000,
} as const;
