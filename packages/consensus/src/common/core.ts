// What every protocol's replica knows, in one plain record. A protocol's state extends it by its own fields; the functions of
// this folder take the part of it that they need, so that they serve all protocols and know none.
import { assert, type Millis } from '@reknit/base';
import { higher } from '../arithmetic.js';
import { HardStateLedger } from '../hard-state-ledger.js';
import type { Unstored } from '../log-tail.js';
import { majorityOf } from '../quorum.js';
import type { LogReader, ReadOutcome, ReplicaLimits, ReplicaOptions, SnapshotOffer } from '../replica.js';
import type { Entry, Index, NodeId, Round } from '../types.js';
import { UnreadableLogError } from '../unreadable-log-error.js';
import type { Probe, SharedMessage } from './messages.js';
import type { CommonRole, Follower, ForwardedReads } from './roles.js';

/** The whole log, durable or not: what a protocol may keep in `Core.log`. LogTail is one; Paxos has its own, with holes. */
export interface ReplicaLog {
  readonly base: LogReader['base'];
  /** The highest that is present. */
  readonly last: Index;
  /** Everything up to here is present: `last`, or the end before the first hole. */
  readonly contiguous: Index;
  /** Everything up to here is durable in its present form. */
  readonly stored: Index;
  readonly hasUnstored: boolean;
  roundAt(index: Index): Round | undefined;
  read(from: Index, to: Index, bytesMax: number): readonly Entry[];
  handOut(sequence: number): Unstored;
  acknowledge(sequence: number): void;
  /** No longer needed in memory once durable: handed to the state machine up to `decided`. */
  release(decided: Index): void;
  /** What lies at or below `index` is in the state machine now; the LogReader's base stands there. */
  replaceBySnapshot(index: Index): void;
}

export interface Sending {
  send(to: NodeId, message: SharedMessage): void;
}

export interface Core {
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
  readonly log: ReplicaLog;
  readonly promises: HardStateLedger;
  readonly outbox: Sending;

  round: Round;
  /** Whom this replica has promised to support in this round. */
  vote: NodeId | undefined;
  commit: Index;
  role: CommonRole;
  /** The one leader of this round that was ever seen. */
  leaderSeen: NodeId | undefined;
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
  /** Probes refused because the leader seemed alive: granted should it turn out that it is not. */
  readonly refused: Map<NodeId, Probe>;

  /** Heartbeats and read barriers sent in this life; shared by all rounds so that it never repeats. */
  sequence: number;
  readonly forwarded: ForwardedReads;
  readonly readOutcomes: ReadOutcome[];

  /** Handed to the state machine up to here. */
  delivered: Index;
  /** The next one to be handed over is decided, and the own log cannot give it any more: its disk has changed it. */
  unreadable: Index | undefined;
  /** What others gave in its place. */
  mended: readonly Entry[];
  installing: { readonly offer: SnapshotOffer; announced: boolean } | undefined;
  storeSequence: number;
  storedSequence: number;
  /** When the disk last answered, or was last asked while it had nothing to do. */
  diskAnsweredAt: Millis;
}

/** 1 MiB a message keeps a heartbeat's delay behind it below some 10 ms on a gigabit link; 64 of them fill any pipe. */
const DEFAULT_LIMITS: ReplicaLimits = { messageBytesMax: 1 << 20, inFlightMax: 64, undecidedBytesMax: 64 << 20 };

/** What a protocol makes itself, for its own types. */
type Own = 'log' | 'outbox' | 'role' | 'refused';

