// Clients that are granted leases, attach keys to them, keep them alive for a while, look at their keys, and then revoke them
// or leave them to themselves: what `checkLeases` needs. Each client has one lease at a time.
import { fromBinaryString, type Millis } from '@reknit/base';
import {
  createLeaseTimeToLiveRequest,
  createPutRequest,
  createRangeRequest,
  decodeLeaseTimeToLiveResponse,
  decodeRangeResponse,
  encodeLeaseTimeToLiveRequest,
  encodePutRequest,
  encodeRangeRequest,
} from '@reknit/etcd-api';
import { around, type Channel } from './channel.js';
import { grantLease, type LeaseClient, type LeaseSession } from './lease-session.js';

export interface LeaseWorkloadClient extends LeaseClient {
  /** For what is not the keep-alive stream's: led to members of its own. */
  readonly other: Channel;
  /** Where its keys lie. */
  readonly prefix: string;
}

const TTL_SECONDS_MAX = 3;
const PAUSE: Millis = 200;
const LIFE: Millis = 2500;
const LOOK_EVERY: Millis = 400;
/** For so long a client that revoked its lease still sends keep-alives, which must not be acknowledged once it is gone. */
const AFTERLIFE: Millis = 400;
const AFTERLIFE_INTERVAL: Millis = 30;

export class LeaseWorkload {
  readonly #clients: readonly LeaseWorkloadClient[];
  readonly #sessions: Map<LeaseWorkloadClient, LeaseSession> = new Map();
  #running = false;
  #keys = 0;

  constructor(clients: readonly LeaseWorkloadClient[]) {
    this.#clients = clients;
  }

  start(): void {
    this.#running = true;
    for (const client of this.#clients) this.#begin(client);
  }

  /** Every lease is left to itself. */
  stop(): void {
    this.#running = false;
    for (const session of this.#sessions.values()) session.abandon();
    this.#sessions.clear();
  }

  #begin(client: LeaseWorkloadClient): void {
    if (!this.#running) return;
    grantLease(client, 1 + Math.floor(client.random() * TTL_SECONDS_MAX), (session) => {
      if (session === undefined) return this.#again(client);
      if (!this.#running) return;
      this.#sessions.set(client, session);
      this.#attach(client, session);
      if (client.random() < 0.85) session.keepAlive(session.ttl * (0.05 + 0.3 * client.random()));
      client.clock.after(LIFE * 2 * client.random(), () => this.#end(client, session));
    });
  }

  #again(client: LeaseWorkloadClient): void {
    client.channel.move();
    client.other.move();
    client.clock.after(around(client, PAUSE), () => this.#begin(client));
  }

  #end(client: LeaseWorkloadClient, session: LeaseSession): void {
    if (!this.#running) return;
    if (session.gone || client.random() < 0.5) return this.#close(client, session);
    if (client.random() < 0.5) session.keepAlive(AFTERLIFE_INTERVAL);
    session.revoke(client.other, () => client.clock.after(AFTERLIFE, () => this.#close(client, session)));
  }

  #close(client: LeaseWorkloadClient, session: LeaseSession): void {
    session.abandon();
    this.#sessions.delete(client);
    this.#again(client);
  }

  #attach(client: LeaseWorkloadClient, session: LeaseSession): void {
    const key = fromBinaryString(`${client.prefix}${++this.#keys}`);
    const request = encodePutRequest(createPutRequest({ key, value: key, lease: session.id }));
    client.other.call('/etcdserverpb.KV/Put', request, (answer) => {
      if (answer.kind === 'ok') this.#look(client, session, key);
    });
  }

  /** Again and again while the client has the lease, and once more after that. */
  #look(client: LeaseWorkloadClient, session: LeaseSession, key: Uint8Array): void {
    client.clock.after(around(client, LOOK_EVERY), () => {
      if (client.random() < 0.5) this.#lookAtKey(client, session, key);
      else this.#lookAtLease(client, session);
      if (this.#sessions.get(client) === session) this.#look(client, session, key);
    });
  }

  #lookAtKey({ other, log, clock }: LeaseWorkloadClient, session: LeaseSession, key: Uint8Array): void {
    other.call('/etcdserverpb.KV/Range', encodeRangeRequest(createRangeRequest({ key })), (answer) => {
      if (answer.kind !== 'ok') return other.move();
      if (decodeRangeResponse(answer.response).count === 0) log.gone(session.id, clock.now(), 'its key was absent');
    });
  }

  #lookAtLease({ other, log, clock }: LeaseWorkloadClient, session: LeaseSession): void {
    const request = encodeLeaseTimeToLiveRequest(createLeaseTimeToLiveRequest({ ID: session.id, keys: true }));
    other.call('/etcdserverpb.Lease/LeaseTimeToLive', request, (answer) => {
      if (answer.kind !== 'ok') return other.move();
      if (decodeLeaseTimeToLiveResponse(answer.response).TTL === -1) log.gone(session.id, clock.now(), 'it had no time to live');
    });
  }
}
