// All live keys of a range at one revision, in order, merged from the layers, the pages' index and the long keys.
import { copyOf } from './copy.js';
import type { Cut } from './cut.js';
import type { Layer } from './layer.js';
import { INDEX, indexCeiling, indexFloor, indexKey, isSameKey, keyOfIndex, mainOfIndex, SUB_MAX } from './page-keys.js';
import type { PagesView } from './pages.js';
import { decodeIndexEntry, type Head } from './record-codec.js';
import type { SortedCursor } from './sorted-map.js';

/** A half-open interval of keys as binary strings; no `to` means: all from `from` on. */
export interface KeyInterval {
  readonly from: string;
  readonly to: string | undefined;
}

interface KeySource {
  /** Undefined at the end. */
  readonly key: string | undefined;
  /** Of the current key, if this source has a version of it at the revision. */
  head(): Head | undefined;
  advance(): void;
  close(): void;
}

export class KeyScan {
  readonly #sources: readonly KeySource[];
  #key = '';
  #head: Head | undefined;

  constructor(cut: Cut, interval: KeyInterval, revision: number) {
    const layers = cut.layers.map((layer) => new LayerSource(layer, interval, revision));
    const pages = new PagesSource(cut, interval, revision);
    this.#sources = [...layers, pages, new LongSource(cut, interval, revision)];
  }

  /** Of the key that `next` found. */
  get key(): string {
    return this.#key;
  }

  get head(): Head {
    return this.#head!;
  }

  /** False at the end. Tombstones are passed over. */
  next(): boolean {
    for (let key = this.#smallest(); key !== undefined; key = this.#smallest()) {
      const head = this.#take(key);
      if (head === undefined || head.deleted) continue;
      this.#key = key;
      this.#head = head;
      return true;
    }
    return false;
  }

  close(): void {
    for (const source of this.#sources) source.close();
  }

  #smallest(): string | undefined {
    let smallest: string | undefined;
    for (const source of this.#sources) {
      const key = source.key;
      if (key !== undefined && (smallest === undefined || key < smallest)) smallest = key;
    }
    return smallest;
  }

  /** Newer sources come first and hide the older ones. */
  #take(key: string): Head | undefined {
    let head: Head | undefined;
    for (const source of this.#sources) {
      if (source.key !== key) continue;
      head ??= source.head();
      source.advance();
    }
    return head;
  }
}

class LayerSource implements KeySource {
  readonly #layer: Layer;
  readonly #cursor: SortedCursor<true>;
  readonly #to: string | undefined;
  readonly #revision: number;

  constructor(layer: Layer, interval: KeyInterval, revision: number) {
    this.#layer = layer;
    this.#cursor = layer.cursor(interval.from);
    this.#to = interval.to;
    this.#revision = revision;
  }

  get key(): string | undefined {
    return within(this.#cursor.key, this.#to);
  }

  head(): Head | undefined {
    return this.#layer.newestAt(this.#cursor.key!, this.#revision);
  }

  advance(): void {
    this.#cursor.advance();
  }

  close(): void {}
}

class LongSource implements KeySource {
  readonly #cut: Cut;
  readonly #cursor: SortedCursor<number>;
  readonly #to: string | undefined;
  readonly #revision: number;

  constructor(cut: Cut, interval: KeyInterval, revision: number) {
    this.#cut = cut;
    this.#cursor = cut.longKeys.cursor(interval.from);
    this.#to = interval.to;
    this.#revision = revision;
  }

  get key(): string | undefined {
    return within(this.#cursor.key, this.#to);
  }

  head(): Head | undefined {
    return this.#cut.pagesHeadAt(this.#cursor.key!, this.#revision);
  }

  advance(): void {
    this.#cursor.advance();
  }

  close(): void {}
}

const within = (key: string | undefined, to: string | undefined): string | undefined =>
  key !== undefined && (to === undefined || key < to) ? key : undefined;

/** Entries of one key that are passed one by one before the index is searched for the next instead. */
const STEPS_BEFORE_SEEK = 8;

const NO_ENTRY = new Uint8Array(0);

type IndexIterator = IterableIterator<readonly [Uint8Array, Uint8Array]>;

class PagesSource implements KeySource {
  readonly #view: PagesView;
  readonly #salt: number;
  readonly #revision: number;
  readonly #end: Uint8Array | undefined;
  #iterator: IndexIterator;
  /** The entry that was taken last: what follows of its key is older. */
  #passed: Uint8Array = NO_ENTRY;
  #key: string | undefined = undefined;
  #head: Head | undefined = undefined;

  constructor(cut: Cut, interval: KeyInterval, revision: number) {
    this.#view = cut.view;
    this.#salt = cut.salt;
    this.#revision = Math.min(revision, cut.flushedRevision);
    this.#end = interval.to === undefined ? undefined : indexFloor(interval.to);
    this.#iterator = this.#open(indexFloor(interval.from));
    this.advance();
  }

  get key(): string | undefined {
    return this.#key;
  }

  head(): Head | undefined {
    return this.#head;
  }

  /** To the next key that has a version at the revision. */
  advance(): void {
    let steps = 0;
    for (let next = this.#iterator.next(); next.done !== true; next = this.#iterator.next()) {
      const [at, value] = next.value;
      const passed = isSameKey(at, this.#passed);
      if (!passed && mainOfIndex(at) <= this.#revision) return this.#take(at, value);
      if (++steps < STEPS_BEFORE_SEEK) continue;
      steps = 0;
      const key = keyOfIndex(at);
      this.#seek(passed ? indexCeiling(key) : indexKey(key, this.#revision, SUB_MAX).slice());
    }
    this.#key = undefined;
    this.#head = undefined;
  }

  close(): void {
    this.#iterator.return?.();
  }

  #take(at: Uint8Array, value: Uint8Array): void {
    this.#passed = copyOf(at);
    this.#key = keyOfIndex(at);
    this.#head = decodeIndexEntry(this.#key, at, value, this.#salt);
  }

  #seek(from: Uint8Array): void {
    this.#iterator.return?.();
    this.#iterator = this.#open(from);
  }

  #open(from: Uint8Array): IndexIterator {
    return this.#view.range(INDEX, this.#end === undefined ? { from } : { from, to: this.#end });
  }
}
