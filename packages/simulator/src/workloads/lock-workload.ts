// Clients that contend for locks, some by the Lock service and some as etcd's own clients do by themselves: a key under the
// lock's prefix, attached to a lease; the lowest create revision holds. Whoever holds a lock writes under it, with its create revision as fencing token: a
// transaction that demands that the holder's key is still the one it made.
import { fromBinaryString, type Millis, toBinaryString } from '@reknit/base';
import {
  CompareTarget,
  createCompare,
  createDeleteRangeRequest,
  createLockRequest,
  createPutRequest,
  createRangeRequest,
  createRequestOp,
  createTxnRequest,
  createUnlockRequest,
  decodeRangeResponse,
  decodeTxnResponse,
  encodeDeleteRangeRequest,
  encodeLockRequest,
  encodeRangeRequest,
  encodeTxnRequest,
  encodeUnlockRequest,
  type KeyValue,
  SortOrder,
  SortTarget,
} from '@reknit/etcd-api';
import type { Holding, LockRule } from '../checkers/lock-exclusion.js';
import { type Answer, around } from './channel.js';
import { grantLease, type LeaseClient, type LeaseSession } from './lease-session.js';

export interface LockWorkloadOptions {
  readonly clients: readonly LeaseClient[];
  readonly locks: readonly string[];
  /** How much faster than the clients' a server's clock may go. */
  readonly fastestClock: number;
  readonly onViolation: (rule: LockRule, reason: string) => void;
}

const TTL_SECONDS = 2;
const POLL: Millis = 100;
const PAUSE: Millis = 150;
const HELD_FOR: Millis = 700;
const WRITE_EVERY: Millis = 80;
/** Some are not seen again: their locks come free by expiry only. */
const VANISHES = 0.25;
/** Of those who contend, so many leave it to the Lock service, and wait for it for so long. */
const BY_SERVICE = 0.5;
const SERVICE_PATIENCE: Millis = 4000;
/** Some stand still for longer than their lease lives, and then write as if nothing had happened. */
const STALLS = 0.2;

/** The key that is written under a lock. */
export const guardedKey = (lock: string): string => `guarded-${lock}`;

const guardedValue = (token: number, client: number, write: number): string => `${token}/${client}-${write}`;

export const tokenOf = (value: string): number => Number.parseInt(value, 10);

export class LockWorkload {
  readonly #options: LockWorkloadOptions;
  readonly #holdings: Holding[] = [];
  #fencedWrites = 0;
  #fencedOff = 0;
  #running = false;

  constructor(options: LockWorkloadOptions) {
    this.#options = options;
  }

  get holdings(): readonly Holding[] {
    return this.#holdings;
  }

  /** Acknowledged ones. */
  get fencedWrites(): number {
    return this.#fencedWrites;
  }

  /** Writes that were refused since the holder's key is gone. */
  get fencedOff(): number {
    return this.#fencedOff;
  }

  start(): void {
    this.#running = true;
    for (const [index, client] of this.#options.clients.entries()) this.#begin(client, index);
  }

  stop(): void {
    this.#running = false;
  }

  #begin(client: LeaseClient, index: number): void {
    if (!this.#running) return;
    const { locks, fastestClock, onViolation } = this.#options;
    const lock = locks[Math.floor(client.random() * locks.length)]!;
    grantLease(client, TTL_SECONDS, (lease) => {
      if (lease === undefined) return this.#again(client, index);
      lease.keepAlive(lease.ttl / 4);
      const contender = new Contender(client, index, lock, lease, fastestClock, {
        running: () => this.#running,
        held: (holding) => void this.#holdings.push(holding),
        wrote: () => void this.#fencedWrites++,
        fencedOff: () => void this.#fencedOff++,
        tooEarly: (reason) => onViolation('exclusion', reason),
        done: () => this.#again(client, index),
      });
      if (client.random() < BY_SERVICE) contender.ask();
      else contender.enter();
    });
  }

  #again(client: LeaseClient, index: number): void {
    client.channel.move();
    client.clock.after(around(client, PAUSE), () => this.#begin(client, index));
  }
}

interface ContenderEvents {
  running(): boolean;
  held(holding: Holding): void;
  wrote(): void;
  fencedOff(): void;
  tooEarly(reason: string): void;
  done(): void;
}

/** One attempt of one client: from its key to the end of its session. */
class Contender {
  readonly #client: LeaseClient;
  readonly #index: number;
  readonly #lock: string;
  readonly #lease: LeaseSession;
  readonly #fastestClock: number;
  readonly #events: ContenderEvents;
  readonly #key: Uint8Array;
  readonly #prefix: Uint8Array;
  readonly #prefixEnd: Uint8Array;
  #byService = false;
  #token = 0;
  #writes = 0;
  #over = false;

  constructor(
    client: LeaseClient,
    index: number,
    lock: string,
    lease: LeaseSession,
    fastestClock: number,
    events: ContenderEvents,
  ) {
    this.#client = client;
    this.#index = index;
    this.#lock = lock;
    this.#lease = lease;
    this.#fastestClock = fastestClock;
    this.#events = events;
    this.#key = fromBinaryString(`${lock}/${lease.id.toString(16)}`);
    this.#prefix = fromBinaryString(`${lock}/`);
    this.#prefixEnd = fromBinaryString(`${lock}0`);
  }

