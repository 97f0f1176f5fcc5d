// The durable ordered tables below a keyspace: atomic batches, consistent views. Small on purpose, so that LMDB, plain
// memory and a test double that crashes at every point can all stand behind it.

export type TableName = string;

export interface PageWrite {
  readonly table: TableName;
  /** Borrowed: the next write of the batch may stand in the same bytes. */
  readonly key: Uint8Array;
  /** Never changes again. Undefined removes the key. */
  readonly value: Uint8Array | undefined;
}

export interface PageRange {
  /** Inclusive; undefined: from the first. */
  readonly from?: Uint8Array;
  /** Exclusive; undefined: to the last. */
  readonly to?: Uint8Array;
  readonly reverse?: boolean;
}

/** A consistent view, unmoved by later writes, until it is closed. */
export interface PagesView {
  /** The result may be reused by the next call, and may be a Buffer: copy what must last, by `new Uint8Array(bytes)`. */
  get(table: TableName, key: Uint8Array): Uint8Array | undefined;
  /** Keys and values as for `get`. The iterator must be finished or returned before the view is closed. */
  range(table: TableName, range: PageRange): IterableIterator<readonly [key: Uint8Array, value: Uint8Array]>;
  /** The first entry of the range, without the cost of an iterator. Borrowed as for `get`. */
  first(table: TableName, range: PageRange): readonly [key: Uint8Array, value: Uint8Array] | undefined;
  close(): void;
}

export interface Pages {
  view(): PagesView;
  /**
   * Durable once `done` is called without an error; off the event loop where the platform can. Batches are written in
   * the order of the calls. A batch is taken lazily, over several turns, and a crash before `done` may leave a *prefix*
   * of it, never anything else: whoever writes orders a batch so that every prefix is harmless (its meta record last).
   * @param mayTakeTime asked again and again: while it is true, the batch goes in small pieces with pauses, so that neither the
   * event loop nor the disk is taken from others for long
   */
  write(batch: Iterable<PageWrite>, done: (error: Error | undefined) => void, mayTakeTime?: () => boolean): void;
  sizeBytes(): { readonly total: number; readonly inUse: number };
  /** Takes effect once the writes under way are done and the views are closed. */
  close(): void;
}

/** Where generations of pages live; exactly one is current. */
export interface PagesHome {
  openCurrent(): Pages;
  /** An empty generation beside the current one; leftovers of an unfinished one are removed first. */
  create(): Pages;
  /** Makes the created generation the current one, atomically and durably, and drops the old. */
  promote(done: (error: Error | undefined) => void): void;
}
