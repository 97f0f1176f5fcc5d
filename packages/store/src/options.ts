// What a member is told at start. Defaults are etcd's where etcd has the same option.
import type { Millis } from '@reknit/base';
import type { PagesHome } from '@reknit/mvcc';
import type { InitialMember } from './cluster/identity.js';

/** Keyspaces that every member hosts. Numbers are part of the log's format. */
export const KEYSPACES = [
  { name: '_system', group: 1 },
  { name: 'default', group: 2 },
] as const;
export type KeyspaceName = (typeof KEYSPACES)[number]['name'];

export interface MemberOptions {
  readonly name: string;
  readonly dataDirectory: string;
  readonly initialCluster: readonly InitialMember[];
  readonly token: string;
  /** Shared by all members and agents of the cluster. */
  readonly secret: Uint8Array;
  /** `host:port` each. */
  readonly listenPeers: readonly string[];
  /** Shown to clients in the member list. */
  readonly advertiseClientUrls: readonly string[];
  readonly protocol: 'raft';
  readonly electionTimeout: Millis;
  readonly heartbeatInterval: Millis;
  readonly snapshotCount: number;
  readonly catchupEntries: number;
  readonly requestBytesMax: number;
  readonly transactionOperationsMax: number;
  readonly segmentBytes?: number;
  /** Of one keyspace's durable tables; `directory` lies within the data directory. */
  pagesHome(keyspace: KeyspaceName, directory: string): PagesHome;
}

export const MEMBER_DEFAULTS = {
  token: 'etcd-cluster',
  protocol: 'raft',
  electionTimeout: 1000,
  heartbeatInterval: 100,
  snapshotCount: 10_000,
  catchupEntries: 5_000,
  /** 1.5 MiB, as etcd's --max-request-bytes. */
  requestBytesMax: 1_572_864,
  transactionOperationsMax: 128,
} as const;
