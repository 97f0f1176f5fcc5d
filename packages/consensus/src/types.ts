// The words that all three protocols share.
import type { Brand } from '@reknit/base';

/** A member's identity within a group; constant for the life of a configuration. */
export type NodeId = Brand<string, 'NodeId'>;
/** Position in a group's log. The first entry has index 1. */
export type Index = Brand<number, 'Index'>;
/** Leadership period: Raft's term, a Paxos ballot, a Zab epoch. Never falls within a configuration. */
export type Round = Brand<number, 'Round'>;
/** Number of a configuration of a group, rising by one at each stop-sign. */
export type Epoch = Brand<number, 'Epoch'>;

/** 'noop' is the protocol's own and is never applied; 'stop-sign' ends the configuration. */
export type EntryKind = 'normal' | 'noop' | 'stop-sign';

/** In every protocol (index, round) names one value, on every replica and for ever: hosts need not know which protocol they run. */
export interface Entry {
  readonly index: Index;
  /** Whose leader first proposed this value. */
  readonly round: Round;
  /**
   * Of Paxos only: the ballot at which this copy was accepted. An entry with a ballot is a *slot*: it replaces whatever stands
   * at its index, may leave holes before it, and truncates nothing.
   */
  readonly ballot?: Round;
  readonly kind: EntryKind;
  /** Opaque to the protocol; never changed, never copied. */
  readonly payload: Uint8Array;
}

/** What a replica must never forget. Raft uses round and vote; Paxos round (its promise); Zab round (accepted) and history. */
export interface HardState {
  readonly round: Round;
  readonly vote: NodeId | undefined;
  /** The round whose history this replica last took over (Zab's currentEpoch); 0 where a protocol has none. */
  readonly history: Round;
  /** Highest index known to be decided; may lag behind. */
  readonly commit: Index;
}

/** Fixed for the life of a replica: changing voters or protocol is the next configuration's business. */
export interface Configuration {
  readonly epoch: Epoch;
  readonly voters: readonly NodeId[];
  /** Receive the log, never count. */
  readonly learners: readonly NodeId[];
}

export const firstIndex: Index = 1 as Index;
export const noIndex: Index = 0 as Index;
export const noRound: Round = 0 as Round;
