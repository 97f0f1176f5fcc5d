// Decides what each unreadable stretch is. The argument: one write is under way at a time, and the next begins only when
// the last is durable. So a crash can spoil the very last batch only, and only by leaving out sectors:
//   - something was written after it (a later batch says so by its durable mark)  → it was durable once: rot;
//   - nothing after it, sectors are missing, none holds other bytes than written  → the crash left them out: torn;
//   - anything else                                                               → no crash does that: suspect.
// A sector that was cut short within counts as missing only beside proof that the write as a whole was not complete.
import { type BatchHeader, isWhole } from '../format/batch-header.js';
import { SEGMENT_HEADER_BYTES } from '../format/layout.js';
import type { LogDamage } from '../types.js';
import type { ChainSegment } from './chain.js';
import type { ScanItem } from './scan.js';

export interface ScannedSegment {
  readonly segment: ChainSegment;
  readonly items: readonly ScanItem[];
}

/** What a replay has to do, in this order. */
export type Step = ReplayStep | SalvageStep;

interface StepExtent {
  readonly segment: ChainSegment;
  readonly sequence: number;
  /** Where the batch ends in its segment. */
  readonly end: number;
}

export interface ReplayStep extends StepExtent {
  readonly kind: 'replay';
  readonly header: BatchHeader;
}

/** Was durable and is damaged: its records are taken from the echo in the next step, its entries where they are whole. */
export interface SalvageStep extends StepExtent {
  readonly kind: 'salvage';
  readonly damage: LogDamage;
}

export interface Verdict {
  readonly steps: readonly Step[];
  /** The last batch, when a crash tore it: it does not count. */
  readonly torn: LogDamage | undefined;
  /** Cannot be mended from the log itself. */
  readonly fatal: readonly LogDamage[];
  /** Highest number of a batch of which there is any trace. */
  readonly highestSequence: number;
}

export function judge(scanned: readonly ScannedSegment[]): Verdict {
  const judge = new Judge(scanned);
  for (const { segment, items } of scanned) {
    judge.enter(segment, items);
    for (const item of items) judge.weigh(segment, item);
  }
  return judge;
}

class Judge implements Verdict {
  readonly steps: Step[] = [];
  readonly fatal: LogDamage[] = [];
  torn: LogDamage | undefined = undefined;
  highestSequence: number = 0;
  readonly #itemCount: number;
  readonly #lastBatch: number;
  #at = -1;
  /** The next batch follows this one; undefined while none has been seen. */
  #previous: number | undefined = undefined;
  /** A first batch that was durable before its segment got its name: no crash can have torn it. */
  #first: ScanItem | undefined = undefined;

  constructor(scanned: readonly ScannedSegment[]) {
    const items = scanned.flatMap((segment) => segment.items);
    this.#itemCount = items.length;
    this.#lastBatch = items.findLastIndex((item) => item.kind === 'batch');
  }

  enter(segment: ChainSegment, items: readonly ScanItem[]): void {
    const { resume } = segment.header;
    if (resume === undefined) return;
    const start = { segment, offset: SEGMENT_HEADER_BYTES, end: SEGMENT_HEADER_BYTES };
    if (this.#previous !== undefined && this.#previous !== resume.batch) {
      this.fatal.push(damageOf(start, 'rot', `follows batch ${resume.batch}, but ${this.#previous} is the last one found`));
    }
    if (items.length === 0) this.fatal.push(damageOf(start, 'rot', `its first batch, ${resume.firstBatch}, is missing`));
    this.#previous = resume.firstBatch - 1;
    this.#first = items[0];
  }

  weigh(segment: ChainSegment, item: ScanItem): void {
    this.#at++;
    const extent = { segment, offset: item.offset, end: item.end };
    const sequence = this.#sequenceOf(extent, item);
    this.#previous = sequence;
    this.highestSequence = Math.max(this.highestSequence, sequence);
    if (item.kind === 'batch' && isWhole(item.check)) {
      this.steps.push({ kind: 'replay', segment, sequence, end: item.end, header: item.header });
      return;
    }
    const kind = this.#kindOf(item);
    const damage = damageOf(extent, kind, `batch ${sequence}: ${describe(item)}`);
    if (kind === 'torn') this.torn = damage;
    else if (kind === 'suspect') this.fatal.push(damage);
    else this.steps.push({ kind: 'salvage', segment, sequence, end: item.end, damage });
  }

  #sequenceOf(extent: Extent, item: ScanItem): number {
    const expected = this.#previous === undefined ? undefined : this.#previous + 1;
    const sequence = item.kind === 'batch' ? item.header.sequence : (expected ?? 0);
    if (expected !== undefined && sequence !== expected) {
      this.fatal.push(damageOf(extent, 'rot', `batch ${sequence} stands where ${expected} should`));
    }
    return sequence;
  }

  #kindOf(item: ScanItem): LogDamage['kind'] {
    if (this.#at < this.#lastBatch || item === this.#first) return 'rot';
    return isCutShort(item) && this.#at === this.#itemCount - 1 ? 'torn' : 'suspect';
  }
}

/** Something of it was never written, and nothing of it is other than a cut-short write leaves it. */
function isCutShort(item: ScanItem): boolean {
  if (item.kind === 'gap') return item.firstSector === 'missing';
  return item.check.missing > 0 && item.check.wrong === 0;
}

interface Extent {
  readonly segment: ChainSegment;
  readonly offset: number;
  readonly end: number;
}

function damageOf({ segment, offset, end }: Extent, kind: LogDamage['kind'], detail: string): LogDamage {
  return { segment: segment.name, offset, length: end - offset, kind, detail };
}

function describe(item: ScanItem): string {
  if (item.kind === 'gap') {
    return item.firstSector === 'missing' ? 'its header is missing' : 'its header does not match its checksum';
  }
  const { missing, partial, wrong } = item.check;
  return `${missing} sectors are missing, ${partial + wrong} do not match their checksums`;
}
