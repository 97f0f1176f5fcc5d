// A client's watch stream on a member, without a network: requests in, decoded answers out, and a client that may stop reading.
import {
  createWatchCancelRequest,
  createWatchCreateRequest,
  createWatchRequest,
  decodeWatchResponse,
  encodeWatchRequest,
  type WatchCreateRequest,
  type WatchResponse,
} from '@reknit/etcd-api';
import type { BidirectionalHandler, Failure, RequestStream } from '@reknit/grpc';
import { servicesOf } from '../../src/index.js';
import type { TestMember } from './test-cluster.js';

export interface WatchClientOptions {
  readonly metadata?: Readonly<Record<string, string>>;
  readonly peer?: string;
  /** Of a service whose limits the test has chosen. */
  readonly handler?: BidirectionalHandler;
}

function watchHandlerOf(member: TestMember): BidirectionalHandler {
  const method = servicesOf(member.member).get('/etcdserverpb.Watch/Watch');
  if (method?.kind !== 'bidirectional') throw new Error('no watch');
  return method.handle;
}

export class WatchClient {
  readonly answers: WatchResponse[] = [];
  failure: Failure | undefined;
  /** False: what is sent fills the last room there is. */
  reads = true;
  #open = true;
  #drained: () => void = () => undefined;
  #cancelled: () => void = () => undefined;
  readonly #requests: RequestStream;

  constructor(member: TestMember, { metadata = {}, peer = 'test', handler = watchHandlerOf(member) }: WatchClientOptions = {}) {
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
          this.answers.push(decodeWatchResponse(bytes));
          return this.reads;
        },
        onDrain: (callback) => {
          this.#drained = callback;
        },
        end: () => {
          throw new Error('a watch stream is never ended by the server');
        },
        fail: (failure) => {
          this.failure = failure;
        },
      },
    );
  }

  create(request: Partial<WatchCreateRequest>): this {
    return this.raw(encodeWatchRequest(createWatchRequest({ createRequest: createWatchCreateRequest(request) })));
  }

  cancel(watchId: bigint): this {
    return this.raw(encodeWatchRequest(createWatchRequest({ cancelRequest: createWatchCancelRequest({ watchId }) })));
  }

  progress(): this {
    return this.raw(encodeWatchRequest(createWatchRequest({ progressRequest: {} })));
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

  /** Answers that came since the last time, as short texts: `0 created`, `0 put a=1@2`, `-1 progress@5`. */
  news(): string[] {
    return this.answers.splice(0).flatMap(describeAnswer);
  }
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

function describeAnswer(answer: WatchResponse): string[] {
  const { watchId: id, header, events } = answer;
  const flags = [
    answer.created ? 'created' : '',
    answer.canceled ? 'canceled' : '',
    answer.compactRevision === 0 ? '' : `compacted@${answer.compactRevision}`,
    answer.cancelReason,
  ].filter((flag) => flag !== '');
  if (flags.length > 0) return [`${id} ${flags.join(' ')}`];
  if (events.length === 0) return [`${id} progress@${header!.revision}`];
  return events.map(({ type, kv, prevKv }) => {
    const before = prevKv === undefined ? '' : ` before ${text(prevKv.value)}`;
    return type === 1
      ? `${id} delete ${text(kv!.key)}@${kv!.modRevision}${before}`
      : `${id} put ${text(kv!.key)}=${text(kv!.value)}@${kv!.modRevision}${before}`;
  });
}
