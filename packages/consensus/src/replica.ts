// The one interface of every protocol: inputs in, effects out. A replica never waits, never reads a clock and never
// touches a disk or a socket.
//
// The ordering contract between a replica and its host:
//  1. The host steps any number of inputs, then drains `effects()` once: one turn.
//  2. `store` effects are made durable in the order in which they were drained. Within one: truncation, entries, hard
//     state are one atomic unit. Several may be under way; each is answered by one 'stored' input, in order.
//  3. `store.unlocks` leave only after that store effect is durable. `send` may leave at once, in order: a message
//     that promises durability is never in it.
//  4. `commit` is handed to the state machine in index order; each index once per life of the replica. It may name entries
//     that this replica itself has not stored yet (a quorum elsewhere has).
//  5. `reads` are released once the state machine has applied at least `index`; the host waits for that.
//  6. After `install` the host fetches and loads the snapshot, then steps 'installed'. Until then the replica takes part
//     in elections but accepts no entries at or below the snapshot's index.
//  7. The replica reads entries that it handed out for storing from `LogReader` only after their 'stored' input.
//  8. `unreadable` names a decided entry that `LogReader` cannot give any more; nothing is handed over from there on. The host has
//     it from another member, by its index and round, and steps 'mended'; or loads a snapshot that reaches beyond it.
import type { ByteReader, ByteWriter, Millis } from '@reknit/base';
import type { Configuration, Entry, EntryKind, HardState, Index, NodeId, Round } from './types.js';

/** The durable log of one group as the replica reads it: synchronous, bounded, memory or page cache. */
export interface LogReader {
  /** Everything up to and including `base.index` is in the state machine's durable state and may be gone from the log. */
  readonly base: { readonly index: Index; readonly round: Round };
  /** The highest that is present, holes before it or not; `base.index` when the log is empty. */
  readonly lastIndex: Index;
  /** Undefined below the base, above the last index and in a hole. */
  roundAt(index: Index): Round | undefined;
  /** Undefined where no slot is. */
  ballotAt(index: Index): Round | undefined;
  /** Of an entry that is there and cannot be read, where the log still knows it. */
  kindAt?(index: Index): EntryKind | undefined;
  /**
   * Entries from `from` to `to` inclusive, cut before the first hole, and once `bytesMax` is exceeded, but at least one when
   * there is one at `from`.
   */
  read(from: Index, to: Index, bytesMax: number): readonly Entry[];
}

export interface ReplicaOptions {
  readonly self: NodeId;
  readonly configuration: Configuration;
  readonly log: LogReader;
  readonly hardState: HardState;
  /** Highest index that the state machine's durable state already contains: `commit` effects begin after it. */
  readonly applied: Index;
  /** Follower waits between 1 and 2 of these, drawn anew each time. Default 1000 ms, as etcd. */
  readonly electionTimeout: Millis;
  /** Default 100 ms. Well below the election timeout. */
  readonly heartbeatInterval: Millis;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly limits?: Partial<ReplicaLimits>;
}

export interface ReplicaLimits {
  /** Bytes of entries in one message to a follower. Large enough to amortise a round trip, small enough not to delay a heartbeat. */
  readonly messageBytesMax: number;
  /** Entry messages to one follower that may be unanswered; more add memory, not speed. */
  readonly inFlightMax: number;
  /** Bytes proposed and not yet decided; above it proposals are refused as 'busy'. */
  readonly undecidedBytesMax: number;
}

export type Input<Message> =
  /** Time passes. `now` is monotonic and the same clock for all inputs; at `dueAt`, and at least every heartbeat interval. */
  | { readonly kind: 'tick'; readonly now: Millis }
  | { readonly kind: 'message'; readonly from: NodeId; readonly message: Message }
  /** The store effect with this sequence, and all before it, are durable. */
  | { readonly kind: 'stored'; readonly sequence: number }
  /** The state machine has applied up to here. */
  | { readonly kind: 'applied'; readonly index: Index }
  /** The connection to a peer ended. Evidence that it may be gone: a hint, never proof. */
  | { readonly kind: 'peer-lost'; readonly peer: NodeId }
  /** A session to a peer began: whatever was in flight to it is lost. */
  | { readonly kind: 'peer-connected'; readonly peer: NodeId }
  /**
   * The peer is silent beyond what its rhythm explains, though its connection stands. Weaker than a loss: what is under
   * way to it may still arrive.
   */
  | { readonly kind: 'peer-suspected'; readonly peer: NodeId }
  /** A suspected peer gave a sign of life. Stepped before whatever it said. */
  | { readonly kind: 'peer-trusted'; readonly peer: NodeId }
  /**
   * The peer's disk has lost what it had acknowledged: nothing that it said counts any more. The host steps no message of it from
   * here on.
   */
  | { readonly kind: 'peer-distrusted'; readonly peer: NodeId }
  /** A linearizable read is wanted; `token` comes back in `reads`. */
  | { readonly kind: 'read'; readonly token: number }
  /** Hand leadership to this voter, if leader. */
  | { readonly kind: 'transfer'; readonly to: NodeId }
  /** The learners from now on, all of them: a decided entry said so. */
  | { readonly kind: 'learners'; readonly learners: readonly NodeId[] }
  /** In a round 0 that nobody has begun: this voter is to lead the new configuration, and campaigns at once. */
  | { readonly kind: 'campaign' }
  /** The configuration has ended. What waits is failed; the replica is drained once more and then dropped. */
  | { readonly kind: 'stop' }
  /** The snapshot asked for by `install` is loaded and durable, and the log's base stands at it. */
  | { readonly kind: 'installed'; readonly index: Index; readonly round: Round }
  /** It could not be had: ask again when there is cause. */
  | { readonly kind: 'install-failed'; readonly index: Index }
  /** From the `unreadable` one on, without a gap; each of the round that `LogReader` shows in its place. */
  | { readonly kind: 'mended'; readonly entries: readonly Entry[] };

