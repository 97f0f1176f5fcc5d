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

interface PendingRead {
  readonly waiter: ReadWaiter;
  readonly deadline: Millis;
}

interface Barrier {
  readonly reads: PendingRead[];
  readonly askedAt: Millis;
}

interface Confirmed {
  readonly reads: PendingRead[];
  readonly index: Index;
}

export class Reads {
  readonly #ask: (token: number) => void;
  readonly #barriers = new Map<number, Barrier>();
  #waiting: PendingRead[] = [];
  #confirmed: Confirmed[] = [];
  #nextToken = 1;

  constructor(ask: (token: number) => void) {
    this.#ask = ask;
  }

  get waiting(): boolean {
    return this.#waiting.length > 0;
  }

  submit(deadline: Millis, waiter: ReadWaiter): void {
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
    for (const { reads } of ready) for (const read of reads) read.waiter.ready();
  }

  expire(now: Millis): void {
    for (const [token, barrier] of this.#barriers) {
      if (now - barrier.askedAt < RETRY_AFTER) continue;
      this.#barriers.delete(token);
      this.#waiting = this.#waiting.concat(barrier.reads);
    }
    this.#waiting = dropExpired(this.#waiting, now);
    this.#confirmed = this.#confirmed
      .map((confirmed) => ({ ...confirmed, reads: dropExpired(confirmed.reads, now) }))
      .filter((confirmed) => confirmed.reads.length > 0);
  }

  failAll(failure: Failure): void {
    const all = [...this.#waiting, ...[...this.#barriers.values(), ...this.#confirmed].flatMap((group) => group.reads)];
    this.#waiting = [];
    this.#barriers.clear();
    this.#confirmed = [];
    for (const read of all) read.waiter.failed(failure);
  }
}

function dropExpired(reads: PendingRead[], now: Millis): PendingRead[] {
  if (!reads.some((read) => read.deadline <= now)) return reads;
  return reads.filter((read) => {
    if (read.deadline > now) return true;
    read.waiter.failed(EtcdErrors.timeout);
    return false;
  });
}
