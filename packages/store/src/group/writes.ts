// Every write that a client of this member waits for, from arrival to answer.
//
// A write is queued while no leader is known: nothing was sent, so it may still go anywhere. Once proposed here or forwarded
// to the leader its outcome is open: it is answered by the entry that carries its sequence, or as unknown when what carried
// it is lost. It is never sent twice, unless the leader said that it did not propose it.
import type { Millis } from '@reknit/base';
import type { NodeId, Proposed } from '@reknit/consensus';
import type { Failure } from '@reknit/grpc';
import { EtcdErrors } from '../errors.js';
import { type Admits, isAdmitted } from './admission.js';
import type { ApplyResult } from './apply.js';
import { EnvelopeSealer, type Operation, sequenceOf } from './envelope.js';

/** Who gets the answer; exactly one of the two is called, once. */
export interface WriteWaiter {
  applied(result: ApplyResult): void;
  failed(failure: Failure): void;
}

/** Memory for requests that wait for their answer on one member, per group; beyond it clients are told to slow down. */
export const WAITING_BYTES_MAX: number = 256 * 1024 * 1024;

/** What a waiting write costs beside its payload, its call included: bounds a flood of small ones. */
const WRITE_OVERHEAD_BYTES = 512;

/** Proposed or forwarded in one turn; the rest follows in the next ones, so that one entry batch never holds up the log. */
const TURN_BYTES_MAX = 4 * 1024 * 1024;

interface PendingWrite {
  readonly sequence: number;
  readonly payload: Uint8Array;
  readonly waiter: WriteWaiter;
  readonly deadline: Millis;
  /** Where it was proposed; undefined while it is queued. */
  sentTo: NodeId | undefined;
  /** In the stage of that epoch. */
  sentIn: number;
}

/** Proposals that another member forwarded to this one. */
interface ForeignBatch {
  readonly from: NodeId;
  /** In which it was forwarded: whoever did proposes it again in the next stage itself. */
  readonly epoch: number;
  readonly payloads: readonly Uint8Array[];
}

export interface WriteOutlets {
  /** Of the present stage. */
  epoch(): number;
  /** What may be proposed or forwarded now. */
  /** @param wanted bytes that all that is queued would take */
  admits(wanted: () => number): Admits;
  propose(payloads: readonly Uint8Array[]): Proposed;
  /** False when the link is down: nothing was sent. */
  forward(leader: NodeId, payloads: readonly Uint8Array[]): boolean;
  refuse(origin: NodeId, sequences: readonly number[]): void;
}

export class Writes {
  readonly #self: NodeId;
  readonly #origin: number;
  readonly #sealer: EnvelopeSealer;
  readonly #outlets: WriteOutlets;
  readonly #pending = new Map<number, PendingWrite>();
  #queue: PendingWrite[] = [];
  #foreign: ForeignBatch[] = [];
  /** Not proposed by who was thought to lead; tried again at the next tick, or the two would play ball. */
  #refused: PendingWrite[] = [];
  #nextSequence = 1;
  #waitingBytes = 0;

  /** @param origin random per process start, so that entries of an earlier life answer nobody */
  constructor(self: NodeId, origin: number, outlets: WriteOutlets) {
    this.#self = self;
    this.#origin = origin;
    this.#sealer = new EnvelopeSealer(origin);
    this.#outlets = outlets;
  }

  get waiting(): number {
    return this.#pending.size;
  }

  /** Whether a turn has something to hand out. */
  get queued(): boolean {
    return this.#queue.length > 0 || this.#foreign.length > 0;
  }

  /** A turn or a tick has something to do, though nothing comes in. */
  get restless(): boolean {
    return this.queued || this.#refused.length > 0;
  }

