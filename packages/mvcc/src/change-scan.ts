// The changes of a keyspace in the order of revisions, from some revision on: first those in the pages, then those in the
// layers. Revisions below the compact revision must not be asked for; above it every revision is there.
//
// It is for use within one turn: it does not hold on to its cut. What it hands out does not depend on it.
import { toBinaryString } from '@reknit/base';
import { copyOf } from './copy.js';
import type { Cut } from './cut.js';
import type { Entry } from './layer.js';
import { mainOfRecord, RECORDS, recordKey, subOfRecord } from './page-keys.js';
import { checkRecord, type Head, headOfRecord, recordKeyView, recordValueView } from './record-codec.js';
import type { KeyValue } from './types.js';
import type { Changes, WatchEvent } from './watch/types.js';

const PUT = 0;
const DELETE = 1;
const NO_BYTES = new Uint8Array(0);

export class ChangeScan implements Changes {
  readonly #cut: Cut;
  readonly #compactRevision: number;
  readonly #pages: IterableIterator<readonly [Uint8Array, Uint8Array]> | undefined;
  /** Oldest layer last, so that the next one is popped. */
  readonly #layers: (readonly Entry[])[];
  readonly #from: number;
  #inPages: boolean;
  #entries: readonly Entry[] = [];
  #at = 0;
  #key = '';
  #head: Head | undefined;
  #record: Uint8Array = NO_BYTES;
  #event: WatchEvent | undefined;
  #eventWithPrevious: WatchEvent | undefined;

  constructor(cut: Cut, from: number, compactRevision: number) {
    this.#cut = cut;
    this.#from = from;
    this.#compactRevision = compactRevision;
    this.#inPages = from <= cut.flushedRevision;
    if (this.#inPages) {
      const range = { from: recordKey(from, 0).slice(), to: recordKey(cut.flushedRevision + 1, 0).slice() };
      this.#pages = cut.view.range(RECORDS, range);
    }
    this.#layers = cut.layers.map((layer) => layer.entries);
  }

  get key(): string {
    return this.#key;
  }

  get main(): number {
    return this.#head!.main;
  }

  get deleted(): boolean {
    return this.#head!.deleted;
  }

  get bytes(): number {
    return this.#record.length;
  }

  get event(): WatchEvent {
    this.#event ??= { type: this.deleted ? DELETE : PUT, kv: this.#keyValue(), prevKv: undefined };
    return this.#event;
  }

  get eventWithPrevious(): WatchEvent {
    this.#eventWithPrevious ??= this.#withPrevious();
    return this.#eventWithPrevious;
  }

  next(): boolean {
    this.#event = undefined;
    this.#eventWithPrevious = undefined;
    return this.#inPages ? this.#nextInPages() : this.#nextInLayers();
  }

  close(): void {
    this.#pages?.return?.();
  }

  #nextInPages(): boolean {
    const next = this.#pages!.next();
    if (next.done === true) {
      this.#inPages = false;
      return this.#nextInLayers();
    }
    const [at, record] = next.value;
    const main = mainOfRecord(at);
    const sub = subOfRecord(at);
    checkRecord(main, sub, record, this.#cut.salt);
    this.#record = copyOf(record);
    this.#head = headOfRecord(main, sub, this.#record);
    this.#key = toBinaryString(recordKeyView(this.#record));
    return true;
  }

  #nextInLayers(): boolean {
    while (this.#at === this.#entries.length) {
      const entries = this.#layers.pop();
      if (entries === undefined) return false;
      this.#entries = entries;
      this.#at = firstFrom(entries, this.#from);
    }
    const entry = this.#entries[this.#at++]!;
    this.#record = entry.recordView();
    this.#head = entry;
    this.#key = entry.key;
    return true;
  }

  #keyValue(): KeyValue {
    const { create, main, version, lease, deleted } = this.#head!;
    const key = recordKeyView(this.#record);
    if (deleted) return { key, createRevision: 0, modRevision: main, version: 0, value: NO_BYTES, lease: 0n };
    return { key, createRevision: create, modRevision: main, version, value: recordValueView(this.#record), lease };
  }

  #withPrevious(): WatchEvent {
    const { main, create } = this.#head!;
    const event = this.event;
    if (create === main || main - 1 < this.#compactRevision) return event;
    const before = this.#cut.headAt(this.#key, main - 1);
    if (before === undefined || before.deleted) return event;
    return { type: event.type, kv: event.kv, prevKv: this.#cut.keyValue(this.#key, before, true) };
  }
}

/** The place of the first entry at or after `main`; entries are in the order of revisions. */
function firstFrom(entries: readonly Entry[], main: number): number {
  let low = 0;
  let high = entries.length;
  // Most often only the last few are new.
  for (let step = 1; high - step > 0 && step < 64; step *= 2) {
    if (entries[high - step]!.main < main) {
      low = high - step;
      break;
    }
  }
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (entries[middle]!.main < main) low = middle + 1;
    else high = middle;
  }
  return low;
}
