// A watch as something to iterate over. What is delivered faster than it is taken waits here, up to a limit; then the stream
// is paused and the server has to wait.
import type { Caller } from '../caller.js';
import { abortedError, closedError, type EtcdError } from '../errors.js';
import type { WatchBatch, WatchInput } from './events.js';
import { Watcher } from './watcher.js';

/** Enough that a consumer never waits for the network between two batches; of one watch, beside what is in one message. */
const BUFFER_BYTES_MAX = 1024 * 1024;
/** What an event occupies beside its keys and values. */
const EVENT_BYTES = 100;

export interface WatchOptions {
  /** Ends the watch; who iterates over it gets an error with reason `aborted`. */
  readonly signal?: AbortSignal | undefined;
}

type End = { readonly kind: 'done' } | { readonly kind: 'failed'; readonly error: EtcdError };

interface Waiter {
  readonly resolve: (result: IteratorResult<WatchBatch, undefined>) => void;
  readonly reject: (error: EtcdError) => void;
}

const DONE: IteratorResult<WatchBatch, undefined> = { done: true, value: undefined };

/** For one consumer: each batch is handed out once. */
export interface Watch extends AsyncIterableIterator<WatchBatch, undefined>, AsyncDisposable {
  /** The first revision that is delivered, once a server has the watch: what is written from then on is seen. */
  readonly ready: Promise<number>;
  /** Rejects, once, with what ended the watch; batches that had arrived come first. */
  next(): Promise<IteratorResult<WatchBatch, undefined>>;
  /**
   * Asks for a batch without events that says up to which revision everything was delivered; needs `progressNotify`.
   * Lost with the connection: ask again when none comes.
   */
  requestProgress(): void;
  /** Loops over it end; batches that were not taken are dropped. */
  close(): void;
  [Symbol.asyncIterator](): this;
}

export class BufferedWatch implements Watch {
  readonly ready: Promise<number>;
  readonly #watcher: Watcher;
  readonly #batches: WatchBatch[] = [];
  #bufferedBytes = 0;
  #waiters: Waiter[] = [];
  #end: End | undefined;
  readonly #forget: () => void;

  constructor(caller: Caller, input: WatchInput, { signal }: WatchOptions) {
    const { promise, resolve, reject } = deferred<number>();
    this.ready = promise;
    this.#watcher = new Watcher(caller, input, {
      onReady: resolve,
      onBatch: (batch) => this.#push(batch),
      onError: (error) => this.#finish({ kind: 'failed', error }),
    });
    const abort = (): void => this.#finish({ kind: 'failed', error: abortedError('refused') });
    signal?.addEventListener('abort', abort);
    this.#forget = () => {
      signal?.removeEventListener('abort', abort);
      reject(this.#end?.kind === 'failed' ? this.#end.error : closedError());
    };
    if (signal?.aborted) abort();
  }

  next(): Promise<IteratorResult<WatchBatch, undefined>> {
    const batch = this.#batches.shift();
    if (batch !== undefined) {
      this.#bufferedBytes -= sizeOf(batch);
      if (this.#bufferedBytes <= BUFFER_BYTES_MAX / 2) this.#watcher.resume();
      return Promise.resolve({ done: false, value: batch });
    }
    if (this.#end === undefined) return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
    const end = this.#end;
    this.#end = { kind: 'done' };
    return end.kind === 'failed' ? Promise.reject(end.error) : Promise.resolve(DONE);
  }

  /** Called when a loop over the watch is left. */
  return(): Promise<IteratorResult<WatchBatch, undefined>> {
    this.close();
    return Promise.resolve(DONE);
  }

  requestProgress(): void {
    this.#watcher.requestProgress();
  }

  close(): void {
    this.#batches.length = 0;
    this.#finish({ kind: 'done' });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  #push(batch: WatchBatch): void {
    const waiter = this.#waiters.shift();
    if (waiter !== undefined) return waiter.resolve({ done: false, value: batch });
    this.#batches.push(batch);
    this.#bufferedBytes += sizeOf(batch);
    if (this.#bufferedBytes > BUFFER_BYTES_MAX) this.#watcher.pause();
  }

  #finish(end: End): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#watcher.close();
    this.#forget();
    const [first, ...others] = this.#waiters;
    this.#waiters = [];
    if (first === undefined) return;
    this.#end = { kind: 'done' };
    if (end.kind === 'failed') first.reject(end.error);
    else first.resolve(DONE);
    for (const { resolve } of others) resolve(DONE);
  }
}

function sizeOf({ events }: WatchBatch): number {
  let bytes = 0;
  for (const { kv, prevKv } of events) {
    bytes += EVENT_BYTES + kv.key.length + kv.value.length;
    if (prevKv !== undefined) bytes += EVENT_BYTES + prevKv.key.length + prevKv.value.length;
  }
  return bytes;
}

/** Its rejection is no news to those who only iterate. */
function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: EtcdError) => void } {
  let resolve!: (value: T) => void;
  let reject!: (error: EtcdError) => void;
  const promise = new Promise<T>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