  /** @param deadline not before that of any write submitted earlier */
  submit(operation: Operation, request: Uint8Array, deadline: Millis, waiter: WriteWaiter): void {
    if (this.#waitingBytes + request.length > WAITING_BYTES_MAX) return waiter.failed(EtcdErrors.tooManyRequests);
    const sequence = this.#nextSequence++;
    const payload = this.#sealer.seal(operation, sequence, request);
    const write: PendingWrite = { sequence, payload, waiter, deadline, sentTo: undefined, sentIn: 0 };
    this.#waitingBytes += payload.length + WRITE_OVERHEAD_BYTES;
    this.#pending.set(sequence, write);
    this.#queue.push(write);
  }

  addForeign(from: NodeId, payloads: readonly Uint8Array[]): void {
    this.#foreign.push({ from, epoch: this.#outlets.epoch(), payloads });
  }

  /** Once a turn: what is queued, own and forwarded, is one proposal. @returns whether more could go in another turn */
  dispatch(): 'more' | 'done' {
    if (!this.queued) return 'done';
    this.#dropForeignOfOtherStages();
    const admits = this.#outlets.admits(this.#wanted);
    if (admits !== 'all') {
      this.#turnAway(admits);
      if (!this.queued) return 'done';
    }
    const own = this.#queue.slice(0, countWithin(this.#queue, TURN_BYTES_MAX));
    const payloads = own.map((write) => write.payload);
    const foreign = this.#foreign.shift();
    if (foreign !== undefined) for (const payload of foreign.payloads) payloads.push(payload);
    const proposed = this.#outlets.propose(payloads);
    if (proposed.accepted) {
      this.#markSent(own, this.#self);
      return this.queued ? 'more' : 'done';
    }
    if (foreign !== undefined) this.#foreign.unshift(foreign);
    this.#refuseForeign();
    const { leader } = proposed;
    if (leader === undefined || leader === this.#self || own.length === 0) return 'done';
    if (!this.#outlets.forward(leader, payloads.slice(0, own.length))) return 'done';
    this.#markSent(own, leader);
    return this.queued ? 'more' : 'done';
  }

  onApplied(origin: number, sequence: number, result: ApplyResult): void {
    if (origin !== this.#origin) return;
    const write = this.#pending.get(sequence);
    if (write === undefined) return;
    this.#settle(write);
    write.waiter.applied(result);
  }

  /** Whether somebody waits for this entry's result; without, nothing need be read for it. */
  awaits(origin: number, sequence: number): boolean {
    return origin === this.#origin && this.#pending.has(sequence);
  }

  /** The leader certainly did not propose these: they may go again. */
  onRefused(from: NodeId, sequences: readonly number[]): void {
    for (const sequence of sequences) {
      const write = this.#pending.get(sequence);
      if (write === undefined || write.sentTo !== from) continue;
      write.sentTo = undefined;
      this.#refused.push(write);
    }
  }

  /**
   * The stage has ended, and all that it decided is applied here: what was sent in it and has not come is void, and is the
   * same write when it is proposed in the next one.
   */
  onStageEnded(epoch: number): void {
    const again: PendingWrite[] = [];
    for (const write of this.#pending.values()) {
      if (write.sentTo === undefined || write.sentIn > epoch) continue;
      write.sentTo = undefined;
      again.push(write);
    }
    this.#queue = again.concat(this.#queue);
  }

  tick(): void {
    if (this.#refused.length === 0) return;
    this.#queue = this.#queue.concat(this.#refused.filter(this.#isPending));
    this.#refused = [];
  }

  /** Whoever carried these is gone or leads no more: each may or may not be decided yet. */
  failSentTo(node: NodeId, failure: Failure): void {
    for (const write of this.#pending.values()) if (write.sentTo === node) this.#fail(write, failure);
  }

  /** @param leader what was sent to it is not in doubt; undefined: everything that was sent is */
  failSentElsewhereThan(leader: NodeId | undefined, failure: Failure): void {
    for (const write of this.#pending.values()) {
      if (write.sentTo !== undefined && write.sentTo !== leader) this.#fail(write, failure);
    }
  }

  expire(now: Millis): void {
    let expiredQueued = false;
    for (const write of this.#pending.values()) {
      if (write.deadline > now) break;
      expiredQueued ||= write.sentTo === undefined;
      this.#fail(write, EtcdErrors.timeout);
    }
    if (expiredQueued) this.#queue = this.#queue.filter(this.#isPending);
  }

  failAll(failure: Failure): void {
    this.#queue = [];
    for (const write of this.#pending.values()) this.#fail(write, failure);
  }

  /** What is sent and not yet decided is among it: it may not be in the log yet. */
  readonly #wanted = (): number => {
    let bytes = this.#waitingBytes;
    for (const { payloads } of this.#foreign) for (const payload of payloads) bytes += payload.length;
    return bytes;
  };

  readonly #isPending = (write: PendingWrite): boolean => this.#pending.has(write.sequence);

  #markSent(writes: readonly PendingWrite[], to: NodeId): void {
    const epoch = this.#outlets.epoch();
    for (const write of writes) {
      write.sentTo = to;
      write.sentIn = epoch;
    }
    this.#queue = writes.length === this.#queue.length ? [] : this.#queue.slice(writes.length);
  }

  /** None of it was sent anywhere. Whoever forwarded it hears so, and judges by the alarm. */
  #turnAway(admits: Admits): void {
    const queue = this.#queue;
    this.#queue = queue.filter(({ payload }) => isAdmitted(payload, admits));
    for (const write of queue) if (!isAdmitted(write.payload, admits)) this.#fail(write, EtcdErrors.noSpace);
    this.#foreign = this.#foreign.flatMap((batch) => {
      const refused = batch.payloads.filter((payload) => !isAdmitted(payload, admits));
      if (refused.length === 0) return [batch];
      this.#outlets.refuse(batch.from, refused.map(sequenceOf));
      const payloads = batch.payloads.filter((payload) => isAdmitted(payload, admits));
      return payloads.length === 0 ? [] : [{ ...batch, payloads }];
    });
  }

  #dropForeignOfOtherStages(): void {
    if (this.#foreign.length === 0) return;
    const epoch = this.#outlets.epoch();
    if (this.#foreign.some((batch) => batch.epoch !== epoch))
      this.#foreign = this.#foreign.filter((batch) => batch.epoch === epoch);
  }

  #refuseForeign(): void {
    for (const batch of this.#foreign) this.#outlets.refuse(batch.from, batch.payloads.map(sequenceOf));
    this.#foreign = [];
  }

  #fail(write: PendingWrite, failure: Failure): void {
    this.#settle(write);
    write.waiter.failed(failure);
  }

  #settle(write: PendingWrite): void {
    this.#pending.delete(write.sequence);
    this.#waitingBytes -= write.payload.length + WRITE_OVERHEAD_BYTES;
  }
}

/** How many from the start hold no more than `bytesMax`, but at least one. */
function countWithin(writes: readonly PendingWrite[], bytesMax: number): number {
  let bytes = 0;
  for (let count = 0; count < writes.length; count++) {
    bytes += writes[count]!.payload.length;
    if (bytes > bytesMax) return Math.max(1, count);
  }
  return writes.length;
}
