// The leases of one group on this member: what its clients ask, and, while it leads, the answers and the expiries. The state
// itself is the key space's. Reads by the clock there are none: every answer waits for a barrier begun after its question.
import { type ByteReader, type ByteWriter, MalformedBytesError, type Millis, unreachable } from '@reknit/base';
import type { NodeId, Proposed, SuccessionStatus } from '@reknit/consensus';
import type { KeySpace } from '@reknit/mvcc';
import { EtcdErrors } from '../../errors.js';
import { PartKind } from '../../peers/frames.js';
import { encodeExpiry, type LeaseResult } from '../apply-lease.js';
import { EnvelopeSealer, Operation } from '../envelope.js';
import type { ReadWaiter } from '../reads.js';
import { type LeaseAnswer, LeaseQuestions, type LeaseWaiter, NO_LEASE, type Question, UNDECIDED } from './lease-questions.js';
import { type LeaseLife, Lessor } from './lessor.js';

export interface LeasesMember {
  readonly self: NodeId;
  /** Of envelopes for which nobody waits. */
  readonly origin: number;
  /** How long a question may wait. */
  readonly requestTimeout: Millis;
  now(): Millis;
  status(): SuccessionStatus;
  read(waiter: ReadWaiter): void;
  propose(payloads: readonly Uint8Array[]): Proposed;
  /** False when it would be lost. */
  send(to: NodeId, kind: number, write: (writer: ByteWriter) => void): boolean;
  /** Something is to be sent or proposed. */
  wake(): void;
}

/** Since the start of the process. */
export interface LeaseCounts {
  granted: number;
  revoked: number;
  expired: number;
  renewed: number;
}

export class GroupLeases {
  readonly counts: LeaseCounts = { granted: 0, revoked: 0, expired: 0, renewed: 0 };
  readonly #space: KeySpace;
  readonly #member: LeasesMember;
  readonly #sealer: EnvelopeSealer;
  readonly #lessor: Lessor;
  readonly #questions: LeaseQuestions;
  /** Of the stage that was seen last: what was asked in another is not answered. */
  #epoch = 0;

