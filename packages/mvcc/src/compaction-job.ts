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

const RECORDS_PER_STEP = 200;

export interface CompactionTarget {
  /** Physical compaction is complete up to here. */
  readonly from: number;
  readonly to: number;
  /** False once an installed snapshot has replaced the pages: there is nothing left to do. */
  isCurrent(): boolean;
  write(batch: readonly PageWrite[], done: (error: Error | undefined) => void): void;
  /** Called once: all of it is durable. */
  finished(): void;
  /** Called once if it ends without having finished. */
  cancelled(): void;
}

type State =
  | { readonly kind: 'scanning' }
  | { readonly kind: 'writing' }
  | { readonly kind: 'failed'; readonly error: Error }
  | { readonly kind: 'finished' }
  | { readonly kind: 'closed' };

export class CompactionJob implements Job<true> {
  readonly #cut: Cut;
  readonly #target: CompactionTarget;
  readonly #records: IterableIterator<readonly [Uint8Array, Uint8Array]>;
  #state: State = { kind: 'scanning' };

  constructor(cut: Cut, target: CompactionTarget) {
    this.#cut = cut.retain();
    this.#target = target;
    const from = recordKey(Math.max(target.from, 0), 0).slice();
    this.#records = cut.view.range(RECORDS, { from, to: recordKey(target.to + 1, 0).slice() });
  }

  step(): true | undefined {
    if (!this.#target.isCurrent()) this.cancel();
    const state = this.#state;
    switch (state.kind) {
      case 'scanning':
        this.#scanSome();
        return undefined;
      case 'writing':
        return undefined;
      case 'failed':
        this.cancel();
        throw state.error;
      case 'finished':
        this.#close();
        return true;
      case 'closed':
        return true;
      default:
        return unreachable(state);
    }
  }

  cancel(): void {
    if (this.#state.kind === 'closed') return;
    const unfinished = this.#state.kind !== 'finished';
    this.#close();
    if (unfinished) this.#target.cancelled();
  }

  #close(): void {
    this.#state = { kind: 'closed' };
    this.#records.return?.();
    this.#cut.release();
  }

  #scanSome(): void {
    const batch: PageWrite[] = [];
    for (let left = RECORDS_PER_STEP; left > 0; left--) {
      const next = this.#records.next();
      if (next.done === true) {
        batch.push(compactedWrite(this.#target.to, this.#cut.salt));
        return this.#write(batch, true);
      }
      this.#visit(next.value[0], next.value[1], batch);
    }
    if (batch.length > 0) this.#write(batch, false);
  }

  #write(batch: readonly PageWrite[], last: boolean): void {
    this.#state = { kind: 'writing' };
    this.#target.write(batch, (error) => {
      if (this.#state.kind !== 'writing') return;
      if (error !== undefined) this.#state = { kind: 'failed', error };
      else if (!last) this.#state = { kind: 'scanning' };
      else {
        this.#state = { kind: 'finished' };
        this.#target.finished();
      }
    });
  }

  #visit(at: Uint8Array, record: Uint8Array, batch: PageWrite[]): void {
    const main = mainOfRecord(at);
    const sub = subOfRecord(at);
    checkRecord(main, sub, record, this.#cut.salt);
    const key = toBinaryString(recordKeyView(record));
    const tombstone = recordDeleted(record) && main < this.#target.to;
    const table = isLong(key) ? LONG : INDEX;
    const older = this.#indexFrom(key, sub > 0 ? main : main - 1, sub > 0 ? sub - 1 : SUB_MAX);
    if (older !== undefined) {
      batch.push(removal(RECORDS, recordKey(mainOfIndex(older), subOfIndex(older)).slice()), removal(table, older));
    }
    if (tombstone) this.#removeTombstone(key, main, sub, batch);
  }

  /** Unless it is superseded: then it goes with the version that supersedes it. */
  #removeTombstone(key: string, main: number, sub: number, batch: PageWrite[]): void {
    const newest = this.#indexFrom(key, this.#target.to, SUB_MAX);
    if (newest !== undefined && isVersion(newest, main, sub)) {
      batch.push(removal(isLong(key) ? LONG : INDEX, newest), removal(RECORDS, recordKey(main, sub).slice()));
      return;
    }
    const own = this.#indexFrom(key, main, sub);
    const halfRemoved = own === undefined || !isVersion(own, main, sub);
    if (halfRemoved) batch.push(removal(RECORDS, recordKey(main, sub).slice()));
  }

  /** The place in the index of the newest version at or before (main, sub). */
  #indexFrom(key: string, main: number, sub: number): Uint8Array | undefined {
    const from = this.#place(key, main, sub);
    if (from === undefined) return undefined;
    const entry = this.#cut.view.first(isLong(key) ? LONG : INDEX, { from });
    return entry !== undefined && isSameKey(entry[0], from) ? copyOf(entry[0]) : undefined;
  }

  #place(key: string, main: number, sub: number): Uint8Array | undefined {
    if (!isLong(key)) return indexKey(key, main, sub);
    const id = this.#cut.longKeys.idOf(key);
    return id === undefined ? undefined : longIndexKey(id, main, sub);
  }
}

const isVersion = (place: Uint8Array, main: number, sub: number): boolean =>
  mainOfIndex(place) === main && subOfIndex(place) === sub;

const removal = (table: string, key: Uint8Array): PageWrite => ({ table, key, value: undefined });