/** Of a replica that begins, or begins again. */
export function createCore(options: ReplicaOptions, log: ReplicaLog): Omit<Core, Own> & { role: Follower } {
  const { configuration, hardState, self } = options;
  const voters = [...configuration.voters].sort();
  const commit = higher(higher(hardState.commit, options.applied), log.base.index);
  assert(voters.length > 0, 'a configuration has voters');
  assert(
    new Set([...voters, ...configuration.learners]).size === voters.length + configuration.learners.length,
    'members differ',
  );
  assert(options.applied >= log.base.index, 'the state machine holds what the log no longer has', () => options.applied);
  assert(commit <= log.contiguous, 'nothing was decided or applied beyond the end of the log', () => ({
    commit,
    last: log.last,
  }));
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
    promises: new HardStateLedger(hardState),
    round: hardState.round,
    vote: hardState.vote,
    commit,
    role: { kind: isVoter ? 'follower' : 'learner', leader: undefined },
    leaderSeen: undefined,
    stopSign: findStopSign(log, options),
    now: undefined,
    electionAt: Number.POSITIVE_INFINITY,
    leaderAliveUntil: Number.NEGATIVE_INFINITY,
    suspected: undefined,
    lostLinks: new Set(),
    attempts: 0,
    sequence: 0,
    forwarded: { waiting: [], underWay: new Map(), count: 0, nextId: firstRequestId(options.random) },
    readOutcomes: [],
    delivered: options.applied,
    unreadable: undefined,
    mended: [],
    installing: undefined,
    storeSequence: 0,
    storedSequence: 0,
    diskAnsweredAt: 0,
  };
}

/** Who is held to lead this round by a replica that does not lead. */
export function followed({ role }: Pick<Core, 'role'>): NodeId | undefined {
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

export const clock = (state: Pick<Core, 'now'>): Millis => state.now ?? 0;

export const isMember = (state: Pick<Core, 'voters' | 'learners'>, id: NodeId): boolean =>
  state.voters.includes(id) || state.learners.includes(id);

/** A promise may only rest on a round that a crash cannot take back. */
export const roundIsDurable = (state: Pick<Core, 'promises' | 'round'>): boolean => state.promises.durable.round === state.round;

/** A disk may be slow for a moment; one that is silent for two election time-outs keeps a leader from doing its work. */
const DISK_STALL_TIMEOUTS = 2;

type Disk = Pick<Core, 'storedSequence' | 'storeSequence' | 'now' | 'diskAnsweredAt' | 'electionTimeout'>;

export const diskIsStalled = (state: Disk): boolean => clock(state) >= diskStallsAt(state);

/** Unless it answers before. */
export const diskStallsAt = ({ storedSequence, storeSequence, diskAnsweredAt, electionTimeout }: Disk): Millis =>
  storedSequence < storeSequence ? diskAnsweredAt + DISK_STALL_TIMEOUTS * electionTimeout : Number.POSITIVE_INFINITY;

export function advanceCommit(state: Pick<Core, 'commit' | 'log'>, to: Index): void {
  if (to <= state.commit) return;
  assert(to <= state.log.contiguous, 'only what is in the log is decided', () => ({ to, last: state.log.last }));
  state.commit = to;
}

/** Between restarts 2^32 numbers apart; within a life 2^20 requests before the ranges could meet. */
const firstRequestId = (random: () => number): number => Math.floor(random() * 0x1_0000_0000) * 0x10_0000;

const SCAN_BYTES = 1 << 20;

/** Before the first hole. What cannot be read is had from others, but must be known to be none. */
function findStopSign(log: ReplicaLog, { applied, log: stored, configuration }: ReplicaOptions): Index | undefined {
  let from = applied + 1;
  while (from <= log.contiguous) {
    const entries = log.read(from as Index, log.contiguous, SCAN_BYTES);
    if (entries.length === 0) {
      if (configuration.voters.length === 1 || !isKnown(stored, from as Index)) throw new UnreadableLogError(from as Index);
      if (stored.kindAt?.(from as Index) === 'stop-sign') return from as Index;
      from++;
    }
    for (const entry of entries) if (entry.kind === 'stop-sign') return entry.index;
    from += entries.length;
  }
  return undefined;
}

const isKnown = (log: LogReader, index: Index): boolean => log.kindAt?.(index) !== undefined;
