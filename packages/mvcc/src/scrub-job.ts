// Reads every stored record and index entry once and checks it against its checksum, in slices, each over the newest view: no old one
// is held that would keep pages from being used again. What is damaged is reported, and the scan goes on behind it.
import { copyOf } from './copy.js';
import type { Cut } from './cut.js';
import { CorruptRecordError } from './errors.js';
import { INDEX, keyOfIndex, mainOfRecord, RECORDS, subOfRecord } from './page-keys.js';
import { checkRecord, decodeIndexEntry } from './record-codec.js';
import type { Job } from './types.js';

/** Half a millisecond at 256-byte values. */
const CHECKED_PER_STEP = 200;
/** Of one scan: a disk with more of it needs no longer list. */
const FOUND_MAX = 16;

export interface ScrubResult {
  readonly checked: number;
  readonly damaged: readonly CorruptRecordError[];
}

export class ScrubJob implements Job<ScrubResult> {
  readonly #cut: () => Cut | undefined;
  #tables: readonly string[] = [RECORDS, INDEX];
  #from: Uint8Array | undefined = undefined;
  #checked = 0;
  readonly #damaged: CorruptRecordError[] = [];

  /** @param cut the newest; undefined once the key space is closed: there is nothing left to do */
  constructor(cut: () => Cut | undefined) {
    this.#cut = cut;
  }

  step(): ScrubResult | undefined {
    const cut = this.#cut();
    const [table] = this.#tables;
    if (cut === undefined || table === undefined) return { checked: this.#checked, damaged: this.#damaged };
    const rows = cut.view.range(table, this.#from === undefined ? {} : { from: this.#from });
    try {
      for (let left = CHECKED_PER_STEP; left > 0; left--) {
        const next = rows.next();
        if (next.done === true) return this.#endTable();
        this.#check(table, next.value[0], next.value[1], cut.salt);
      }
    } finally {
      rows.return?.();
    }
    return undefined;
  }

  cancel(): void {
    this.#tables = [];
  }

  #endTable(): undefined {
    this.#tables = this.#tables.slice(1);
    this.#from = undefined;
  }

  #check(table: string, at: Uint8Array, value: Uint8Array, salt: number): void {
    this.#checked++;
    this.#from = successorOf(at);
    try {
      if (table === RECORDS) checkRecord(mainOfRecord(at), subOfRecord(at), value, salt);
      else decodeIndexEntry(keyOfIndex(at), at, value, salt);
    } catch (error) {
      if (!(error instanceof CorruptRecordError)) throw error;
      if (this.#damaged.length < FOUND_MAX) this.#damaged.push(error);
    }
  }
}

/** The next key that there can be. */
function successorOf(at: Uint8Array): Uint8Array {
  const next = new Uint8Array(at.length + 1);
  next.set(copyOf(at));
  return next;
}
