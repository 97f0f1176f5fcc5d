// Waits until all candidates that came before a revision are gone, one after another from the last: so the end of one
// candidate wakes one waiter, not all.
import type { Failure } from '@reknit/grpc';
import type { StreamSink, WatchBatch, Watcher, WatcherSink, WatchStream } from '@reknit/mvcc';
import { EtcdErrors } from '../../errors.js';
import type { Group } from '../../group/group.js';
import { lastCandidateBefore, undamaged } from './inner-calls.js';

export interface PredecessorsOutlets {
  /** 'at-once': there was nobody when it was asked. */
  gone(when: 'at-once' | 'later'): void;
  failed(failure: Failure): void;
}

const ONLY_DELETIONS = { noPut: true, noDelete: false };

export class Predecessors implements StreamSink, WatcherSink {
  readonly #group: Group;
  readonly #name: Uint8Array;
  readonly #createRevision: number;
  readonly #outlets: PredecessorsOutlets;
  readonly #stream: WatchStream;
  #watched: Watcher | undefined;
  #waited = false;

  /** Nothing is called before `begin`. @param createRevision of the one who waits */
  constructor(group: Group, name: Uint8Array, createRevision: number, outlets: PredecessorsOutlets) {
    this.#group = group;
    this.#name = name;
    this.#createRevision = createRevision;
    this.#outlets = outlets;
    this.#stream = group.watches.openStream(this);
  }

  begin(): void {
    this.#look();
  }

  /** Nothing is called after it. Idempotent. */
  cancel(): void {
    this.#stream.close();
  }

  events(_batch: WatchBatch): boolean {
    this.#look();
    return true;
  }

  /** It was deleted, or not, in revisions that are not there any more: look again. */
  compacted(): void {
    this.#look();
  }

  progress(): void {}

  ended(cause: 'closed' | 'damaged'): void {
    this.#outlets.failed(cause === 'closed' ? EtcdErrors.stopped : EtcdErrors.damagedHere);
  }

  /** What is read and what is watched join without a gap: both are of this very moment. */
  #look(): void {
    undamaged(
      () => this.#lookNow(),
      (failure) => {
        this.cancel();
        this.#outlets.failed(failure);
      },
    );
  }

  #lookNow(): void {
    this.#watched?.cancel();
    const before = lastCandidateBefore(this.#group, this.#name, this.#createRevision);
    if (before === undefined) {
      this.cancel();
      return this.#outlets.gone(this.#waited ? 'later' : 'at-once');
    }
    this.#waited = true;
    const request = { key: before.key, rangeEnd: NOTHING, startRevision: 0, filters: ONLY_DELETIONS } as const;
    this.#watched = this.#stream.watch({ ...request, previous: 'without-previous' }, this);
  }
}

const NOTHING = new Uint8Array(0);
