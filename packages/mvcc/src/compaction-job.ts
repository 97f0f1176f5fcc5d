// Physical compaction: removes from the pages what a compaction has made invisible, in bounded batches. It only works up
// to a compact revision that is itself flushed, so that no crash can leave a state whose readers may ask for what is gone.
//
// It visits the versions written since the last one, oldest first: whatever each of them supersedes goes, and it goes
// itself if it is a key's last word and a tombstone. What an earlier crash left half done is simply met again. The order
// within a batch keeps every prefix sound: a superseded record goes before the index entry through which it is found, a
// tombstone's index entry before the record through which it is found.
import { toBinaryString, unreachable } from '@reknit/base';
import { copyOf } from './copy.js';
import type { Cut } from './cut.js';
import { compactedWrite } from './meta.js';
import {
  INDEX,
  indexKey,
  isLong,
  isSameKey,
  LONG,
  longIndexKey,
  mainOfIndex,
  mainOfRecord,
  RECORDS,
  recordKey,
  SUB_MAX,
  subOfIndex,
  subOfRecord,
} from './page-keys.js';
import type { PageWrite } from './pages.js';
import { checkRecord, recordDeleted, recordKeyView } from './record-codec.js';
import type { Job } from './types.js';

/** About a millisecond of work. */
const RECORDS_PER_STEP = 200;
/** What may gather behind a batch that is under way: more than one flush writes, or compaction would fall behind writers. */
const BATCH_WRITES_MAX = 50_000;

export interface CompactionTarget {
  /** Physical compaction is complete up to here. */
  readonly from: number;
  readonly to: number;
  /** The newest there is. Taken anew for every step, so that no old view keeps pages from being used again. */
  cut(): Cut;
  /** False once an installed snapshot has replaced the pages: there is nothing left to do. */
  isCurrent(): boolean;
  write(batch: readonly PageWrite[], done: (error: Error | undefined) => void): void;
  /** A batch is durable and there are more. */
  advanced(): void;
  /** Called once: all of it is durable. */
  finished(): void;
  /** Called once if it ends without having finished. */
  cancelled(): void;
}

type State =
  | { readonly kind: 'scanning' | 'scanned' }
  | { readonly kind: 'failed'; readonly error: Error }
  | { readonly kind: 'finished' }
  | { readonly kind: 'closed' };

export class CompactionJob implements Job<true> {
  readonly #target: CompactionTarget;
  /** Where the scan goes on. */
  #from: Uint8Array;
  #batch: PageWrite[] = [];
  #writing = false;
  #state: State = { kind: 'scanning' };

  constructor(target: CompactionTarget) {
    this.#target = target;
    this.#from = copyOf(recordKey(Math.max(target.from, 0), 0));
  }

  step(): true | undefined {
    if (!this.#target.isCurrent()) this.cancel();
    const state = this.#state;
    switch (state.kind) {
      case 'scanning':
        if (this.#batch.length < BATCH_WRITES_MAX) this.#scanSome(this.#target.cut());
        this.#writeNext();
        return undefined;
      case 'scanned':
        this.#writeNext();
        return undefined;
      case 'failed':
        this.cancel();
        throw state.error;
      case 'finished':
      case 'closed':
        return true;
      default:
        return unreachable(state);
    }
  }

  cancel(): void {
    if (this.#state.kind === 'closed' || this.#state.kind === 'finished') return;
    this.#state = { kind: 'closed' };
    this.#target.cancelled();
  }

  #scanSome(cut: Cut): void {
    const records = cut.view.range(RECORDS, { from: this.#from, to: copyOf(recordKey(this.#target.to + 1, 0)) });
    try {
      for (let left = RECORDS_PER_STEP; left > 0; left--) {
        const next = records.next();
        if (next.done === true) return this.#endScan(cut.salt);
        this.#visit(cut, next.value[0], next.value[1], this.#batch);
      }
    } finally {
      records.return?.();
    }
  }

  #endScan(salt: number): void {
    this.#batch.push(compactedWrite(this.#target.to, salt));
    this.#state = { kind: 'scanned' };
  }

  /** The scan goes on while a batch is under way: it may have to wait for a whole flush. */
  #writeNext(): void {
    if (this.#writing || this.#batch.length === 0) return;
    const batch = this.#batch;
    const last = this.#state.kind === 'scanned';
    this.#batch = [];
    this.#writing = true;
    this.#target.write(batch, (error) => {
      this.#writing = false;
      if (this.#state.kind === 'closed') return;
      if (error !== undefined) this.#state = { kind: 'failed', error };
      else this.#written(last);
    });
  }

  #written(last: boolean): void {
    if (last) this.#state = { kind: 'finished' };
    if (last) this.#target.finished();
    else this.#target.advanced();
  }

  #visit(cut: Cut, at: Uint8Array, record: Uint8Array, batch: PageWrite[]): void {
    const main = mainOfRecord(at);
    const sub = subOfRecord(at);
    this.#from = copyOf(recordKey(main, sub + 1));
    checkRecord(main, sub, record, cut.salt);
    const key = toBinaryString(recordKeyView(record));
    const tombstone = recordDeleted(record) && main < this.#target.to;
    const table = isLong(key) ? LONG : INDEX;
    const older = this.#indexFrom(cut, key, sub > 0 ? main : main - 1, sub > 0 ? sub - 1 : SUB_MAX);
    if (older !== undefined) {
      batch.push(removal(RECORDS, recordKey(mainOfIndex(older), subOfIndex(older)).slice()), removal(table, older));
    }
    if (tombstone) this.#removeTombstone(cut, key, main, sub, batch);
  }

  /** Unless it is superseded: then it goes with the version that supersedes it. */
  #removeTombstone(cut: Cut, key: string, main: number, sub: number, batch: PageWrite[]): void {
    const newest = this.#indexFrom(cut, key, this.#target.to, SUB_MAX);
    if (newest !== undefined && isVersion(newest, main, sub)) {
      batch.push(removal(isLong(key) ? LONG : INDEX, newest), removal(RECORDS, recordKey(main, sub).slice()));
      return;
    }
    const own = this.#indexFrom(cut, key, main, sub);
    const halfRemoved = own === undefined || !isVersion(own, main, sub);
    if (halfRemoved) batch.push(removal(RECORDS, recordKey(main, sub).slice()));
  }

  /** The place in the index of the newest version at or before (main, sub). */
  #indexFrom(cut: Cut, key: string, main: number, sub: number): Uint8Array | undefined {
    const from = place(cut, key, main, sub);
    if (from === undefined) return undefined;
    const entry = cut.view.first(isLong(key) ? LONG : INDEX, { from });
    return entry !== undefined && isSameKey(entry[0], from) ? copyOf(entry[0]) : undefined;
  }
}

function place(cut: Cut, key: string, main: number, sub: number): Uint8Array | undefined {
  if (!isLong(key)) return indexKey(key, main, sub);
  const id = cut.longKeys.idOf(key);
  return id === undefined ? undefined : longIndexKey(id, main, sub);
}

const isVersion = (place: Uint8Array, main: number, sub: number): boolean =>
  mainOfIndex(place) === main && subOfIndex(place) === sub;

const removal = (table: string, key: Uint8Array): PageWrite => ({ table, key, value: undefined });
