// What this member was asked to change: each request becomes a compare-and-set on the configuration as it is applied here behind
// a read barrier, computed again when another was first, and is answered when the change is in force.
import type { Millis } from '@reknit/base';
import type { NodeId } from '@reknit/consensus';
import type { Failure } from '@reknit/grpc';
import { EtcdErrors } from '../errors.js';
import { Operation } from '../group/envelope.js';
import type { Group } from '../group/group.js';
import { type Change, cancelledFailure, decide, type Request } from './changes.js';
import { type Configuration, encodeEntry } from './record.js';

/** Changes are rare: who is overtaken so often meets a storm of them. */
const TRIES_MAX = 8;
/** Nobody makes so many changes at once by hand. */
const WAITING_MAX = 64;

/** Exactly one of the two is called, once. */
export interface ChangeWaiter {
  /** @param configuration as of the change */
  done(configuration: Configuration): void;
  failed(failure: Failure): void;
}

export interface AskedOutlets {
  system(): Group | undefined;
  /** As of the last entry applied here. */
  applied(): Configuration | undefined;
  reaches(node: NodeId): boolean;
  inSync(node: NodeId): boolean;
  now(): Millis;
}

interface Waiting {
  readonly id: string;
  readonly deadline: Millis;
  readonly waiter: ChangeWaiter;
}

export class Asked {
  readonly #outlets: AskedOutlets;
  /** For a plan to be carried out. */
  #waiting: Waiting[] = [];

  constructor(outlets: AskedOutlets) {
    this.#outlets = outlets;
  }

  request(request: Request, within: Millis, waiter: ChangeWaiter): void {
    const system = this.#outlets.system();
    if (system === undefined) return waiter.failed(EtcdErrors.noLeader);
    if (this.#waiting.length >= WAITING_MAX) return waiter.failed(EtcdErrors.tooManyRequests);
    const deadline = this.#outlets.now() + within;
    system.read(
      {
        ready: () => this.#decide(request, { id: request.id, deadline, waiter }, TRIES_MAX),
        failed: (failure) => waiter.failed(failure),
      },
      within,
    );
  }

  /** @param change undefined: nothing to do any more */
  propose(change: (now: Configuration) => Configuration | undefined, done: (failure: Failure | undefined) => void): void {
    const now = this.#outlets.applied();
    const next = now && change(now);
    if (now === undefined || next === undefined) return done(undefined);
    this.#write(now, next, (taken, failure) => done(taken ? undefined : (failure ?? EtcdErrors.leaderChanged)));
  }

  /** The configuration has changed. */
  onChange(): void {
    const now = this.#outlets.applied();
    if (now === undefined || this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const each of waiting) {
      if (now.plan?.id === each.id) this.#waiting.push(each);
      else if (now.requests.includes(each.id)) each.waiter.done(now);
      // Who has been away for so long that neither is known any more cannot tell what became of it.
      else each.waiter.failed(now.cancelled?.includes(each.id) ? cancelledFailure : EtcdErrors.timeout);
    }
  }

  expire(now: Millis): void {
    if (!this.#waiting.some(({ deadline }) => deadline <= now)) return;
    const late = this.#waiting.filter(({ deadline }) => deadline <= now);
    this.#waiting = this.#waiting.filter(({ deadline }) => deadline > now);
    for (const { waiter } of late) waiter.failed(EtcdErrors.timeout);
  }

  close(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { waiter } of waiting) waiter.failed(EtcdErrors.stopped);
  }

  #decide(request: Request, waiting: Waiting, tries: number): void {
    const now = this.#outlets.applied();
    if (now === undefined) return waiting.waiter.failed(EtcdErrors.noLeader);
    const decision = decide(now, request, this.#outlets);
    if (decision.kind === 'refused') return waiting.waiter.failed(decision.failure);
    if (decision.kind === 'settled') return this.#settle(now, request.change, waiting);
    this.#write(now, decision.next, (taken, failure) => {
      if (failure !== undefined) waiting.waiter.failed(failure);
      else if (taken) this.#settle(decision.next, request.change, waiting);
      else if (tries > 1) this.#decide(request, waiting, tries - 1);
      else waiting.waiter.failed(EtcdErrors.tooManyRequests);
    });
  }

  #settle(now: Configuration, change: Change, waiting: Waiting): void {
    if (now.plan?.id === waiting.id && isAwaited(change)) this.#waiting.push(waiting);
    else waiting.waiter.done(now);
  }

  #write(now: Configuration, next: Configuration, done: (taken: boolean, failure: Failure | undefined) => void): void {
    const system = this.#outlets.system();
    if (system === undefined) return done(false, EtcdErrors.noLeader);
    system.write(Operation.configure, encodeEntry({ expected: now.version, next }), {
      applied: (result) => done(result.kind === 'configuration' && result.taken !== undefined, undefined),
      failed: (failure) => done(false, failure),
    });
  }
}

/** What needs a member that somebody has yet to start is answered once it is announced, as by etcd. */
const isAwaited = ({ kind }: Change): boolean => kind !== 'add' && kind !== 'replace';
