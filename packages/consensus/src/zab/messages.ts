// Zab's messages and their bytes, under the names of the paper and of ZooKeeper. Every message carries the sender's epoch
// (a pre-vote: the epoch it would begin).
//
// What belongs to a session with the leader carries its number: a follower takes it in FIFO order or not at all. Beyond the
// paper: an acknowledgement tells its sender's durable currentEpoch, so that the ACK of NEWLEADER is no message of its own,
// and none that is lost is missed for long; COMMIT is also the heartbeat, and by its sequence reads are confirmed.
import { type ByteReader, type ByteWriter, MalformedBytesError, unreachable } from '@reknit/base';
import { following } from '../arithmetic.js';
import {
  decodeEntries,
  decodeShared,
  encodeEntries,
  encodeShared,
  type Probe,
  readCount,
  readIndex,
  readRound,
  type SharedMessage,
} from '../common/messages.js';
import type { Entry, Index, Round } from '../types.js';

/** What a replica could lead with: its currentEpoch and the zxid of its last entry. */
export interface Claim {
  readonly history: Round;
  readonly lastIndex: Index;
  readonly lastRound: Round;
}

/** A notification of fast leader election, with the sender as candidate. A grant of it is FOLLOWERINFO (elections.ts). */
export interface PreVote extends Probe, Claim {}

/** NEWEPOCH of a prospective leader: promise me this epoch. */
export interface NewEpoch extends Claim {
  readonly kind: 'new-epoch';
  readonly round: Round;
  readonly session: number;
  /** 'transfer': the leader itself asked for this election, so that its being alive is no objection. */
  readonly cause: 'time-out' | 'transfer';
}

/** NEWEPOCH of a leader that already has its majority of promises: begin a session with me. */
export interface LeaderInfo {
  readonly kind: 'leader-info';
  readonly round: Round;
  readonly session: number;
}

/** Where the entries of one epoch end in a log. */
export interface LogEnd {
  readonly round: Round;
  readonly index: Index;
}

/** The promise of an epoch, and all that the leader needs to know of the sender's history. */
export interface AckEpoch {
  readonly kind: 'ack-epoch';
  readonly round: Round;
  readonly session: number;
  readonly history: Round;
  readonly commit: Index;
  /** Of each epoch above `commit`, newest first, at least one: the first is the end of the log. */
  readonly ends: readonly LogEnd[];
}

/** This epoch is promised to another, or the sender has a longer history than who asked. */
export interface RefuseEpoch {
  readonly kind: 'refuse-epoch';
  readonly round: Round;
}

/** FOLLOWERINFO: something of session `session` is missing here; begin another. */
export interface FollowerInfo {
  readonly kind: 'follower-info';
  readonly round: Round;
  readonly session: number;
}

/** A piece of the leader's history. 'trunc': the follower's log holds what is not in the leader's, and is cut where they part. */
export interface History {
  readonly round: Round;
  readonly session: number;
  readonly mode: 'diff' | 'trunc';
  readonly prevIndex: Index;
  readonly prevRound: Round;
  /** Follow `prevIndex` without a gap. */
  readonly entries: readonly Entry[];
}

export interface Diff extends History {
  readonly kind: 'diff';
}

/** Ends the history with its last piece, so that it and currentEpoch become durable together. */
export interface NewLeader extends History {
  readonly kind: 'new-leader';
  readonly commit: Index;
}

export interface Propose {
  readonly kind: 'propose';
  readonly round: Round;
  readonly session: number;
  readonly prevIndex: Index;
  readonly commit: Index;
  readonly sequence: number;
  readonly entries: readonly Entry[];
}

/** COMMIT, UPTODATE and PING in one. */
export interface Commit {
  readonly kind: 'commit';
  readonly round: Round;
  readonly session: number;
  /** 'broadcast' once NEWLEADER was sent in this session. */
  readonly stage: 'synchronization' | 'broadcast';
  /** What was sent in this session ends here: more is missing where less has come. */
  readonly through: Index;
  readonly commit: Index;
  /** Rises with each heartbeat and each read barrier; never reused within an epoch. */
  readonly sequence: number;
}

export interface Ack {
  readonly kind: 'ack';
  readonly round: Round;
  /** The durable currentEpoch: equal to `round`, this acknowledges NEWLEADER. */
  readonly history: Round;
  /** Durable at the sender and equal to the leader's log up to here. */
  readonly match: Index;
  readonly sequence: number;
}

type OwnMessage =
  | PreVote
  | NewEpoch
  | LeaderInfo
  | AckEpoch
  | RefuseEpoch
  | FollowerInfo
  | Diff
  | NewLeader
  | Propose
  | Commit
  | Ack;

export type ZabMessage = OwnMessage | SharedMessage;

type Kind = ZabMessage['kind'];

/** The byte that stands for each kind on the wire: never renumbered. */
const TAGS: { readonly [K in Kind]: number } = {
  'pre-vote': 1,
  'pre-vote-answer': 2,
  'new-epoch': 3,
  'leader-info': 4,
  'ack-epoch': 5,
  'refuse-epoch': 6,
  'follower-info': 7,
  diff: 8,
  'new-leader': 9,
  propose: 10,
  commit: 11,
  ack: 12,
  outdated: 13,
  'offer-snapshot': 14,
  'timeout-now': 15,
  read: 16,
  'read-answer': 17,
};
const KINDS: ReadonlyMap<number, Kind> = new Map(Object.entries(TAGS).map(([kind, tag]) => [tag, kind as Kind]));