  constructor(space: KeySpace, member: LeasesMember) {
    this.#space = space;
    this.#member = member;
    this.#sealer = new EnvelopeSealer(member.origin);
    this.#lessor = new Lessor(() => space.leases, member.now(), {
      read: (waiter) => member.read(waiter),
      expire: (reign, leases) => this.#expire(reign, leases),
    });
    this.#questions = new LeaseQuestions((leader, batch, questions) => this.#ask(leader, batch, questions));
  }

  /** Answered by the leader, whoever that is, once a barrier begun after now has confirmed that it is. */
  ask(waiter: LeaseWaiter): void {
    const now = this.#member.now();
    if (this.#lessor.reign !== undefined) this.#renewEarly(waiter, now);
    this.#questions.submit(waiter, now + this.#member.requestTimeout);
    this.#member.wake();
  }

  /** Questions are to be sent. */
  get waiting(): boolean {
    return this.#questions.waiting;
  }

  /** A turn or a tick has something to do, though nothing comes in. */
  get restless(): boolean {
    return this.#questions.restless || this.#lessor.restless;
  }

  /** Before the reads of the same turn are sent. */
  dispatch(): void {
    const { leader } = this.#member.status();
    if (this.#questions.dispatch(leader, this.#member.now()) === 'more') this.#member.wake();
  }

  tick(now: Millis): void {
    this.#lessor.tick(now);
    this.#questions.tick();
  }

  expire(now: Millis): void {
    const { leader } = this.#member.status();
    this.#questions.expire(now, leader === undefined ? EtcdErrors.noLeader : EtcdErrors.timeout);
  }

  /** At the end of each turn: a leader that may serve has applied its own first entry by then. */
  observe(status: SuccessionStatus): void {
    const { role, ready, leader, epoch } = status;
    this.#lessor.observe(role === 'leader' && ready ? reignOf(status) : undefined, this.#member.now());
    if (epoch !== this.#epoch) this.#questions.onLeader(undefined);
    this.#epoch = epoch;
    this.#questions.onLeader(leader);
  }

  onApplied({ change, id, outcome }: LeaseResult): void {
    if (!outcome.ok) return;
    this.counts[change]++;
    const lease = this.#space.leases.get(id);
    if (lease === undefined) this.#lessor.gone(id);
    else this.#lessor.granted(lease, this.#member.now());
  }

  onAsked(from: NodeId, reader: ByteReader): void {
    const batch = reader.u32();
    const questions = readQuestions(reader);
    this.#answer(questions, (answers) => this.#sendAnswers(from, batch, answers));
  }

  onAnswers(from: NodeId, reader: ByteReader): void {
    const batch = reader.u32();
    const answers = Array.from({ length: reader.u32() }, () => reader.u64() + UNDECIDED);
    this.#questions.onAnswers(from, batch, answers);
  }

  onPeerLost(peer: NodeId): void {
    this.#questions.onPeerLost(peer);
  }

  close(): void {
    this.#lessor.observe(undefined, this.#member.now());
    this.#questions.failAll(EtcdErrors.stopped);
  }

  #ask(leader: NodeId, batch: number, questions: readonly Question[]): boolean {
    if (leader !== this.#member.self) {
      return this.#member.send(leader, PartKind.leaseQuestions, (writer) => writeQuestions(writer, batch, questions));
    }
    this.#answer(questions, (answers) => this.#questions.onAnswers(leader, batch, answers));
    return true;
  }

  #sendAnswers(to: NodeId, batch: number, answers: readonly LeaseAnswer[]): void {
    this.#member.send(to, PartKind.leaseAnswers, (writer) => {
      writer.u32(batch).u32(answers.length);
      for (const answer of answers) writer.u64(answer - UNDECIDED);
    });
    this.#member.wake();
  }

  /** @param reply without answers when this member cannot tell: it does not lead, or not any more */
  #answer(questions: readonly Question[], reply: (answers: readonly LeaseAnswer[]) => void): void {
    const { reign } = this.#lessor;
    if (reign === undefined) return reply([]);
    const now = this.#member.now();
    for (const question of questions) this.#renewEarly(question, now);
    this.#member.read({
      ready: () => reply(this.#lessor.reign === reign ? this.#answersTo(questions) : []),
      failed: () => reply([]),
    });
  }

  /** A keep-alive counts from its arrival, or an expiry could overtake it while it waits for its barrier. */
  #renewEarly({ kind, id }: Question, now: Millis): void {
    const lease = kind === 'keep-alive' ? this.#space.leases.get(id) : undefined;
    if (lease !== undefined) this.#lessor.renew(lease, now);
  }

  #answersTo(questions: readonly Question[]): LeaseAnswer[] {
    const now = this.#member.now();
    return questions.map((question) => this.#answerTo(question, now));
  }

  #answerTo({ kind, id }: Question, now: Millis): LeaseAnswer {
    const lease = this.#space.leases.get(id);
    if (lease === undefined) return NO_LEASE;
    switch (kind) {
      case 'keep-alive':
        if (!this.#lessor.renew(lease, now)) return UNDECIDED;
        this.counts.renewed++;
        return lease.ttl;
      case 'time-to-live':
        return Math.floor(this.#lessor.remaining(lease, now) / 1000);
      default:
        return unreachable(kind);
    }
  }

  #expire(reign: number, leases: readonly LeaseLife[]): boolean {
    const status = this.#member.status();
    if (reignOf(status) !== reign) return false;
    const { epoch, round } = status;
    const payloads = leases.map(({ id, granted }) => {
      const request = encodeExpiry({ epoch, round, id, granted });
      return this.#sealer.seal(Operation.leaseExpiry, NOBODY_WAITS, request);
    });
    const proposed = this.#member.propose(payloads);
    this.#member.wake();
    return proposed.accepted && proposed.round === round;
  }
}

const ROUNDS = 0x1_0000_0000;

/** One number for a leadership over all stages: rounds begin anew in each. */
const reignOf = ({ epoch, round }: SuccessionStatus): number => epoch * ROUNDS + round;

const NOBODY_WAITS = 0;
const KEEP_ALIVE = 1;
const TIME_TO_LIVE = 2;

function writeQuestions(writer: ByteWriter, batch: number, questions: readonly Question[]): void {
  writer.u32(batch).u32(questions.length);
  for (const { kind, id } of questions) writer.u8(kind === 'keep-alive' ? KEEP_ALIVE : TIME_TO_LIVE).bigU64(id);
}

const readQuestions = (reader: ByteReader): Question[] => Array.from({ length: reader.u32() }, () => readQuestion(reader));

function readQuestion(reader: ByteReader): Question {
  const kind = reader.u8();
  const id = BigInt.asIntN(64, reader.bigU64());
  if (kind === KEEP_ALIVE) return { kind: 'keep-alive', id };
  if (kind === TIME_TO_LIVE) return { kind: 'time-to-live', id };
  throw new MalformedBytesError(`a question of unknown kind ${kind} about a lease`);
}
