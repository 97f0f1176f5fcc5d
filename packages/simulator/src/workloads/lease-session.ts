// A lease and the stream that keeps it alive, as a careful client does it: by its own deadline, which it counts from when it
// sent what was acknowledged. A stream that breaks is opened again, perhaps at another member.
import { assert, type Millis } from '@reknit/base';
import {
  createLeaseGrantRequest,
  createLeaseKeepAliveRequest,
  createLeaseRevokeRequest,
  decodeLeaseGrantResponse,
  decodeLeaseKeepAliveResponse,
  encodeLeaseGrantRequest,
  encodeLeaseKeepAliveRequest,
  encodeLeaseRevokeRequest,
} from '@reknit/etcd-api';
import type { LeaseLog } from '../history/lease-log.js';
import { around, type Channel, type ClientStream, type ClientWorld } from './channel.js';

export interface LeaseClient extends ClientWorld {
  readonly channel: Channel;
  readonly log: LeaseLog;
}

const REOPEN_PAUSE: Millis = 50;
/** A member that leaves a keep-alive unanswered for this share of the TTL is left for another one. */
const PATIENCE = 0.3;

/** @param done with nothing when the grant was refused, or its answer lost: such a lease nobody keeps alive */
export function grantLease(client: LeaseClient, ttlSeconds: number, done: (session: LeaseSession | undefined) => void): void {
  const { channel, clock, log } = client;
  const sent = clock.now();
  channel.call(
    '/etcdserverpb.Lease/LeaseGrant',
    encodeLeaseGrantRequest(createLeaseGrantRequest({ TTL: ttlSeconds })),
    (answer) => {
      if (answer.kind !== 'ok') return done(undefined);
      const { ID: id, TTL } = decodeLeaseGrantResponse(answer.response);
      assert(TTL >= ttlSeconds, 'no lease is granted for less than was asked for', () => ({ ttlSeconds, TTL }));
      const ttl = TTL * 1000;
      log.granted(id, ttl, { sent, received: clock.now() });
      done(new LeaseSession(client, id, ttl));
    },
  );
}

export class LeaseSession {
  readonly id: bigint;
  readonly ttl: Millis;
  readonly #client: LeaseClient;
  /** When each keep-alive left that has no answer yet: they are answered in order. */
  #unanswered: Millis[] = [];
  #stream: ClientStream | undefined;
  #interval: Millis = 0;
  #kept = false;
  #gone = false;

  constructor(client: LeaseClient, id: bigint, ttl: Millis) {
    this.#client = client;
    this.id = id;
    this.ttl = ttl;
  }

  /** A keep-alive was answered with nothing left. */
  get gone(): boolean {
    return this.#gone;
  }

  keepAlive(interval: Millis): void {
    this.#interval = interval;
    if (this.#kept) return;
    this.#kept = true;
    this.#open();
    this.#beat();
  }

  /** From now on the lease is left to itself. */
  abandon(): void {
    this.#kept = false;
    this.#stream?.cancel();
    this.#stream = undefined;
    this.#unanswered = [];
  }

  revoke(channel: Channel, done: () => void): void {
    const { log, clock } = this.#client;
    log.revoking(this.id, clock.now());
    const request = encodeLeaseRevokeRequest(createLeaseRevokeRequest({ ID: this.id }));
    channel.call('/etcdserverpb.Lease/LeaseRevoke', request, done);
  }

  #beat(): void {
    if (!this.#kept) return;
    const { clock } = this.#client;
    if (this.#stream !== undefined && clock.now() - (this.#unanswered[0] ?? clock.now()) > this.ttl * PATIENCE) {
      this.#stream.cancel();
      this.#onClose();
    }
    if (this.#stream !== undefined) {
      this.#unanswered.push(clock.now());
      this.#stream.send(encodeLeaseKeepAliveRequest(createLeaseKeepAliveRequest({ ID: this.id })));
    }
    clock.after(around(this.#client, this.#interval), () => this.#beat());
  }

  #open(): void {
    if (!this.#kept) return;
    this.#unanswered = [];
    this.#stream = this.#client.channel.open('/etcdserverpb.Lease/LeaseKeepAlive', {
      onMessage: (response) => this.#onAnswer(response),
      onClose: () => this.#onClose(),
    });
  }

  #onAnswer(response: Uint8Array): void {
    const { log, clock } = this.#client;
    const { ID: id, TTL } = decodeLeaseKeepAliveResponse(response);
    assert(id === this.id, 'a keep-alive is answered for its lease', () => ({ asked: this.id, answered: id }));
    const sent = this.#unanswered.shift();
    assert(sent !== undefined, 'a keep-alive is answered once', () => this.id);
    if (TTL > 0) return log.renewed(id, { sent, received: clock.now() });
    log.gone(id, clock.now(), 'a keep-alive was answered with nothing left');
    this.#gone = true;
    this.abandon();
  }

  #onClose(): void {
    this.#stream = undefined;
    this.#client.channel.move();
    this.#client.clock.after(around(this.#client, REOPEN_PAUSE), () => {
      if (this.#stream === undefined) this.#open();
    });
  }
}
