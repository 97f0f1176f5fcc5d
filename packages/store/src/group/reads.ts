// Linearizable reads: all that wait at the start of a turn share one barrier. A barrier that no majority confirms costs
// nothing but time, so reads are tried again until their deadline; a read is served once the state machine has reached the
// barrier's index.
import type { Millis } from '@reknit/base';
import type { Index, ReadOutcome } from '@reknit/consensus';
import type { Failure } from '@reknit/grpc';
import { EtcdErrors } from '../errors.js';

export interface ReadWaiter {
  /** Everything acknowledged before the read was submitted is applied. */
  ready(): void;
  failed(failure: Failure): void;
}

/** A barrier unanswered for this long is asked for again: its message may be lost. As etcd's readIndexRetryTime. */
const RETRY_AFTER: Millis = 500;

/** Reads that wait on one member, per group; beyond it clients are told to slow down. */
export const READS_WAITING_MAX: number = 1 << 17;

interface PendingRead {
  readonly waiter: ReadWaiter;
  readonly deadline: Millis;
}

interface Barrier {
  reads: PendingRead[];
  readonly askedAt: Millis;
}

interface Confirmed {
  reads: PendingRead[];
  readonly index: Index;
}

export class Reads {
  readonly #ask: (token: number) => void;
  readonly #barriers = new Map<number, Barrier>();
  #waiting: PendingRead[] = [];
  #confirmed: Confirmed[] = [];
  #nextToken = 1;
  #count = 0;

  constructor(ask: (token: number) => void) {
    this.#ask = ask;
  }

  get waiting(): boolean {
    return this.#waiting.length > 0;
  }

  submit(deadline: Millis, waiter: ReadWaiter): void {
    if (this.#count >= READS_WAITING_MAX) return waiter.failed(EtcdErrors.tooManyRequests);
    this.#count++;
    this.#waiting.push({ waiter, deadline });
  }

  /** Once a turn. @param hasLeader without one asking would only fail */
  dispatch(now: Millis, hasLeader: boolean): void {
    if (this.#waiting.length === 0 || !hasLeader) return;
    const token = this.#nextToken++;
    this.#barriers.set(token, { reads: this.#waiting, askedAt: now });
    this.#waiting = [];
    this.#ask(token);
  }

  onOutcome(outcome: ReadOutcome): void {
    const barrier = this.#barriers.get(outcome.token);
    if (barrier === undefined) return;
    this.#barriers.delete(outcome.token);
    if (outcome.ok) this.#confirmed.push({ reads: barrier.reads, index: outcome.index });
    else this.#waiting = this.#waiting.concat(barrier.reads);
  }

  /** Serves what the state machine has caught up with. */
  release(applied: Index): void {
    if (this.#confirmed.length === 0) return;
    const ready = this.#confirmed.filter((confirmed) => confirmed.index <= applied);
    if (ready.length === 0) return;
    this.#confirmed = this.#confirmed.filter((confirmed) => confirmed.index > applied);
    for (const { reads } of ready) {
      this.#count -= reads.length;
      for (const read of reads) read.waiter.ready();
    }
  }

  expire(now: Millis): void {
    for (const [token, barrier] of this.#barriers) {
      barrier.reads = this.#dropExpired(barrier.reads, now);
      if (barrier.reads.length > 0 && now - barrier.askedAt < RETRY_AFTER) continue;
      this.#barriers.delete(token);
      this.#waiting = this.#waiting.concat(barrier.reads);
    }
    this.#waiting = this.#dropExpired(this.#waiting, now);
    for (const confirmed of this.#confirmed) confirmed.reads = this.#dropExpired(confirmed.reads, now);
    this.#confirmed = this.#confirmed.filter((confirmed) => confirmed.reads.length > 0);
  }

  failAll(failure: Failure): void {
    const all = [...this.#waiting, ...[...this.#barriers.values(), ...this.#confirmed].flatMap((group) => group.reads)];
    this.#waiting = [];
    this.#barriers.clear();
    this.#confirmed = [];
    this.#count = 0;
    for (const read of all) read.waiter.failed(failure);
  }

  #dropExpired(reads: PendingRead[], now: Millis): PendingRead[] {
    if (!reads.some((read) => read.deadline <= now)) return reads;
    const expired = reads.filter((read) => read.deadline <= now);
    this.#count -= expired.length;
    for (const read of expired) read.waiter.failed(EtcdErrors.timeout);
    return reads.filter((read) => read.deadline > now);
  }
}
