// A view is one LMDB read transaction. Two things keep a read cheap: the object that seeks is made once a table and used
// again with another start, and a value that `get` finds is handed out as a view of lmdb's own buffer.
import type { Database, Transaction } from 'lmdb';
import type { PageRange, PagesView } from '../pages.js';

type Table = Database<Uint8Array, Uint8Array>;
type Entry = readonly [key: Uint8Array, value: Uint8Array];

interface RangeOptions {
  start?: Uint8Array | undefined;
  end?: Uint8Array | undefined;
  reverse?: boolean;
  exclusiveStart?: boolean;
  inclusiveEnd?: boolean;
  readonly transaction: Transaction;
}

interface LmdbEntry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** What lmdb's tables and ranges have and its types leave out. */
interface FastTable {
  getBinaryFast(key: Uint8Array, options: { readonly transaction: Transaction }): Uint8Array | undefined;
  /** The length of what `getBinaryFast` gave: its buffer is larger. */
  readonly lastSize: number;
}
interface Seekable {
  iterate(): Iterator<LmdbEntry>;
}

interface Seeker {
  readonly options: RangeOptions;
  readonly range: Seekable;
}

export class LmdbView implements PagesView {
  readonly #tables: ReadonlyMap<string, Table>;
  readonly #transaction: Transaction;
  readonly #getOptions: { readonly transaction: Transaction };
  readonly #seekers = new Map<string, Seeker>();
  readonly #closed: () => void;

  constructor(tables: ReadonlyMap<string, Table>, transaction: Transaction, closed: () => void) {
    this.#tables = tables;
    this.#transaction = transaction;
    this.#getOptions = { transaction };
    this.#closed = closed;
  }

  get(name: string, key: Uint8Array): Uint8Array | undefined {
    const table = this.#table(name) as unknown as FastTable;
    const bytes = table.getBinaryFast(key, this.#getOptions);
    return bytes?.subarray(0, table.lastSize);
  }

  first(name: string, range: PageRange): Entry | undefined {
    if (range.reverse === true || range.to !== undefined) return firstOf(this.range(name, range));
    const seeker = this.#seeker(name);
    seeker.options.start = range.from ?? FIRST_KEY;
    const iterator = seeker.range.iterate();
    const next = iterator.next();
    iterator.return?.();
    return next.done === true ? undefined : [next.value.key, next.value.value];
  }

  range(name: string, range: PageRange): IterableIterator<Entry> {
    const options = rangeOptions(range, this.#transaction);
    return new EntryIterator(seekable(this.#table(name), options).iterate());
  }

  close(): void {
    this.#transaction.done();
    this.#closed();
  }

  #seeker(name: string): Seeker {
    let seeker = this.#seekers.get(name);
    if (seeker === undefined) {
      const options: RangeOptions = { start: undefined, transaction: this.#transaction };
      seeker = { options, range: seekable(this.#table(name), options) };
      this.#seekers.set(name, seeker);
    }
    return seeker;
  }

  #table(name: string): Table {
    const table = this.#tables.get(name);
    if (table === undefined) throw new Error(`no table ${name}`);
    return table;
  }
}

/** lmdb reads the options again at every `iterate`. */
const seekable = (table: Table, options: RangeOptions): Seekable =>
  table.getRange(options as Parameters<Table['getRange']>[0]) as unknown as Seekable;

/** No stored key is empty. */
const FIRST_KEY = new Uint8Array(1);

function rangeOptions(range: PageRange, transaction: Transaction): RangeOptions {
  const from = range.from ?? FIRST_KEY;
  if (range.reverse !== true)
    return range.to === undefined ? { start: from, transaction } : { start: from, end: range.to, transaction };
  const backwards = { end: from, inclusiveEnd: true, reverse: true, transaction };
  return range.to === undefined ? backwards : { ...backwards, start: range.to, exclusiveStart: true };
}

function firstOf(entries: IterableIterator<Entry>): Entry | undefined {
  const next = entries.next();
  entries.return?.();
  return next.done === true ? undefined : next.value;
}

class EntryIterator implements IterableIterator<Entry> {
  readonly #entries: Iterator<LmdbEntry>;

  constructor(entries: Iterator<LmdbEntry>) {
    this.#entries = entries;
  }

  next(): IteratorResult<Entry, undefined> {
    const next = this.#entries.next();
    if (next.done === true) return { done: true, value: undefined };
    return { done: false, value: [next.value.key, next.value.value] };
  }

  return(): IteratorResult<Entry, undefined> {
    this.#entries.return?.();
    return { done: true, value: undefined };
  }

  [Symbol.iterator](): IterableIterator<Entry> {
    return this;
  }
}
