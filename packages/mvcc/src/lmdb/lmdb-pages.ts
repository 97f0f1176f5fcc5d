// One generation of pages as one LMDB environment. Writes and their fsync run on lmdb's own thread; what runs here is
// handing them over, in slices of a few hundred with a turn of the event loop between them.
//
// A large batch therefore reaches the disk as several transactions, in order: that is the prefix which `Pages.write`
// allows a crash to leave. LMDB itself has no checksums; the records above carry theirs.
import { type Database, open, type RootDatabase } from 'lmdb';
import { TABLES } from '../page-keys.js';
import type { Pages, PagesView, PageWrite } from '../pages.js';
import { LmdbView } from './lmdb-view.js';

/** About two milliseconds of this thread. */
const HASTY: Pace = { writes: 500, bytes: 1024 * 1024, pause: undefined };
/** Half a millisecond of this thread and one short sync of the disk, then as much time for others as twenty of them take. */
const LEISURELY: Pace = { writes: 125, bytes: 256 * 1024, pause: 10 };
/** Transactions handed over and not yet durable; bounds what waits in memory beyond the batches themselves. */
const SLICES_UNDER_WAY_MAX = 4;
const READERS_MAX = 1000;

export type Table = Database<Uint8Array, Uint8Array>;

interface Pace {
  readonly writes: number;
  readonly bytes: number;
  /** ms before the next slice; undefined: the next turn of the loop. */
  readonly pause: number | undefined;
}

interface QueuedBatch {
  readonly writes: Iterator<PageWrite>;
  readonly done: (error: Error | undefined) => void;
  readonly mayTakeTime: (() => boolean) | undefined;
}

export class LmdbPages implements Pages {
  readonly #env: RootDatabase<Uint8Array, Uint8Array>;
  readonly #tables = new Map<string, Table>();
  readonly #queue: QueuedBatch[] = [];
  #pumpDue = false;
  #slicesUnderWay = 0;
  #unfinishedBatches = 0;
  #views = 0;
  #failure: Error | undefined;
  #state: 'open' | 'closing' | 'closed' = 'open';

  constructor(path: string, mapBytesMax: number) {
    const encoding = { encoding: 'binary', keyEncoding: 'binary' } as const;
    this.#env = open({
      path,
      noSubdir: true,
      maxDbs: TABLES.length,
      maxReaders: READERS_MAX,
      mapSize: mapBytesMax,
      overlappingSync: false,
      ...encoding,
    });
    for (const name of TABLES) this.#tables.set(name, this.#env.openDB({ name, ...encoding }));
  }

  view(): PagesView {
    this.#env.resetReadTxn();
    this.#views++;
    return new LmdbView(this.#tables, this.#env.useReadTransaction(), () => {
      this.#views--;
      this.#closeIfIdle();
    });
  }

  write(batch: Iterable<PageWrite>, done: (error: Error | undefined) => void, mayTakeTime?: () => boolean): void {
    this.#queue.push({ writes: batch[Symbol.iterator](), done, mayTakeTime });
    this.#unfinishedBatches++;
    this.#pumpSoon();
  }

  sizeBytes(): { readonly total: number; readonly inUse: number } {
    const root = this.#env.getStats() as EnvironmentStatistics;
    const total = (root.lastPageNumber + 1) * root.pageSize;
    let inUse = 0;
    for (const table of this.#tables.values()) inUse += treeBytes(table.getStats() as TreeStatistics);
    return { total, inUse: Math.min(inUse, total) };
  }

  close(): void {
    if (this.#state !== 'open') return;
    this.#state = 'closing';
    this.#closeIfIdle();
  }

  #pumpSoon(): void {
    if (this.#pumpDue || this.#queue.length === 0 || this.#slicesUnderWay >= SLICES_UNDER_WAY_MAX) return;
    this.#pumpDue = true;
    const { pause } = this.#pace();
    if (pause === undefined) setImmediate(this.#pumpNow);
    else setTimeout(this.#pumpNow, pause);
  }

  readonly #pumpNow = (): void => {
    this.#pumpDue = false;
    this.#pump();
    this.#pumpSoon();
  };

  /** Who waits behind a batch makes it hurry. */
  #pace(): Pace {
    const [first, ...others] = this.#queue;
    return others.length === 0 && this.#state === 'open' && first?.mayTakeTime?.() === true ? LEISURELY : HASTY;
  }

  /** Hands one slice over; with the last of a batch goes the batch's callback. */
  #pump(): void {
    const batch = this.#queue[0]!;
    if (this.#failure !== undefined || this.#state === 'closed') {
      this.#queue.shift();
      this.#finish(batch, this.#failure ?? new Error('the pages were closed'));
      return;
    }
    let ended = false;
    this.#slicesUnderWay++;
    const written = this.#env.batch(() => {
      ended = this.#tryHandOver(batch.writes);
    });
    if (ended) this.#queue.shift();
    const settled = (error: Error | undefined): void => this.#sliceSettled(ended ? batch : undefined, error);
    written.then(() => settled(undefined), settled);
  }

  /** lmdb's batch must not be left by an exception. */
  #tryHandOver(writes: Iterator<PageWrite>): boolean {
    try {
      return this.#handOver(writes);
    } catch (error) {
      this.#failure ??= error instanceof Error ? error : new Error(String(error));
      return true;
    }
  }

  /** True when the batch is at its end. */
  #handOver(writes: Iterator<PageWrite>): boolean {
    const most = this.#pace();
    let bytes = 0;
    for (let left = most.writes; left > 0 && bytes < most.bytes; left--) {
      const next = writes.next();
      if (next.done === true) return true;
      bytes += this.#submit(next.value);
    }
    return false;
  }

  /** Its promise says nothing that the batch's does not. */
  #submit(write: PageWrite): number {
    const table = this.#tables.get(write.table);
    if (table === undefined) throw new Error(`no table ${write.table}`);
    if (write.value === undefined) table.remove(write.key).catch(noted);
    else table.put(write.key, write.value).catch(noted);
    return write.key.length + (write.value?.length ?? 0);
  }

  #sliceSettled(batch: QueuedBatch | undefined, error: Error | undefined): void {
    this.#slicesUnderWay--;
    this.#failure ??= error;
    if (batch !== undefined) this.#finish(batch, this.#failure);
    this.#pumpSoon();
  }

  #finish(batch: QueuedBatch, error: Error | undefined): void {
    this.#unfinishedBatches--;
    batch.done(error);
    this.#closeIfIdle();
  }

  #closeIfIdle(): void {
    if (this.#state !== 'closing' || this.#views > 0 || this.#unfinishedBatches > 0) return;
    this.#state = 'closed';
    this.#env.close().catch(noted);
  }
}

const noted = (): void => {};

interface TreeStatistics {
  readonly pageSize: number;
  readonly treeBranchPageCount: number;
  readonly treeLeafPageCount: number;
  readonly overflowPages: number;
}

interface EnvironmentStatistics extends TreeStatistics {
  readonly lastPageNumber: number;
}

const treeBytes = (tree: TreeStatistics): number =>
  (tree.treeBranchPageCount + tree.treeLeafPageCount + tree.overflowPages) * tree.pageSize;
