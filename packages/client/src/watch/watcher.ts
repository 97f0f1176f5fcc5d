// One watch that outlives connections and members. It has its own stream, so that one that is read slowly holds up nobody
// else. It knows the next revision that it owes; when the stream ends it asks another member from there, so that nothing is
// delivered twice and nothing is left out. Events of a revision arrive whole or not at all: a stream that breaks in the middle of a
// message has not delivered it.
import { MalformedBytesError, unreachable } from '@reknit/base';
import {
  createWatchProgressRequest,
  createWatchRequest,
  decodeWatchResponse,
  encodeWatchRequest,
  type WatchResponse,
} from '@reknit/etcd-api';
import type { Caller } from '../caller.js';
import { Code, CompactedError, closedError, EtcdError } from '../errors.js';
import type { OpenStream, StreamEnd, Timer } from '../transport.js';
import { batchesOf, type WatchBatch, type WatchInput, watchRequest } from './events.js';

const PATH = '/etcdserverpb.Watch/Watch';
/** A member that has lost its leader ends the stream instead of leaving it silent. */
const METADATA = { hasleader: 'true' };
/** As the id of an answer to a request for progress. */
const ALL_WATCHES = -1n;

export interface Subscription {
  /** See `Watch.requestProgress`. */
  requestProgress(): void;
  /** The server has to wait; what had arrived before is still delivered. */
  pause(): void;
  resume(): void;
  close(): void;
}

export interface WatchHandlers {
  /** The server has the watch; the first time only. */
  onReady(firstRevision: number): void;
  /** In the order of revisions, each once. */
  onBatch(batch: WatchBatch): void;
  /** Once, and nothing after it. Not called after `close`. */
  onError(error: EtcdError): void;
}

type State =
  | { readonly kind: 'waiting'; readonly timer: Timer }
  | { readonly kind: 'open'; readonly endpoint: string; readonly stream: OpenStream }
  | { readonly kind: 'ended' };

const PROGRESS_REQUEST = encodeWatchRequest(createWatchRequest({ progressRequest: createWatchProgressRequest() }));

export class Watcher implements Subscription {
  readonly #caller: Caller;
  readonly #input: WatchInput;
  readonly #handlers: WatchHandlers;
  /** 0: the server's next, whichever that is. */
  #nextRevision: number;
  #ready = false;
  #paused = false;
  #state: State;

  constructor(caller: Caller, input: WatchInput, handlers: WatchHandlers) {
    this.#caller = caller;
    this.#input = input;
    this.#handlers = handlers;
    this.#nextRevision = input.startRevision ?? 0;
    if (!Number.isSafeInteger(this.#nextRevision) || this.#nextRevision < 0) {
      throw new RangeError(`startRevision: ${this.#nextRevision} is not a whole number from 0`);
    }
    // Nothing is called back before the constructor has returned.
    this.#state = { kind: 'waiting', timer: caller.after(0, () => this.#connect()) };
  }

  requestProgress(): void {
    if (this.#state.kind === 'open') this.#state.stream.send(PROGRESS_REQUEST);
  }

  pause(): void {
    this.#paused = true;
    if (this.#state.kind === 'open') this.#state.stream.pause();
  }

  resume(): void {
    this.#paused = false;
    if (this.#state.kind === 'open') this.#state.stream.resume();
  }

  close(): void {
    if (this.#state.kind === 'open') this.#state.stream.cancel();
    if (this.#state.kind === 'waiting') this.#state.timer.cancel();
    this.#state = { kind: 'ended' };
  }

  #connect(): void {
    if (this.#caller.closed) return this.#fail(closedError());
    const { endpoint, waitMs } = this.#caller.nextEndpoint();
    if (waitMs > 0) {
      this.#state = { kind: 'waiting', timer: this.#caller.after(waitMs, () => this.#connect()) };
      return;
    }
    const stream = this.#caller.stream(endpoint, PATH, METADATA, {
      onMessage: (message) => this.#received(endpoint, message),
      onEnd: (end) => this.#lost(endpoint, end),
    });
    this.#state = { kind: 'open', endpoint, stream };
    if (this.#paused) stream.pause();
    stream.send(watchRequest(this.#input, this.#nextRevision));
  }

  #received(endpoint: string, message: Uint8Array): void {
    if (this.#state.kind === 'ended') return;
    const response = decoded(message);
    if (response === undefined) return this.#fail(nonsense('a message that cannot be read'));
    if (response.canceled) return this.#fail(cancellation(response));
    if (response.created) {
      this.#caller.succeeded(endpoint);
      this.#created(response);
    } else if (response.events.length > 0) this.#deliver(batchesOf(response.events, this.#nextRevision));
    else this.#progressed(response);
  }

  #created({ header }: WatchResponse): void {
    if (this.#nextRevision === 0) this.#nextRevision = (header?.revision ?? 0) + 1;
    if (this.#ready) return;
    this.#ready = true;
    this.#handlers.onReady(this.#nextRevision);
  }

  #deliver(batches: readonly WatchBatch[]): void {
    for (const batch of batches) {
      if (batch.revision < this.#nextRevision) return this.#fail(nonsense('revisions that fall'));
      this.#nextRevision = batch.revision + 1;
      this.#handlers.onBatch(batch);
      if (this.#state.kind === 'ended') return;
    }
  }

  /**
   * Old versions of etcd answered a request for progress ahead of events that were still on their way, so only what the server
   * says of its own accord moves the place where the watch resumes.
   */
  #progressed({ header, watchId }: WatchResponse): void {
    const revision = header?.revision ?? 0;
    if (watchId !== ALL_WATCHES) this.#nextRevision = Math.max(this.#nextRevision, revision + 1);
    if (this.#input.progressNotify === true) this.#handlers.onBatch({ revision, events: [] });
  }

  #lost(endpoint: string, end: StreamEnd): void {
    if (this.#state.kind === 'ended') return;
    if (!mayResume(end)) return this.#fail(new EtcdError(end.code, end.message, 'refused'));
    this.#caller.failed(endpoint);
    this.#connect();
  }

  #fail(error: EtcdError): void {
    this.close();
    this.#handlers.onError(error);
  }
}

/** Ends that another member, or another moment, may not have. */
const PASSING_CODES: ReadonlySet<number> = new Set([0, Code.canceled, Code.internal, Code.unavailable]);

function mayResume(end: StreamEnd): end is Exclude<StreamEnd, { kind: 'status' }> {
  switch (end.kind) {
    case 'unsent':
    case 'lost':
      return true;
    case 'status':
      return PASSING_CODES.has(end.code);
    default:
      return unreachable(end);
  }
}

function decoded(message: Uint8Array): WatchResponse | undefined {
  try {
    return decodeWatchResponse(message);
  } catch (error) {
    if (error instanceof MalformedBytesError) return undefined;
    throw error;
  }
}

const nonsense = (what: string): EtcdError => new EtcdError(Code.internal, `the server sent ${what} on a watch`, 'refused');

function cancellation({ compactRevision, cancelReason }: WatchResponse): EtcdError {
  if (compactRevision > 0) return new CompactedError(compactRevision);
  return new EtcdError(Code.canceled, cancelReason === '' ? 'etcdserver: watch canceled' : cancelReason, 'refused');
}