export function encode(message: ZabMessage, writer: ByteWriter): void {
  writer.u8(TAGS[message.kind]).u64(message.round);
  switch (message.kind) {
    case 'pre-vote':
      encodeClaim(message, writer);
      writer.u64(message.attempt);
      return;
    case 'new-epoch':
      encodeClaim(message, writer);
      writer.u64(message.session).bool(message.cause === 'transfer');
      return;
    case 'leader-info':
    case 'follower-info':
      writer.u64(message.session);
      return;
    case 'ack-epoch':
      writer.u64(message.session).u64(message.history).u64(message.commit);
      return encodeEnds(message.ends, writer);
    case 'diff':
      return encodeHistory(message, writer);
    case 'new-leader':
      writer.u64(message.commit);
      return encodeHistory(message, writer);
    case 'propose':
      writer.u64(message.session).u64(message.prevIndex).u64(message.commit).u64(message.sequence);
      return encodeEntries(message.entries, writer);
    case 'commit':
      writer
        .u64(message.session)
        .bool(message.stage === 'broadcast')
        .u64(message.through)
        .u64(message.commit)
        .u64(message.sequence);
      return;
    case 'ack':
      writer.u64(message.history).u64(message.match).u64(message.sequence);
      return;
    case 'refuse-epoch':
      return;
    default:
      return encodeShared(message, writer);
  }
}

export function decode(reader: ByteReader): ZabMessage {
  const tag = reader.u8();
  const kind = KINDS.get(tag);
  if (kind === undefined) throw new MalformedBytesError(`no message has the tag ${tag}`);
  const round = readRound(reader);
  switch (kind) {
    case 'pre-vote':
      return { kind, round, ...decodeClaim(reader), attempt: reader.u64() };
    case 'new-epoch':
      return { kind, round, ...decodeClaim(reader), session: reader.u64(), cause: reader.bool() ? 'transfer' : 'time-out' };
    case 'leader-info':
    case 'follower-info':
      return { kind, round, session: reader.u64() };
    case 'ack-epoch':
      return {
        kind,
        round,
        session: reader.u64(),
        history: readRound(reader),
        commit: readIndex(reader),
        ends: decodeEnds(reader),
      };
    case 'diff':
      return { kind, ...decodeHistory(round, reader) };
    case 'new-leader':
      return { kind, commit: readIndex(reader), ...decodeHistory(round, reader) };
    case 'propose':
      return decodePropose(round, reader);
    case 'commit':
      return {
        kind,
        round,
        session: reader.u64(),
        stage: reader.bool() ? 'broadcast' : 'synchronization',
        through: readIndex(reader),
        commit: readIndex(reader),
        sequence: reader.u64(),
      };
    case 'ack':
      return { kind, round, history: readRound(reader), match: readIndex(reader), sequence: reader.u64() };
    case 'refuse-epoch':
      return { kind, round };
    case 'pre-vote-answer':
    case 'outdated':
    case 'offer-snapshot':
    case 'timeout-now':
    case 'read':
    case 'read-answer':
      return decodeShared(kind, round, reader);
    default:
      return unreachable(kind);
  }
}

function encodeClaim({ history, lastIndex, lastRound }: Claim, writer: ByteWriter): void {
  writer.u64(history).u64(lastIndex).u64(lastRound);
}

const decodeClaim = (reader: ByteReader): Claim => ({
  history: readRound(reader),
  lastIndex: readIndex(reader),
  lastRound: readRound(reader),
});

const END_BYTES = 16;

function encodeEnds(ends: readonly LogEnd[], writer: ByteWriter): void {
  writer.u32(ends.length);
  for (const { round, index } of ends) writer.u64(round).u64(index);
}

function decodeEnds(reader: ByteReader): readonly LogEnd[] {
  const count = readCount(END_BYTES, reader);
  if (count === 0) throw new MalformedBytesError('a log without an end');
  return Array.from({ length: count }, () => ({ round: readRound(reader), index: readIndex(reader) }));
}

function encodeHistory({ session, mode, prevIndex, prevRound, entries }: History, writer: ByteWriter): void {
  writer
    .u64(session)
    .bool(mode === 'trunc')
    .u64(prevIndex)
    .u64(prevRound);
  encodeEntries(entries, writer);
}

function decodeHistory(round: Round, reader: ByteReader): History {
  const session = reader.u64();
  const mode = reader.bool() ? 'trunc' : 'diff';
  const prevIndex = readIndex(reader);
  const prevRound = readRound(reader);
  return { round, session, mode, prevIndex, prevRound, entries: decodeEntries(following(prevIndex), reader) };
}

function decodePropose(round: Round, reader: ByteReader): Propose {
  const session = reader.u64();
  const prevIndex = readIndex(reader);
  const commit = readIndex(reader);
  const sequence = reader.u64();
  const entries = decodeEntries(following(prevIndex), reader);
  return { kind: 'propose', round, session, prevIndex, commit, sequence, entries };
}
