// A group through all its configurations: `Succession` looks like a replica to its host, runs the replica of the current stage,
// and moves to the next stage when a stop-sign is decided.
//
// Beyond the ordering contract of a replica (replica.ts), its host obeys:
//  1. `store`, `begin` and `prepare` are made durable in the order in which they were drained; within one turn in the order
//     store, begin. The log is told the stage's epoch with each (`Effects.epoch`).
//  2. `begin` is the durable `Started(epoch, index)`: the log drops what lies after `index`, forgets the hard state, and from then
//     on takes records of the new epoch alone. Answered by 'begun'. What is durable before it, is durable in order.
//  3. `store.unlocks` leave only if a replica of the effect's epoch still runs once it is durable (`protocolOf(epoch)`): a
//     member that knows that its stage has ended confirms nothing in it any more.
//  4. `commit` names entries of all stages in index order, each once per life. The stop-sign is among them: the state machine
//     keeps the stage that it names, and gives it back at the next start and with each snapshot.
//  5. Messages of a replica travel with the epoch of their turn. `protocolOf(epoch)` tells how to read what came in; where it is
//     undefined the bytes are handed in as 'foreign'.
//  6. `install`: as of a replica, but the snapshot that comes may be of any later stage; 'installed' says of which. One that ends
//     before the offer's index is not taken: 'install-failed'. Before
//     that input the log stands there: its identity is that stage's, its epoch's start and its base are the snapshot's. One that
//     lies behind what the state machine has applied by then is never put in place, but told as 'install-failed'.
import type { Millis } from '@reknit/base';
import type {
  Input,
  LogReader,
  Outbound,
  Proposed,
  Protocol,
  ProtocolName,
  ReadOutcome,
  ReplicaLimits,
  ReplicaStatus,
  SnapshotOffer,
  StoreEffect,
} from '../replica.js';
import type { Entry, Epoch, HardState, Index, NodeId, Round } from '../types.js';
import type { ControlMessage } from './messages.js';
import type { Stage } from './stage.js';

/** Of whichever protocol: only its own replica and codec look into it. */
export type EngineMessage = unknown;

/** The log of the group with the entries of all its stages, as far as they lie above the base. */
export interface GroupLog extends LogReader {
  /** In which stage the entry was decided; undefined where there is none. */
  epochAt(index: Index): Epoch | undefined;
  /** The present stage's alone: its base is (start, round 0) until the group's own base lies beyond. */
  view(): LogReader;
}

export interface SuccessionOptions {
  readonly self: NodeId;
  readonly log: GroupLog;
  /** That of the log's identity. Its `learners` as the state machine last knew them. */
  readonly stage: Stage;
  /** Where the stage began: the index of its predecessor's stop-sign. 0 for the first. */
  readonly start: Index;
  /** Of this stage; zeros when it has just begun. */
  readonly hardState: HardState;
  /** Highest index that the state machine's durable state contains. */
  readonly applied: Index;
  /** Of the present stage, where the state machine's durable state contains its stop-sign already. */
  readonly stopped: StageEnd | undefined;
  readonly protocols: Readonly<Partial<Record<ProtocolName, Protocol<EngineMessage>>>>;
  /**
   * This member came to the group after its beginning: on its way to the present stage it learns in each that knows nothing of
   * it yet, and never takes one for its end.
   */
  readonly guest?: boolean;
  /** The last `prepare` effect that was made durable, in an earlier life. */
  readonly prepared?: Pick<Stage, 'epoch' | 'plan'> | undefined;
  readonly electionTimeout: Millis;
  readonly heartbeatInterval: Millis;
  readonly random: () => number;
  readonly limits?: Partial<ReplicaLimits>;
}

/** A stage ended with the stop-sign at `index`; what it decided beyond is void. */
export interface StageEnd {
  readonly epoch: Epoch;
  readonly index: Index;
  readonly next: Stage;
}

type Shared = Exclude<Input<EngineMessage>, { readonly kind: 'message' | 'installed' | 'stop' | 'campaign' | 'mended' }>;

