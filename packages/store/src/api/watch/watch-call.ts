// One client's watch stream: requests in; answers, events and progress out, all of them in the order in which they are
// handed to the one queue of the transport. Half-closing changes nothing: a stream ends when its client goes away.
//
// Nothing but answers to requests is ever queued for a client that does not read; events it reads from the history later.
import { EMPTY_BYTES, MalformedBytesError } from '@reknit/base';
import {
  decodeWatchRequest,
  type ResponseHeader,
  type WatchCreateRequest,
  type WatchRequest,
  type WatchResponse,
} from '@reknit/etcd-api';
import { type CallContext, type Failure, type RequestStream, Status, type StreamReply } from '@reknit/grpc';
import { type StreamSink, selectsNothing, type WatchStream } from '@reknit/mvcc';
import type { Timer } from '@reknit/runtime';
import { EtcdErrors } from '../../errors.js';
import type { Group } from '../../group/group.js';
import { headerOf } from '../context.js';
import { MALFORMED } from '../decoded.js';
import { encodeAnswer } from './answers.js';
import { ClientWatcher } from './client-watcher.js';
import type { WatchService } from './watch-service.js';

/** etcd's id for what concerns no watcher, or all. */
const NO_WATCHER = -1n;
const EMPTY_RANGE = 'mvcc: watcher range is empty';
const DUPLICATE_ID = 'mvcc: duplicate watch ID provided on the WatchStream';
/** The first key there is. */
const FIRST_KEY = new Uint8Array(1);

export class WatchCall implements RequestStream, StreamSink {
  readonly #service: WatchService;
  readonly #group: Group;
  readonly #context: CallContext;
  readonly #reply: StreamReply;
  readonly #stream: WatchStream;
  readonly #watchers = new Map<bigint, ClientWatcher>();
  readonly #unmonitor: () => void;
  #nextId = 0n;
  #unreadAnswers = 0;
  #progressTimer: Timer | undefined;
  #open = true;

