// One watcher of a client: what it is given, in etcd's messages.
import { assert } from '@reknit/base';
import type { WatchCreateRequest } from '@reknit/etcd-api';
import type { WatchBatch, Watcher, WatcherSink, WatchRequest, WatchStream } from '@reknit/mvcc';
import { type AnswerMark, encodeBatch, encodeFragments, markOf } from './answers.js';
import type { WatchCall } from './watch-call.js';

export class ClientWatcher implements WatcherSink {
  readonly id: bigint;
  readonly #call: WatchCall;
  readonly #mark: AnswerMark;
  readonly #wantsProgress: boolean;
  readonly #fragments: boolean;
  #watcher: Watcher | undefined;
  /** No events since the last time that progress was due. */
  #quiet = true;

  constructor(call: WatchCall, id: bigint, { progressNotify, fragment }: WatchCreateRequest) {
    this.#call = call;
    this.id = id;
    this.#mark = markOf(id);
    this.#wantsProgress = progressNotify;
    this.#fragments = fragment;
  }

  begin(stream: WatchStream, request: WatchRequest): void {
    this.#watcher = stream.watch(request, this);
    assert(this.#watcher !== undefined, 'an empty range is refused before');
  }

  cancel(): void {
    this.#watcher?.cancel();
  }

  events(batch: WatchBatch): boolean {
    this.#quiet = false;
    const whole = encodeBatch(batch, () => this.#call.header(batch.revision), this.#mark);
    const bytesMax = this.#call.fragmentBytesMax;
    if (!this.#fragments || whole.length < bytesMax || batch.events.length === 1) return this.#call.send(whole);
    let room = true;
    const header = this.#call.header(batch.revision);
    for (const piece of encodeFragments(batch, header, this.id, bytesMax)) room = this.#call.send(piece);
    return room;
  }

  /** etcd's answer has no revision in its header. */
  compacted(compactRevision: number): void {
    this.#call.drop(this);
    this.#call.answer({ header: this.#call.header(0), watchId: this.id, canceled: true, compactRevision });
  }

  /** Every so often: what has had no events since is told how far it is. */
  notifyProgress(revision: number): void {
    if (!this.#wantsProgress) return;
    if (this.#quiet && this.#watcher?.upToDate === true) {
      this.#call.answer({ header: this.#call.header(revision), watchId: this.id });
    }
    this.#quiet = true;
  }
}