export type SuccessionInput =
  /** As of a replica. */
  | Shared
  | { readonly kind: 'message'; readonly from: NodeId; readonly epoch: Epoch; readonly message: EngineMessage }
  /** A replica's message of an epoch that `protocolOf` does not know. The bytes are the succession's from now on: a copy. */
  | { readonly kind: 'foreign'; readonly from: NodeId; readonly epoch: Epoch; readonly bytes: Uint8Array }
  | { readonly kind: 'control'; readonly from: NodeId; readonly message: ControlMessage }
  /** The `begin` effect of this epoch is durable. */
  | { readonly kind: 'begun'; readonly epoch: Epoch }
  /** The `prepare` effect of this plan is durable, and this member can run the stage; or why it cannot. */
  | { readonly kind: 'prepared'; readonly plan: string; readonly refusal: string | undefined }
  /**
   * The snapshot is loaded and durable, and the log stands at it.
   * @property stage in force after `index`
   * @property start where it began; equal to `index` when the snapshot ends with the stop-sign: the view then shows round 0 there
   */
  | {
      readonly kind: 'installed';
      readonly index: Index;
      readonly round: Round;
      readonly stage: Stage;
      readonly start: Index;
    };

export interface SuccessionEffects {
  /** Of `send` and `store`. */
  readonly epoch: Epoch;
  readonly send: readonly Outbound<EngineMessage>[];
  readonly control: readonly Outbound<ControlMessage>[];
  readonly store: StoreEffect<EngineMessage> | undefined;
  /** Make `Started` durable, after `store`. */
  readonly begin: BeginEffect | undefined;
  /** Note durably that this plan may come, if this member can run the stage. */
  readonly prepare: Stage | undefined;
  readonly commit: readonly Entry[];
  /**
   * The stage has ended and `commit` has reached its stop-sign: what was accepted in it and has not been handed out is void.
   * It was certainly not applied and never will be, so its proposer may propose it again. Not told when a snapshot leads beyond
   * the stop-sign: what became of the proposals is then unknown.
   */
  readonly ended: StageEnd | undefined;
  readonly reads: readonly ReadOutcome[];
  readonly install: SnapshotOffer | undefined;
  /** As of a replica, but the others are asked for it already: for people. */
  readonly unreadable: Index | undefined;
}

export interface BeginEffect {
  /** The index of the stop-sign, from which on the new stage owns the log. */
  readonly index: Index;
  readonly stage: Stage;
}

export interface SuccessionStatus extends ReplicaStatus {
  readonly epoch: Epoch;
  readonly protocol: ProtocolName;
  readonly stage: Stage;
  readonly start: Index;
  readonly handOver: HandOver;
  /** Of a leader that prepares a stage. */
  readonly preflight: Preflight | undefined;
}

export type HandOver =
  /** The stage runs; its predecessor, if any, may still be needed. */
  | { readonly kind: 'running' }
  /** A stop-sign is in the leader's log: no way back, unless another leader displaces it. */
  | { readonly kind: 'stopping'; readonly index: Index }
  /** Others say that the stage has ended; what it decided is being fetched, and until it is here the replica goes on. */
  | { readonly kind: 'catching-up'; readonly end: StageEnd }
  /** Decided, all of it is here, and `Started` on its way to the disk. */
  | { readonly kind: 'ended'; readonly end: StageEnd }
  /** This member is in no later stage. It may go once `mayLeave`: until then it keeps what the others may need. */
  | { readonly kind: 'retired'; readonly end: StageEnd; readonly mayLeave: boolean };

export interface Preflight {
  readonly stage: Stage;
  readonly ready: boolean;
  /** Each voter of the stage that does not count yet, and why. */
  readonly missing: readonly { readonly id: NodeId; readonly why: string }[];
}

export type StopOutcome =
  | Proposed
  /** That plan's stop-sign is in the log already. */
  | { readonly accepted: true; readonly index: Index }
  | {
      readonly accepted: false;
      readonly reason: 'other-epoch' | 'not-prepared' | 'other-plan';
      readonly leader: NodeId | undefined;
    };
