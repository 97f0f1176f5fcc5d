// What a watcher asks for and what it is given. No wire and no ids here: those are the transport's.
import type { KeyValue } from '../types.js';

/** In etcd's numbers. Of a deletion `kv` has only the key and the revision. Its bytes never change. */
export interface WatchEvent {
  /** 0 put, 1 delete. */
  readonly type: 0 | 1;
  readonly kv: KeyValue;
  readonly prevKv: KeyValue | undefined;
}

/** A walk over a keyspace's changes in the order of revisions; the members are of the change at which it stands. */
export interface Changes {
  readonly key: string;
  readonly main: number;
  readonly deleted: boolean;
  /** About what it takes. */
  readonly bytes: number;
  /** The same object each time, as is the next. */
  readonly event: WatchEvent;
  /** With what the key was before; that is absent where there was nothing, or where it is compacted. */
  readonly eventWithPrevious: WatchEvent;
  /** False at the end. */
  next(): boolean;
  close(): void;
}

export interface WatchRequest {
  readonly key: Uint8Array;
  /** As of a range request. */
  readonly rangeEnd: Uint8Array;
  /** The first revision of interest, future or past; 0: the next one. */
  readonly startRevision: number;
  readonly filters: WatchFilters;
  /** Whether events carry what the key was before them. */
  readonly previous: 'with-previous' | 'without-previous';
}

export interface WatchFilters {
  readonly noPut: boolean;
  readonly noDelete: boolean;
}

/** A batch in some transport's bytes. */
export interface BatchEncoding {
  readonly bytes: Uint8Array;
  /** Where a receiver's own mark goes, if it has one. */
  readonly gap: number;
  /** With the marks that many receivers share, by number. */
  readonly marked: (Uint8Array | undefined)[];
}

/** Consecutive changes for all who asked for the same; a revision is never cut in two. */
export class WatchBatch {
  readonly events: readonly WatchEvent[];
  /** Everything of this interest up to here is in this batch or in earlier ones. */
  readonly revision: number;
  /** About what the events take. */
  readonly bytes: number;
  /** Room for the transport: what all who get this batch have in common is encoded once. */
  encoded: BatchEncoding | undefined;

  constructor(events: readonly WatchEvent[], revision: number, bytes: number) {
    this.events = events;
    this.revision = revision;
    this.bytes = bytes;
  }
}

/** One watcher's receiver. Neither call may block; both may cancel any watcher. */
export interface WatcherSink {
  /** The batch is taken in any case. False: there is no room for more until the stream's `resume`. */
  events(batch: WatchBatch): boolean;
  /** Some of what it asked for is gone: it was cancelled. */
  compacted(compactRevision: number): void;
}

/** What concerns all watchers of one stream. */
export interface StreamSink {
  /** Every event up to `revision` that a watcher of the stream asked for was given to it before. */
  progress(revision: number): void;
  /** All watchers are gone: the hub was closed, or a record of the history is damaged. */
  ended(cause: 'closed' | 'damaged'): void;
}

export interface WatchStatistics {
  readonly streams: number;
  readonly watchers: number;
  /** Watchers that still read history, or whose client does not read. */
  readonly slowWatchers: number;
  /** Given to watchers since the start. */
  readonly events: number;
}
