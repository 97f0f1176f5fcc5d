// The deletion of many keys by one entry, in slices. Nothing of it is seen before it ends, since readers name revisions and
// its own is given out last; but the entry is half done in memory meanwhile: no other may be applied, and nothing flushed.
import type { Cut } from './cut.js';
import { type KeyInterval, KeyScan } from './key-scan.js';
import type { Head } from './record-codec.js';
import type { DeleteRangeResult, Job, KeyValue, Outcome } from './types.js';
import type { Writer } from './writer.js';

/** About two milliseconds. */
const KEYS_PER_STEP = 500;

export interface DeletionParts {
  readonly cut: Cut;
  readonly writer: Writer;
  readonly interval: KeyInterval;
  readonly prevKv: boolean;
  /** The entry is whole: its revision may be given out. */
  finished(): void;
  /** It never will be: the key space is to be closed or replaced. */
  cancelled(): void;
}

interface Found {
  readonly key: string;
  readonly head: Head;
}

export class DeletionJob implements Job<Outcome<DeleteRangeResult>> {
  readonly #parts: DeletionParts;
  readonly #scan: KeyScan;
  readonly #found: Found[] = [];
  readonly #prevKvs: KeyValue[] = [];
  #deleted = 0;
  #stage: 'scan' | 'delete' | 'ended' = 'scan';

  constructor(parts: DeletionParts) {
    this.#parts = parts;
    this.#scan = new KeyScan(parts.cut.retain(), parts.interval, parts.writer.main);
  }

  step(): Outcome<DeleteRangeResult> | undefined {
    if (this.#stage === 'scan') this.#scanSome();
    if (this.#stage === 'delete') this.#deleteSome();
    if (this.#stage === 'scan' || this.#deleted < this.#found.length) return undefined;
    this.#end();
    this.#parts.finished();
    return { ok: true, value: { deleted: this.#deleted, prevKvs: this.#prevKvs } };
  }

  cancel(): void {
    if (this.#stage === 'ended') return;
    this.#scan.close();
    this.#end();
    this.#parts.cancelled();
  }

  #scanSome(): void {
    for (let left = KEYS_PER_STEP; left > 0; left--) {
      if (!this.#scan.next()) {
        this.#scan.close();
        this.#stage = 'delete';
        return;
      }
      this.#found.push({ key: this.#scan.key, head: this.#scan.head });
    }
  }

  #deleteSome(): void {
    const { cut, writer, prevKv } = this.#parts;
    const until = Math.min(this.#deleted + KEYS_PER_STEP, this.#found.length);
    for (; this.#deleted < until; this.#deleted++) {
      const { key, head } = this.#found[this.#deleted]!;
      if (prevKv) this.#prevKvs.push(cut.keyValue(key, head, true));
      writer.delete(key, head.lease);
    }
  }

  #end(): void {
    this.#stage = 'ended';
    this.#parts.cut.release();
  }
}
