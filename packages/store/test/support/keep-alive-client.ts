// A client's keep-alive stream on a member, without a network: ids in, TTLs out, and a client that may stop reading.
import { createLeaseKeepAliveRequest, decodeLeaseKeepAliveResponse, encodeLeaseKeepAliveRequest } from '@reknit/etcd-api';
import type { BidirectionalHandler, Failure, RequestStream } from '@reknit/grpc';
import { servicesOf } from '../../src/index.js';
import type { TestMember } from './test-cluster.js';
import type { WatchClientOptions } from './watch-client.js';

function keepAliveHandlerOf(member: TestMember): BidirectionalHandler {
  const method = servicesOf(member.member).get('/etcdserverpb.Lease/LeaseKeepAlive');
  if (method?.kind !== 'bidirectional') throw new Error('no keep-alives');
  return method.handle;
}

export class KeepAliveClient {
  /** In the order in which they came. */
  readonly answers: { readonly id: bigint; readonly ttl: number }[] = [];
  failure: Failure | undefined;
  ended = false;
  /** False: what is sent fills the last room there is. */
  reads = true;
  #open = true;
  #drained: () => void = () => undefined;
  #cancelled: () => void = () => undefined;
  readonly #requests: RequestStream;

  constructor(member: TestMember, options: WatchClientOptions = {}) {
    const { metadata = {}, peer = 'test', handler = keepAliveHandlerOf(member) } = options;
    const client = this;
    this.#requests = handler(
      {
        metadata: (name) => metadata[name],
        authority: '',
        timeout: undefined,
        peer,
        get open() {
          return client.#open;
        },
        onCancel: (callback) => {
          this.#cancelled = callback;
        },
      },
      {
        send: (bytes) => {
          const { ID, TTL } = decodeLeaseKeepAliveResponse(bytes);
          this.answers.push({ id: ID, ttl: TTL });
          return this.reads;
        },
        onDrain: (callback) => {
          this.#drained = callback;
        },
        end: () => {
          this.ended = true;
        },
        fail: (failure) => {
          this.failure = failure;
        },
      },
    );
  }

  renew(...ids: readonly bigint[]): this {
    for (const ID of ids) this.raw(encodeLeaseKeepAliveRequest(createLeaseKeepAliveRequest({ ID })));
    return this;
  }

  raw(bytes: Uint8Array): this {
    this.#requests.onMessage(bytes);
    return this;
  }

  halfClose(): this {
    this.#requests.onEnd();
    return this;
  }

  readAgain(): void {
    this.reads = true;
    this.#drained();
  }

  goAway(): void {
    this.#open = false;
    this.#cancelled();
  }
}
