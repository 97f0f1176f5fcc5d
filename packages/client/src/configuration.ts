// The cluster's members and protocol, and their changes: Reknit's own calls, as JSON. A change carries an id, so it may be sent
// again until its outcome is known, and is one change all the same.
import { utf8Decode, utf8Encode } from '@reknit/base';
import type { Caller, CallOptions, Operation } from './caller.js';

export type ProtocolName = 'raft' | 'paxos' | 'zab';

export interface ConfiguredMember {
  /** 16 hex digits. */
  readonly id: string;
  /** Empty until its first start. */
  readonly name: string;
  readonly peerUrls: readonly string[];
  /** `pending`: is to vote once it is up and caught up. */
  readonly role: 'voter' | 'learner' | 'pending';
  readonly started: boolean;
}

export interface PlanUnderWay {
  readonly id: string;
  /** For people. */
  readonly what: string;
  /** Until `stopping` it can be cancelled. */
  readonly phase: 'planned' | 'catching up' | 'stopping';
  /** What is waited for, if the member that answers knows. */
  readonly missing: readonly string[];
}

export interface ClusterConfiguration {
  /** Rises by one with each change of members or protocol that is carried out. */
  readonly epoch: number;
  readonly protocol: ProtocolName;
  readonly members: readonly ConfiguredMember[];
  readonly plan?: PlanUnderWay;
  readonly keyspaces: readonly {
    readonly name: string;
    readonly epoch: number;
    readonly protocol: ProtocolName;
    /** Of the change from one configuration to the next. */
    readonly phase: string;
    readonly leader?: string;
    readonly voters: readonly string[];
  }[];
}

export type ConfigurationChange =
  | { readonly kind: 'add'; readonly peerUrls: readonly string[]; readonly learner?: boolean }
  | { readonly kind: 'promote' | 'remove'; readonly member: string }
  | { readonly kind: 'update' | 'replace'; readonly member: string; readonly peerUrls: readonly string[] }
  | { readonly kind: 'switch'; readonly protocol: ProtocolName }
  | { readonly kind: 'cancel'; readonly plan?: string };

export interface ChangeOptions extends CallOptions {
  /** The same one for each attempt at the same change. */
  readonly id: string;
  /** Refused in any other configuration. */
  readonly epoch?: number;
}

/**
 * The cluster's members and protocol.
 *
 * @example
 * ```ts
 * import { startCluster } from 'reknit';
 *
 * await using cluster = await startCluster({ nodes: 1 });
 * const { configuration } = cluster.client();
 * await configuration.change({ kind: 'switch', protocol: 'paxos' }, { id: 'to paxos' });
 * const { protocol, epoch } = await configuration.show();
 * console.log(protocol, epoch);
 * ```
 */
export interface ConfigurationClient {
  /** As the member that answers has applied it. */
  show(options?: CallOptions): Promise<ClusterConfiguration>;
  /** Answered when the change is in force; one that needs a member to be started, when it is announced. */
  change(change: ConfigurationChange, options: ChangeOptions): Promise<ClusterConfiguration>;
}

const SHOW: Operation = { path: '/reknit.v1.Configuration/Show', effect: 'read' };
const CHANGE: Operation = { path: '/reknit.v1.Configuration/Change', effect: 'idempotent-write' };

export function configurationClient(caller: Caller): ConfigurationClient {
  return {
    async show(options = {}) {
      return read(await caller.call(SHOW, utf8Encode('{}'), options));
    },
    async change(change, { id, epoch, ...options }) {
      return read(await caller.call(CHANGE, utf8Encode(JSON.stringify({ id, epoch, change })), options));
    },
  };
}

/** A later version may add fields. */
const read = (message: Uint8Array): ClusterConfiguration => JSON.parse(utf8Decode(message));
