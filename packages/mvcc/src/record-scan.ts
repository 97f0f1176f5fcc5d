// Every version that is visible under the compaction rule, in the order of revisions: all above the compact revision, and
// of those at or below it each key's newest, unless that is a tombstone from before it. What the physical compaction has
// removed so far makes no difference.
//
// A tombstone written exactly at the compact revision stays (as in etcd since 3.5.19): a watch may still start there.
import { toBinaryString } from '@reknit/base';
import { copyOf } from './copy.js';
import type { Cut } from './cut.js';
import type { Entry } from './layer.js';
import { readCompacted } from './meta.js';
import { mainOfRecord, RECORDS, recordKey, subOfRecord } from './page-keys.js';
import { checkRecord, recordDeleted, recordKeyView } from './record-codec.js';

export class RecordScan {
  readonly #cut: Cut;
  readonly #revision: number;
  readonly #compactRevision: number;
  /** In this view nothing superseded at or below it is left. */
  readonly #compactedRevision: number;
  readonly #pages: IterableIterator<readonly [Uint8Array, Uint8Array]>;
  readonly #entries: Iterator<Entry>;
  #inPages = true;
  #main = 0;
  #sub = 0;
  #record: Uint8Array = NO_RECORD;

  /** @param revision the last to be visited */
  constructor(cut: Cut, revision: number, compactRevision: number) {
    this.#cut = cut;
    this.#revision = revision;
    this.#compactRevision = compactRevision;
    this.#compactedRevision = readCompacted(cut.view, cut.salt);
    const to = recordKey(Math.min(revision, cut.flushedRevision) + 1, 0).slice();
    this.#pages = cut.view.range(RECORDS, { to });
    this.#entries = entriesOf(cut);
  }

  get main(): number {
    return this.#main;
  }

  get sub(): number {
    return this.#sub;
  }

  /** The whole record, checked; borrowed until the next step. */
  get record(): Uint8Array {
    return this.#record;
  }

  /** 'skipped': a version was passed that is not visible; 'end': there are no more. */
  step(): 'visible' | 'skipped' | 'end' {
    return this.#inPages ? this.#stepInPages() : this.#stepInLayers();
  }

  close(): void {
    this.#pages.return?.();
  }

  #stepInPages(): 'visible' | 'skipped' | 'end' {
    const next = this.#pages.next();
    if (next.done === true) {
      this.#inPages = false;
      return this.#stepInLayers();
    }
    const [at, record] = next.value;
    this.#main = mainOfRecord(at);
    this.#sub = subOfRecord(at);
    checkRecord(this.#main, this.#sub, record, this.#cut.salt);
    this.#record = record;
    if (this.#main > this.#compactRevision || this.#compactedRevision >= this.#compactRevision) return 'visible';
    this.#record = copyOf(record);
    return this.#survives(toBinaryString(recordKeyView(record)), recordDeleted(record)) ? 'visible' : 'skipped';
  }

  #stepInLayers(): 'visible' | 'skipped' | 'end' {
    const next = this.#entries.next();
    if (next.done === true || next.value.main > this.#revision) return 'end';
    const entry = next.value;
    this.#main = entry.main;
    this.#sub = entry.sub;
    this.#record = entry.recordView();
    return entry.main > this.#compactRevision || this.#survives(entry.key, entry.deleted) ? 'visible' : 'skipped';
  }

  #survives(key: string, deleted: boolean): boolean {
    if (deleted && this.#main < this.#compactRevision) return false;
    const newest = this.#cut.headAt(key, this.#compactRevision);
    return newest !== undefined && newest.main === this.#main && newest.sub === this.#sub;
  }
}

const NO_RECORD = new Uint8Array(0);

/** Oldest layer first. Goes on with what is appended meanwhile, which lies above every revision that is asked for. */
function* entriesOf(cut: Cut): Generator<Entry> {
  for (const layer of cut.layers.toReversed()) yield* layer.entries;
}