export type Proposed =
  /** Entries [first, last] of `round`; decided exactly if `commit` hands out those indexes with that round. */
  | { readonly accepted: true; readonly first: Index; readonly last: Index; readonly round: Round }
  | { readonly accepted: false; readonly reason: 'not-leader' | 'busy' | 'stopped'; readonly leader: NodeId | undefined };

export interface Outbound<Message> {
  readonly to: NodeId;
  readonly message: Message;
}

export interface StoreEffect<Message> {
  /** Rises by one for each store effect. */
  readonly sequence: number;
  /** Remove everything from this index on, first. */
  readonly truncateFrom: Index | undefined;
  /** Each follows the one before it and the end of the log, or is a slot. */
  readonly entries: readonly Entry[];
  /** Once this effect is durable, every index up to here is durably in the log, without a hole. */
  readonly durableThrough: Index;
  readonly hardState: HardState | undefined;
  /** Leave once this effect is durable. */
  readonly unlocks: readonly Outbound<Message>[];
}

export type ReadOutcome =
  | { readonly token: number; readonly ok: true; readonly index: Index }
  /** No leader that a majority confirms: the caller may try again. */
  | { readonly token: number; readonly ok: false };

export interface SnapshotOffer {
  readonly from: NodeId;
  readonly index: Index;
  readonly round: Round;
}

/** In the order in which the host must attend to them. Empty parts are empty arrays or undefined. */
export interface Effects<Message> {
  readonly send: readonly Outbound<Message>[];
  readonly store: StoreEffect<Message> | undefined;
  readonly commit: readonly Entry[];
  readonly reads: readonly ReadOutcome[];
  readonly install: SnapshotOffer | undefined;
  /** What is decided, due, and cannot be read. Told in every turn until it is mended or passed. */
  readonly unreadable: Index | undefined;
}

export type RoleName = 'follower' | 'pre-candidate' | 'candidate' | 'leader' | 'learner';

export interface PeerProgress {
  readonly id: NodeId;
  /** Highest index known to be durable there. */
  readonly match: Index;
  readonly state: 'probe' | 'replicate' | 'snapshot';
  readonly inFlight: number;
}

export interface ReplicaStatus {
  readonly role: RoleName;
  readonly round: Round;
  readonly leader: NodeId | undefined;
  readonly commit: Index;
  readonly last: Index;
  /** A leader may serve once it knows all that was ever decided. */
  readonly ready: boolean;
  /** What the role is busy with, where the protocol names it: Paxos 'phase 1', Zab 'synchronization'. For people. */
  readonly phase: string | undefined;
  /** The first stop-sign in this replica's log, decided or not. */
  readonly stopSign: Index | undefined;
  /** Of a leader only. */
  readonly progress: readonly PeerProgress[];
}

export interface Replica<Message> {
  step(input: Input<Message>): void;
  /**
   * Appends a batch if leader. The payloads are owned by the replica from now on.
   * @param kind 'stop-sign' ends the configuration: every later proposal is refused as 'stopped'. Default 'normal'
   */
  propose(payloads: readonly Uint8Array[], kind?: 'normal' | 'stop-sign'): Proposed;
  /** Drained: a second call without a step in between returns nothing. */
  effects(): Effects<Message>;
  status(): ReplicaStatus;
  /** Everything is decided, delivered and durable, nobody waits, and no message is due: a turn would find nothing to do. */
  readonly atRest: boolean;
  /** A turn has something to do, though nothing comes in. */
  readonly restless: boolean;
  /** If nothing comes in, a tick before that time changes nothing. Only as long as nothing does. */
  readonly dueAt: Millis;
  /** Time has come so far when what follows comes in. What was due is left to the next tick. */
  advance(now: Millis): void;
}

export type ProtocolName = 'raft' | 'paxos' | 'zab';

/** One protocol as the host sees it: how to make a replica, and how its messages travel. */
export interface Protocol<Message> {
  readonly name: ProtocolName;
  /** What the protocol's own literature calls a round. */
  readonly roundName: 'term' | 'ballot' | 'epoch';
  create(options: ReplicaOptions): Replica<Message>;
  encode(message: Message, writer: ByteWriter): void;
  /** Entry payloads are views of the reader's bytes. Throws MalformedBytesError. */
  decode(reader: ByteReader): Message;
}
