// Pages in memory, for simulations, tests and browsers. The home is the disk: it outlives a simulated crash, and what was
// under way then has happened as far as the crash decides.
//
// When a write becomes durable is the scheduler's choice, so that a simulator can let it take virtual time.
import { assert, fromBinaryString, toBinaryString } from '@reknit/base';
import { TABLES } from './page-keys.js';
import type { PageRange, Pages, PagesHome, PagesView, PageWrite } from './pages.js';
import { SortedMap } from './sorted-map.js';

type Tables = ReadonlyMap<string, SortedMap<Uint8Array>>;

const emptyTables = (): Tables => new Map(TABLES.map((name) => [name, new SortedMap<Uint8Array>()]));

export interface MemoryPagesHomeOptions {
  /** Runs what makes a write durable, later and in order; by default in a microtask. */
  readonly schedule?: (run: () => void) => void;
}

export interface MemoryPagesHome extends PagesHome {
  /**
   * Ends everything that was opened, as the death of its process does: nothing of it calls back any more. Each unfinished
   * batch, in order, survives as far as `survivors` says; once one survives in part, none after it does.
   * @param survivors how many of a batch's writes are durable; by default none
   */
  crash(survivors?: (writes: readonly PageWrite[]) => number): void;
}

export const memoryPagesHome = (options: MemoryPagesHomeOptions = {}): MemoryPagesHome => new Home(options);

const inMicrotask = (run: () => void): void => void Promise.resolve().then(run);

class Home implements MemoryPagesHome {
  readonly #schedule: (run: () => void) => void;
  #current: Tables = emptyTables();
  #created: Tables | undefined;
  #opened: MemoryPages[] = [];
  #lives = 0;

  constructor(options: MemoryPagesHomeOptions) {
    this.#schedule = options.schedule ?? inMicrotask;
  }

  openCurrent(): Pages {
    return this.#open(this.#current);
  }

  create(): Pages {
    this.#created = emptyTables();
    return this.#open(this.#created);
  }

  promote(done: (error: Error | undefined) => void): void {
    const life = this.#lives;
    this.#schedule(() => {
      if (life !== this.#lives) return;
      assert(this.#created !== undefined, 'a generation is created before it is promoted');
      this.#current = this.#created;
      this.#created = undefined;
      done(undefined);
    });
  }

  crash(survivors: (writes: readonly PageWrite[]) => number = () => 0): void {
    this.#lives++;
    for (const pages of this.#opened) pages.crash(survivors);
    this.#opened = [];
    this.#created = undefined;
  }

  #open(tables: Tables): Pages {
    const pages = new MemoryPages(tables, this.#schedule);
    this.#opened.push(pages);
    return pages;
  }
}

interface PendingWrite {
  readonly writes: readonly PageWrite[];
  readonly done: (error: Error | undefined) => void;
}

class MemoryPages implements Pages {
  readonly #tables: Tables;
  readonly #schedule: (run: () => void) => void;
  readonly #pending: PendingWrite[] = [];
  /** Counted when asked for, and again after a write. */
  #bytes: number | undefined;

  constructor(tables: Tables, schedule: (run: () => void) => void) {
    this.#tables = tables;
    this.#schedule = schedule;
  }

  view(): PagesView {
    return new MemoryView(new Map([...this.#tables].map(([name, table]) => [name, table.snapshot()])));
  }

  write(batch: Iterable<PageWrite>, done: (error: Error | undefined) => void): void {
    const writes = Array.from(batch, ({ table, key, value }) => ({ table, key: key.slice(), value }));
    this.#pending.push({ writes, done });
    this.#schedule(() => this.#finishNext());
  }

  crash(survivors: (writes: readonly PageWrite[]) => number): void {
    for (const { writes } of this.#pending.splice(0)) {
      const kept = survivors(writes);
      for (const write of writes.slice(0, kept)) this.#apply(write);
      if (kept < writes.length) break;
    }
  }

  sizeBytes(): { readonly total: number; readonly inUse: number } {
    this.#bytes ??= countBytes(this.#tables);
    return { total: this.#bytes, inUse: this.#bytes };
  }

  close(): void {}

  #finishNext(): void {
    const next = this.#pending.shift();
    if (next === undefined) return;
    for (const write of next.writes) this.#apply(write);
    next.done(undefined);
  }

  #apply(write: PageWrite): void {
    const key = toBinaryString(write.key);
    const table = tableOf(this.#tables, write.table);
    this.#bytes = undefined;
    if (write.value === undefined) table.delete(key);
    else table.set(key, write.value);
  }
}

function tableOf(tables: Tables, name: string): SortedMap<Uint8Array> {
  const table = tables.get(name);
  assert(table !== undefined, 'a table of this name exists', () => name);
  return table;
}

function countBytes(tables: Tables): number {
  let bytes = 0;
  for (const table of tables.values()) {
    for (const cursor = table.cursor(''); cursor.key !== undefined; cursor.advance()) {
      bytes += cursor.key.length + cursor.value!.length;
    }
  }
  return bytes;
}

class MemoryView implements PagesView {
  readonly #tables: Tables;
  #open = true;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  get(table: string, key: Uint8Array): Uint8Array | undefined {
    this.#check();
    return tableOf(this.#tables, table).get(toBinaryString(key));
  }

  first(table: string, range: PageRange): readonly [Uint8Array, Uint8Array] | undefined {
    const next = this.range(table, range).next();
    return next.done === true ? undefined : next.value;
  }

  *range(name: string, range: PageRange): Generator<readonly [Uint8Array, Uint8Array], undefined> {
    this.#check();
    const table = tableOf(this.#tables, name);
    yield* range.reverse === true ? backward(table, range) : forward(table, range);
  }

  close(): void {
    this.#open = false;
  }

  #check(): void {
    assert(this.#open, 'a view is not read after it was closed');
  }
}

function* forward(table: SortedMap<Uint8Array>, range: PageRange): Generator<readonly [Uint8Array, Uint8Array], undefined> {
  const to = range.to && toBinaryString(range.to);
  const cursor = table.cursor(range.from === undefined ? '' : toBinaryString(range.from));
  for (let key = cursor.key; key !== undefined && (to === undefined || key < to); key = cursor.key) {
    yield [fromBinaryString(key), cursor.value!];
    cursor.advance();
  }
}

function* backward(table: SortedMap<Uint8Array>, range: PageRange): Generator<readonly [Uint8Array, Uint8Array], undefined> {
  const from = range.from === undefined ? '' : toBinaryString(range.from);
  let key = table.lower(range.to && toBinaryString(range.to));
  while (key !== undefined && key >= from) {
    yield [fromBinaryString(key), table.get(key)!];
    key = table.lower(key);
  }
}
