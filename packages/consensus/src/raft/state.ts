// What a Raft replica knows. One plain record that the other files of this folder read and change; what belongs to a
// role lives on the role and ends with it.
import { assert, type Millis } from '@reknit/base';
import { higher } from '../arithmetic.js';
import { HardStateLedger } from '../hard-state-ledger.js';
import { LogTail } from '../log-tail.js';
import { Outbox } from '../outbox.js';
import type { Progress } from '../progress.js';
import { majorityOf } from '../quorum.js';
import type { ReadOutcome, ReplicaLimits, ReplicaOptions, SnapshotOffer } from '../replica.js';
import { type HardState, type Index, type NodeId, noRound, type Round } from '../types.js';
import type { PreVote, RaftMessage, Vote } from './messages.js';

export interface Follower {
  readonly kind: 'follower' | 'learner';
  /** Whom this replica trusts to be alive; undefined before the first contact and once its link is lost. */
  leader: NodeId | undefined;
}

export interface PreCandidate {
  readonly kind: 'pre-candidate';
  readonly attempt: number;
  readonly stoodAt: Millis;
  readonly granted: Set<NodeId>;
  /** A leader that is only suspected: what is under way to it is not given up before somebody else is elected. */
  doubted: NodeId | undefined;
  /** While only the leader's link is lost, others may notice a moment later: ask again soon, this often. */
  retriesLeft: number;
  retryAt: Millis;
}

export interface Candidate {
  readonly kind: 'candidate';
  /** Names the end of the log that the votes are for. */
  readonly request: Vote;
  /** Its own is among them only once it is durable. */
  readonly granted: Set<NodeId>;
  readonly refused: Set<NodeId>;
}

export interface Leader {
  readonly kind: 'leader';
  /** Of every other member, voters and learners. */
  readonly progress: Map<NodeId, Progress>;
  /** The no-op that began this leadership: once it is decided, so is everything before it. */
  readonly firstOwn: Index;
  heartbeatAt: Millis;
  /** Every peer gets a message at the end of this turn, with a new sequence. */
  heartbeatDue: boolean;
  readonly undecided: UndecidedBytes;
  transfer: Transfer | undefined;
  readonly reads: LeaderReads;
}

export type Role = Follower | PreCandidate | Candidate | Leader;

export interface Transfer {
  readonly to: NodeId;
  readonly giveUpAt: Millis;
}

export interface UndecidedBytes {
  readonly batches: { readonly last: Index; readonly bytes: number }[];
  total: number;
}

/** Reads that began while no barrier of theirs had been sent. */
export interface ReadBatch {
  readonly tokens: number[];
  readonly requests: { readonly from: NodeId; readonly id: number }[];
}

export interface Barrier extends ReadBatch {
  readonly sequence: number;
  readonly index: Index;
}

export interface LeaderReads {
  open: ReadBatch;
  /** Sent and not yet confirmed, oldest first. */
  readonly barriers: Barrier[];
  /** Reads and requests in all of them. */
  count: number;
}

/** Reads that this replica forwarded to its leader. */
export interface ForwardedReads {
  /** To leave at the end of this turn, as one request. */
  waiting: number[];
  readonly underWay: Map<number, { readonly tokens: readonly number[]; readonly giveUpAt: Millis }>;
  /** Reads in both. */
  count: number;
  /** Begins at random so that an answer meant for an earlier life of this replica matches nothing. */
  nextId: number;
}

export interface RaftState {
  readonly self: NodeId;
  /** In the order of their ids. */
  readonly voters: readonly NodeId[];
  learners: readonly NodeId[];
  readonly isVoter: boolean;
  readonly majority: number;
  readonly electionTimeout: Millis;
  readonly heartbeatInterval: Millis;
  readonly random: () => number;
  readonly limits: ReplicaLimits;
  readonly log: LogTail;
  readonly promises: HardStateLedger;
  readonly outbox: Outbox<RaftMessage>;

  round: Round;
  vote: NodeId | undefined;
  commit: Index;
  role: Role;
  /** The one leader of this round that was ever seen. */
  leaderSeen: NodeId | undefined;
  /** The log equals that of this round's leader up to here. */
  verified: Index;
  /** The first stop-sign in the log. */
  stopSign: Index | undefined;

  /** Undefined until the first tick. */
  now: Millis | undefined;
  /** When this replica stands for election, unless it hears from a leader. */
  electionAt: Millis;
  /** Until then a leader is held to be alive, and nobody else is helped into its place. */
  leaderAliveUntil: Millis;
  /** The leader whose link broke or that fell silent, and nothing has been heard of any leader since. */
  suspected: NodeId | undefined;
  /** From the loss of a connection until it is back. */
  readonly lostLinks: Set<NodeId>;
  attempts: number;
  /** Pre-votes refused because the leader seemed alive: granted should it turn out that it is not. */
  readonly refused: Map<NodeId, PreVote>;