  constructor(service: WatchService, group: Group, context: CallContext, reply: StreamReply) {
    this.#service = service;
    this.#group = group;
    this.#context = context;
    this.#reply = reply;
    this.#stream = group.watches.openStream(this);
    const strict = context.metadata('hasleader') === 'true';
    this.#unmonitor = strict ? group.leaderMonitor.add(() => this.#fail(EtcdErrors.noLeader)) : () => undefined;
    reply.onDrain(() => this.#drained());
    context.onCancel(() => this.#close());
  }

  onMessage(bytes: Uint8Array): void {
    if (!this.#open) return;
    const request = decodeOrNothing(bytes);
    if (request === undefined) this.#fail(MALFORMED);
    else if (request.createRequest !== undefined) this.#create(request.createRequest);
    else if (request.cancelRequest !== undefined) this.#cancel(request.cancelRequest.watchId);
    else if (request.progressRequest !== undefined) this.#stream.requestProgress();
  }

  onEnd(): void {}

  // From the hub.

  progress(revision: number): void {
    this.answer({ header: this.header(revision), watchId: NO_WATCHER });
  }

  ended(cause: 'closed' | 'damaged'): void {
    if (cause === 'damaged') {
      const { log } = this.#service.member.runtime;
      log.log('error', 'a stored record is damaged; who watches it is sent to another member', { keyspace: this.#group.name });
    }
    this.#fail(cause === 'closed' ? EtcdErrors.stopped : EtcdErrors.damagedHere);
  }

  // For the watchers.

  get fragmentBytesMax(): number {
    return this.#service.member.options.requestBytesMax;
  }

  header(revision: number): ResponseHeader {
    return headerOf(this.#service.member, this.#group, revision);
  }

  /** False: no more events until there is room again. */
  send(answer: Uint8Array): boolean {
    return this.#reply.send(answer);
  }

  /** One message for one request at most, so a client that asks and does not read is stopped. */
  answer(answer: Partial<WatchResponse>): void {
    if (!this.#open) return;
    if (this.#stream.blocked) {
      const tooMany = this.#service.addUnreadAnswer(++this.#unreadAnswers);
      if (tooMany !== undefined) return this.#fail({ code: Status.resourceExhausted, message: tooMany });
    }
    if (!this.#reply.send(encodeAnswer(answer))) this.#stream.block();
  }

  drop(watcher: ClientWatcher): void {
    if (this.#watchers.delete(watcher.id)) this.#service.watchersChanged(-1);
  }

  #create(request: WatchCreateRequest): void {
    const key = request.key.length === 0 ? FIRST_KEY : request.key;
    const { watchId, startRevision, rangeEnd, prevKv, filters } = request;
    const reason = this.#objection(request, key);
    if (reason !== undefined) {
      const refused = { watchId: NO_WATCHER, created: true, canceled: true, cancelReason: reason };
      return this.answer({ header: this.header(this.#group.space.revision), ...refused });
    }
    const id = watchId === 0n ? this.#freeId() : watchId;
    this.answer({ header: this.header(this.#group.space.revision), watchId: id, created: true });
    if (!this.#open) return;
    const watcher = new ClientWatcher(this, id, request);
    watcher.begin(this.#stream, {
      // The request's bytes belong to the connection.
      key: new Uint8Array(key),
      rangeEnd: rangeEnd.length === 0 ? EMPTY_BYTES : new Uint8Array(rangeEnd),
      startRevision,
      previous: prevKv ? 'with-previous' : 'without-previous',
      filters: { noPut: filters.includes(0), noDelete: filters.includes(1) },
    });
    this.#watchers.set(id, watcher);
    this.#service.watchersChanged(1);
    if (request.progressNotify) this.#planProgress();
  }

  #objection({ startRevision, rangeEnd, watchId }: WatchCreateRequest, key: Uint8Array): string | undefined {
    if (startRevision < 0) return EtcdErrors.compacted.message;
    if (selectsNothing(key, rangeEnd)) return EMPTY_RANGE;
    if (watchId !== 0n && this.#watchers.has(watchId)) return DUPLICATE_ID;
    return this.#service.watcherRefusal(this.#watchers.size);
  }

  #freeId(): bigint {
    while (this.#watchers.has(this.#nextId)) this.#nextId++;
    return this.#nextId++;
  }

  #cancel(id: bigint): void {
    const watcher = this.#watchers.get(id);
    if (watcher === undefined) return;
    watcher.cancel();
    this.drop(watcher);
    this.answer({ header: this.header(this.#group.space.revision), watchId: id, canceled: true });
  }

  /** All streams at once would be a burst: hence up to a tenth later. */
  #planProgress(): void {
    if (this.#progressTimer !== undefined) return;
    const { clock, random } = this.#service.member.runtime;
    const interval = this.#service.member.options.watchProgressInterval;
    this.#progressTimer = clock.after(interval * (1 + random.next() / 10), () => {
      this.#progressTimer = undefined;
      for (const watcher of this.#watchers.values()) watcher.notifyProgress(this.#group.watches.revision);
      if (this.#open && this.#watchers.size > 0) this.#planProgress();
    });
  }

  #drained(): void {
    this.#service.readAnswers(this.#unreadAnswers);
    this.#unreadAnswers = 0;
    this.#stream.resume();
  }

  #fail(failure: Failure): void {
    if (!this.#open) return;
    this.#close();
    this.#reply.fail(failure);
  }

  #close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#progressTimer?.cancel();
    this.#unmonitor();
    this.#stream.close();
    this.#service.watchersChanged(-this.#watchers.size);
    this.#service.readAnswers(this.#unreadAnswers);
    this.#service.closed(this.#context.peer);
    this.#watchers.clear();
  }
}

function decodeOrNothing(bytes: Uint8Array): WatchRequest | undefined {
  try {
    return decodeWatchRequest(bytes);
  } catch (error) {
    if (!(error instanceof MalformedBytesError)) throw error;
    return undefined;
  }
}