  /** By the service: it answers once the lock is held. */
  ask(): void {
    this.#byService = true;
    const request = encodeLockRequest(createLockRequest({ name: fromBinaryString(this.#lock), lease: this.#lease.id }));
    const answered = (answer: Answer): void => (answer.kind === 'ok' ? this.#wait() : this.#leave('lost'));
    this.#client.channel.call('/v3lockpb.Lock/Lock', request, answered, SERVICE_PATIENCE);
  }

  /** Its key may exist already: an answer was lost, and the put is repeated under the condition that it is not there. */
  enter(): void {
    const key = this.#key;
    const absent = createCompare({ key, target: CompareTarget.CREATE, createRevision: 0 });
    const put = createRequestOp({ requestPut: createPutRequest({ key, lease: this.#lease.id }) });
    const get = createRequestOp({ requestRange: createRangeRequest({ key }) });
    const request = encodeTxnRequest(createTxnRequest({ compare: [absent], success: [put], failure: [get] }));
    this.#client.channel.call('/etcdserverpb.KV/Txn', request, (answer) => {
      if (answer.kind !== 'ok') return this.#retry(answer.kind === 'failed', () => this.enter());
      const { header, succeeded, responses } = decodeTxnResponse(answer.response);
      this.#token = succeeded ? header!.revision : (responses[0]?.responseRange?.kvs[0]?.createRevision ?? 0);
      this.#wait();
    });
  }

  /** Until none that is older than its own is there. */
  #wait(): void {
    if (this.#ended()) return;
    const request = createRangeRequest({
      key: this.#prefix,
      rangeEnd: this.#prefixEnd,
      sortOrder: SortOrder.ASCEND,
      sortTarget: SortTarget.CREATE,
    });
    this.#client.channel.call('/etcdserverpb.KV/Range', encodeRangeRequest(request), (answer) => {
      if (answer.kind !== 'ok') return this.#retry(false, () => this.#wait());
      const { kvs } = decodeRangeResponse(answer.response);
      const own = toBinaryString(this.#key);
      const mine = kvs.find((kv) => this.#isOwn(kv, own));
      if (mine === undefined) return this.#leave('lost');
      this.#token = mine.createRevision;
      if (mine === kvs[0]) return this.#enterSection();
      if (this.#byService)
        this.#events.tooEarly(`${this.#lock} was given to ${own} while ${toBinaryString(kvs[0]!.key)} was there`);
      this.#later(POLL, () => this.#wait());
    });
  }

  #isOwn({ key, createRevision }: KeyValue, own: string): boolean {
    return (this.#token === 0 || createRevision === this.#token) && toBinaryString(key) === own;
  }

  #enterSection(): void {
    const { clock, random } = this.#client;
    const from = clock.now();
    const heldFor = HELD_FOR * 2 * random();
    if (random() >= STALLS) return this.#write(from, from + heldFor);
    this.#lease.abandon();
    const stall = this.#lease.ttl * (0.8 + random());
    clock.after(stall, () => this.#write(from, from + stall + heldFor));
  }

  #write(from: Millis, leaveAt: Millis): void {
    const { clock, channel, random } = this.#client;
    if (!this.#events.running() || clock.now() >= leaveAt || this.#lease.gone) {
      this.#hold(from);
      return this.#leave(random() < VANISHES ? 'vanish' : 'unlock');
    }
    // It goes on writing when its lease may be gone: that is what the token is for.
    const value = fromBinaryString(guardedValue(this.#token, this.#index, ++this.#writes));
    const held = createCompare({ key: this.#key, target: CompareTarget.CREATE, createRevision: this.#token });
    const put = createRequestOp({ requestPut: createPutRequest({ key: fromBinaryString(guardedKey(this.#lock)), value }) });
    channel.call('/etcdserverpb.KV/Txn', encodeTxnRequest(createTxnRequest({ compare: [held], success: [put] })), (answer) => {
      if (answer.kind !== 'ok') channel.move();
      else if (decodeTxnResponse(answer.response).succeeded) this.#events.wrote();
      else this.#events.fencedOff();
      this.#later(WRITE_EVERY, () => this.#write(from, leaveAt));
    });
  }

  #hold(from: Millis): void {
    const { clock, log } = this.#client;
    const proven = log.provenUntil(this.#lease.id, this.#fastestClock);
    const until = Math.min(proven, clock.now());
    this.#events.held({ lock: this.#lock, client: this.#index, token: this.#token, from, until });
  }

  #leave(how: 'unlock' | 'vanish' | 'lost'): void {
    if (this.#over) return;
    this.#over = true;
    if (how === 'unlock') this.#unlock();
    else this.#lease.abandon();
    this.#events.done();
  }

  #unlock(): void {
    const { channel } = this.#client;
    const key = this.#key;
    const over = (): void => this.#lease.abandon();
    if (this.#byService) channel.call('/v3lockpb.Lock/Unlock', encodeUnlockRequest(createUnlockRequest({ key })), over);
    else channel.call('/etcdserverpb.KV/DeleteRange', encodeDeleteRangeRequest(createDeleteRangeRequest({ key })), over);
  }

  #ended(): boolean {
    if (this.#events.running() && !this.#lease.gone) return false;
    this.#leave('lost');
    return true;
  }

  #retry(refused: boolean, again: () => void): void {
    if (this.#ended()) return;
    // The lease is gone: nothing was put.
    if (refused && this.#token === 0 && this.#client.random() < 0.5) return this.#leave('lost');
    this.#client.channel.move();
    this.#later(POLL, again);
  }

  #later(pause: Millis, action: () => void): void {
    this.#client.clock.after(around(this.#client, pause), action);
  }
}