  /** Heartbeats and read barriers sent in this life; shared by all rounds so that it never repeats. */
  sequence: number;
  /** Of the leader's sequences, the last answered in this round. */
  answeredSequence: number;
  /** The sequence to answer it with. */
  answerOwed: number | undefined;
  readonly forwarded: ForwardedReads;
  readonly readOutcomes: ReadOutcome[];

  /** Handed to the state machine up to here. */
  delivered: Index;
  installing: { readonly offer: SnapshotOffer; announced: boolean } | undefined;
  storeSequence: number;
  storedSequence: number;
  /** When the disk last answered, or was last asked while it had nothing to do. */
  diskAnsweredAt: Millis;
}

/** 1 MiB a message keeps a heartbeat's delay behind it below some 10 ms on a gigabit link; 64 of them fill any pipe. */
const DEFAULT_LIMITS: ReplicaLimits = { messageBytesMax: 1 << 20, inFlightMax: 64, undecidedBytesMax: 64 << 20 };

export function createState(options: ReplicaOptions): RaftState {
  const { configuration, hardState, self } = options;
  const log = new LogTail(options.log);
  const voters = [...configuration.voters].sort();
  const commit = higher(higher(hardState.commit, options.applied), log.base.index);
  assert(voters.length > 0, 'a configuration has voters');
  assert(
    new Set([...voters, ...configuration.learners]).size === voters.length + configuration.learners.length,
    'members differ',
  );
  assert(options.applied >= log.base.index, 'the state machine holds what the log no longer has', () => options.applied);
  assert(commit <= log.last, 'nothing was decided or applied beyond the end of the log', () => ({ commit, last: log.last }));
  const isVoter = voters.includes(self);
  return {
    self,
    voters,
    learners: configuration.learners,
    isVoter,
    majority: majorityOf(voters.length),
    electionTimeout: options.electionTimeout,
    heartbeatInterval: options.heartbeatInterval,
    random: options.random,
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    log,
    promises: new HardStateLedger(hardState),
    outbox: new Outbox(),
    round: hardState.round,
    vote: hardState.vote,
    commit,
    role: { kind: isVoter ? 'follower' : 'learner', leader: undefined },
    leaderSeen: undefined,
    verified: commit,
    stopSign: findStopSign(log, options.applied),
    now: undefined,
    electionAt: Number.POSITIVE_INFINITY,
    leaderAliveUntil: Number.NEGATIVE_INFINITY,
    suspected: undefined,
    lostLinks: new Set(),
    attempts: 0,
    refused: new Map(),
    sequence: 0,
    answeredSequence: 0,
    answerOwed: undefined,
    forwarded: { waiting: [], underWay: new Map(), count: 0, nextId: firstRequestId(options.random) },
    readOutcomes: [],
    delivered: options.applied,
    installing: undefined,
    storeSequence: 0,
    storedSequence: 0,
    diskAnsweredAt: 0,
  };
}

/** Who is held to lead this round by a replica that does not lead. */
export function followed({ role }: RaftState): NodeId | undefined {
  switch (role.kind) {
    case 'follower':
    case 'learner':
      return role.leader;
    case 'pre-candidate':
      return role.doubted;
    default:
      return undefined;
  }
}

export const clock = (state: RaftState): Millis => state.now ?? 0;

export const isMember = (state: RaftState, id: NodeId): boolean => state.voters.includes(id) || state.learners.includes(id);

export const currentHardState = (state: RaftState): HardState => ({
  round: state.round,
  vote: state.vote,
  history: noRound,
  commit: state.commit,
});

/** A promise may only rest on a round that a crash cannot take back. */
export const roundIsDurable = (state: RaftState): boolean => state.promises.durable.round === state.round;

/** A disk may be slow for a moment; one that is silent for two election time-outs keeps a leader from doing its work. */
const DISK_STALL_TIMEOUTS = 2;

export const diskIsStalled = (state: RaftState): boolean =>
  state.storedSequence < state.storeSequence &&
  clock(state) - state.diskAnsweredAt >= DISK_STALL_TIMEOUTS * state.electionTimeout;

export function advanceCommit(state: RaftState, to: Index): void {
  if (to <= state.commit) return;
  assert(to <= state.log.last, 'only what is in the log is decided', () => ({ to, last: state.log.last }));
  state.commit = to;
}

/** Between restarts 2^32 numbers apart; within a life 2^20 requests before the ranges could meet. */
const firstRequestId = (random: () => number): number => Math.floor(random() * 0x1_0000_0000) * 0x10_0000;

const SCAN_BYTES = 1 << 20;

function findStopSign(log: LogTail, applied: Index): Index | undefined {
  let from = applied + 1;
  while (from <= log.last) {
    const entries = log.read(from as Index, log.last, SCAN_BYTES);
    assert(entries.length > 0, 'the log has no hole', () => from);
    for (const entry of entries) if (entry.kind === 'stop-sign') return entry.index;
    from += entries.length;
  }
  return undefined;
}
