// What clients of this member ask about leases that only the leader knows: keep-alives and what is left of a TTL. All of a
// turn goes to the leader in one part and comes back in one. A question may be asked again at any time, since asking twice
// does no harm: when its leader is gone, does not answer, or did not lead.
import type { Millis } from '@reknit/base';
import type { NodeId } from '@reknit/consensus';
import type { Failure } from '@reknit/grpc';
import { EtcdErrors } from '../../errors.js';

/** Of one member, per group; beyond it clients are told to slow down. As for reads. */
export const QUESTIONS_MAX: number = 1 << 17;
/** In one turn; more would hold up the loop for milliseconds. */
const TURN_MAX = 4096;
/** A part or its answer may be lost. */
const RETRY_AFTER: Millis = 500;

export type QuestionKind = 'keep-alive' | 'time-to-live';

export interface Question {
  readonly kind: QuestionKind;
  readonly id: bigint;
}

/** Seconds that are left; or one of these. */
export type LeaseAnswer = number;
export const NO_LEASE = -1;
/** Its end is proposed and not decided: ask again. */
export const UNDECIDED = -2;

/** Exactly one of the two is called, once. */
export interface LeaseWaiter extends Question {
  /** @param seconds left, or NO_LEASE */
  answered(seconds: LeaseAnswer): void;
  failed(failure: Failure): void;
}

interface Pending {
  readonly waiter: LeaseWaiter;
  readonly deadline: Millis;
}

interface Batch {
  readonly to: NodeId;
  readonly pending: readonly Pending[];
  readonly askedAt: Millis;
}

/** False when the leader cannot be reached now. */
export type AskLeader = (leader: NodeId, batch: number, questions: readonly Question[]) => boolean;

export class LeaseQuestions {
  readonly #ask: AskLeader;
  #waiting: Pending[] = [];
  /** Left for the next tick, or two members that both deny to lead would play ball. */
  #again: Pending[] = [];
  readonly #batches = new Map<number, Batch>();
  #nextBatch = 1;
  #count = 0;

  constructor(ask: AskLeader) {
    this.#ask = ask;
  }

  get waiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** A turn or a tick has something to do, though nothing comes in. */
  get restless(): boolean {
    return this.waiting || this.#again.length > 0;
  }

  submit(waiter: LeaseWaiter, deadline: Millis): void {
    if (this.#count >= QUESTIONS_MAX) return waiter.failed(EtcdErrors.tooManyRequests);
    this.#count++;
    this.#waiting.push({ waiter, deadline });
  }

  /** Once a turn. @returns whether more could go in another turn */
  dispatch(leader: NodeId | undefined, now: Millis): 'more' | 'done' {
    if (this.#waiting.length === 0 || leader === undefined) return 'done';
    const pending = this.#waiting.length <= TURN_MAX ? this.#waiting : this.#waiting.slice(0, TURN_MAX);
    this.#waiting = pending === this.#waiting ? [] : this.#waiting.slice(TURN_MAX);
    const number = this.#nextBatch++;
    this.#batches.set(number, { to: leader, pending, askedAt: now });
    const questions = pending.map(({ waiter }) => waiter);
    if (!this.#ask(leader, number, questions)) this.#askAgain(number);
    return this.#waiting.length > 0 ? 'more' : 'done';
  }

  /** @param answers in the order of the questions; none: it does not lead */
  onAnswers(from: NodeId, number: number, answers: readonly LeaseAnswer[]): void {
    const batch = this.#batches.get(number);
    if (batch === undefined || batch.to !== from) return;
    if (answers.length !== batch.pending.length) return this.#askAgain(number);
    this.#batches.delete(number);
    for (const [at, pending] of batch.pending.entries()) {
      const answer = answers[at]!;
      if (answer === UNDECIDED) {
        this.#again.push(pending);
        continue;
      }
      this.#count--;
      pending.waiter.answered(answer);
    }
  }

  tick(): void {
    if (this.#again.length === 0) return;
    this.#waiting = this.#again.concat(this.#waiting);
    this.#again = [];
  }

  onPeerLost(peer: NodeId): void {
    for (const [number, batch] of this.#batches) if (batch.to === peer) this.#askAgain(number);
  }

  /** Whoever else was asked leads no more. */
  onLeader(leader: NodeId | undefined): void {
    for (const [number, batch] of this.#batches) if (batch.to !== leader) this.#askAgain(number);
  }

  expire(now: Millis, failure: Failure): void {
    for (const [number, batch] of this.#batches) if (now - batch.askedAt >= RETRY_AFTER) this.#askAgain(number);
    this.#again = this.#dropExpired(this.#again, now, failure);
    this.#waiting = this.#dropExpired(this.#waiting, now, failure);
  }

  failAll(failure: Failure): void {
    for (const number of [...this.#batches.keys()]) this.#askAgain(number);
    this.tick();
    this.#waiting = this.#dropExpired(this.#waiting, Number.POSITIVE_INFINITY, failure);
  }

  #askAgain(number: number): void {
    const batch = this.#batches.get(number);
    this.#batches.delete(number);
    if (batch !== undefined) this.#again = this.#again.concat(batch.pending);
  }

  #dropExpired(pending: Pending[], now: Millis, failure: Failure): Pending[] {
    if (!pending.some(({ deadline }) => deadline <= now)) return pending;
    const expired = pending.filter(({ deadline }) => deadline <= now);
    this.#count -= expired.length;
    for (const { waiter } of expired) waiter.failed(failure);
    return pending.filter(({ deadline }) => deadline > now);
  }
}
