// One consistent cut of a keyspace: a view of the pages at the flushed revision, then the layers above it. Whoever works
// on it over several turns retains it; the view below is closed when the last one has released it.
import { assert, equalBytes, fromBinaryString } from '@reknit/base';
import { copyOf } from './copy.js';
import { CorruptRecordError } from './errors.js';
import { Entry, type Layer } from './layer.js';
import type { LongKeys } from './long-keys.js';
import { INDEX, indexKey, isLong, isSameKey, LONG, longIndexKey, RECORDS, recordKey, SUB_MAX } from './page-keys.js';
import type { PagesView } from './pages.js';
import { checkRecord, decodeIndexEntry, type Head, recordKeyView, recordValueView } from './record-codec.js';
import type { KeyValue } from './types.js';

/** A view with a count of those who need it. */
export class SharedView {
  readonly view: PagesView;
  #holders = 0;

  constructor(view: PagesView) {
    this.view = view;
  }

  retain(): void {
    this.#holders++;
  }

  release(): void {
    this.#holders--;
    assert(this.#holders >= 0, 'a view is released no more often than it is retained');
    if (this.#holders === 0) this.view.close();
  }
}

export interface CutParts {
  /** Newest first; only the first still grows. */
  readonly layers: readonly Layer[];
  readonly pages: SharedView;
  /** Versions above it in the pages are leftovers of an unfinished flush, and are not there. */
  readonly flushedRevision: number;
  readonly longKeys: LongKeys;
  readonly salt: number;
}

export class Cut {
  readonly layers: readonly Layer[];
  readonly pages: SharedView;
  readonly flushedRevision: number;
  readonly longKeys: LongKeys;
  readonly salt: number;

  constructor(parts: CutParts) {
    this.layers = parts.layers;
    this.pages = parts.pages;
    this.flushedRevision = parts.flushedRevision;
    this.longKeys = parts.longKeys;
    this.salt = parts.salt;
  }

  retain(): this {
    this.pages.retain();
    return this;
  }

  release(): void {
    this.pages.release();
  }

  get view(): PagesView {
    return this.pages.view;
  }

  /** The newest version of `key` at `revision`, a tombstone included. */
  headAt(key: string, revision: number): Head | undefined {
    for (const layer of this.layers) {
      const entry = layer.newestAt(key, revision);
      if (entry !== undefined) return entry;
    }
    return this.pagesHeadAt(key, revision);
  }

  pagesHeadAt(key: string, revision: number): Head | undefined {
    const main = Math.min(revision, this.flushedRevision);
    const entry = isLong(key) ? this.#seekLong(key, main) : this.#seekShort(key, main);
    return entry === undefined ? undefined : decodeIndexEntry(key, entry[0], entry[1], this.salt);
  }

  /** The caller's own, or a view of what never changes. */
  value(key: string, head: Head): Uint8Array {
    return head instanceof Entry ? head.valueView() : copyOf(recordValueView(this.record(key, head)));
  }

  /** The whole record, checked; borrowed until the next read. */
  record(key: string, head: Head): Uint8Array {
    if (head instanceof Entry) return head.recordView();
    const record = this.view.get(RECORDS, recordKey(head.main, head.sub));
    if (record === undefined) throw missing(head, 'a record that the index names is missing');
    checkRecord(head.main, head.sub, record, this.salt);
    if (!equalBytes(recordKeyView(record), fromBinaryString(key))) throw missing(head, 'a record of another key');
    return record;
  }

  keyValue(key: string, head: Head, withValue: boolean): KeyValue {
    return {
      key: fromBinaryString(key),
      createRevision: head.create,
      modRevision: head.main,
      version: head.version,
      value: withValue ? this.value(key, head) : NO_VALUE,
      lease: head.lease,
    };
  }

  #seekShort(key: string, main: number): readonly [Uint8Array, Uint8Array] | undefined {
    const from = indexKey(key, main, SUB_MAX);
    const entry = this.view.first(INDEX, { from });
    return entry !== undefined && isSameKey(entry[0], from) ? entry : undefined;
  }

  #seekLong(key: string, main: number): readonly [Uint8Array, Uint8Array] | undefined {
    const id = this.longKeys.idOf(key);
    if (id === undefined) return undefined;
    const from = longIndexKey(id, main, SUB_MAX);
    const entry = this.view.first(LONG, { from });
    return entry !== undefined && isSameKey(entry[0], from) ? entry : undefined;
  }
}

const NO_VALUE = new Uint8Array(0);

const missing = (head: Head, what: string): CorruptRecordError =>
  new CorruptRecordError(RECORDS, recordKey(head.main, head.sub), what);
