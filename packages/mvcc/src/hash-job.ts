// HashKV: CRC-32C over the visible records in the order of revisions, each preceded by its revision. Equal on all members
// for equal (revision, compact revision), whatever each of them has flushed or removed.
import type { Cut } from './cut.js';
import { hashRecord } from './record-codec.js';
import { RecordScan } from './record-scan.js';
import type { HashResult, Job, Outcome } from './types.js';

/** About a millisecond of work at 256-byte values. */
const RECORDS_PER_STEP = 500;

export class HashJob implements Job<Outcome<HashResult>> {
  readonly #cut: Cut;
  readonly #scan: RecordScan;
  readonly #revision: number;
  readonly #compactRevision: number;
  #hash = 0;
  #open = true;

  constructor(cut: Cut, revision: number, compactRevision: number) {
    this.#scan = new RecordScan(cut, revision, compactRevision);
    this.#cut = cut.retain();
    this.#revision = revision;
    this.#compactRevision = compactRevision;
  }

  step(): Outcome<HashResult> | undefined {
    for (let left = RECORDS_PER_STEP; left > 0; left--) {
      const step = this.#scan.step();
      if (step === 'end') return this.#finish();
      if (step === 'visible') this.#add();
    }
    return undefined;
  }

  cancel(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#scan.close();
    this.#cut.release();
  }

  #add(): void {
    const { main, sub, record } = this.#scan;
    this.#hash = hashRecord(this.#hash, main, sub, record);
  }

  #finish(): Outcome<HashResult> {
    this.cancel();
    return { ok: true, value: { hash: this.#hash, compactRevision: this.#compactRevision, revision: this.#revision } };
  }
}
