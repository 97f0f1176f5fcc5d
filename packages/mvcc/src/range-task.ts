// One Range request over one cut, in slices: count and collect heads in key order, sort and cut off, then load values.
//
// Surprising, and etcd's: without a sort order and filters only the first `limit` keys (and one more, to know of more) are
// collected, and with a sort target but no order it is those that are sorted.
import { compareBytes } from '@reknit/base';
import type { Cut } from './cut.js';
import { select } from './interval.js';
import { KeyScan } from './key-scan.js';
import type { Head } from './record-codec.js';
import type { Job, KeyValue, Outcome, RangeRequest, RangeResult } from './types.js';

const SORT_BY_VALUE = 4;
const ORDER_NONE = 0;
const ORDER_DESCENDING = 2;

export const EMPTY_RANGE: RangeResult = { kvs: [], more: false, count: 0 };

interface Found {
  readonly key: string;
  readonly head: Head;
  /** Loaded early only where the order depends on it. */
  value: Uint8Array | undefined;
}

/** @param revision the one to read at, already checked */
export class RangeTask {
  readonly #cut: Cut;
  readonly #request: RangeRequest;
  readonly #collectMax: number;
  readonly #filters: boolean;
  readonly #scan: KeyScan | undefined;
  readonly #found: Found[] = [];
  readonly #kvs: KeyValue[] = [];
  #state: 'scan' | 'load' | 'done' = 'scan';
  #count = 0;
  #more = false;

  constructor(cut: Cut, request: RangeRequest, revision: number) {
    this.#cut = cut;
    this.#request = request;
    this.#filters = hasFilters(request);
    const all = request.limit <= 0 || request.sortOrder !== ORDER_NONE || this.#filters;
    this.#collectMax = request.countOnly ? 0 : all ? Number.POSITIVE_INFINITY : request.limit + 1;
    const selection = select(request.key, request.rangeEnd);
    if (selection.kind === 'interval') this.#scan = new KeyScan(cut, selection.interval, revision);
    if (selection.kind === 'point') this.#collect(selection.key, cut.headAt(selection.key, revision));
  }

  /** @param records how many to look at before returning; undefined: not finished */
  step(records: number): RangeResult | undefined {
    if (this.#state === 'scan' && this.#scanSome(records)) this.#arrange();
    else if (this.#state === 'load') this.#loadSome(records);
    return this.#state === 'done' ? { kvs: this.#kvs, more: this.#more, count: this.#count } : undefined;
  }

  close(): void {
    this.#scan?.close();
  }

  /** True once the whole range was seen. */
  #scanSome(records: number): boolean {
    const scan = this.#scan;
    if (scan === undefined) return true;
    for (let left = records; left > 0; left--) {
      if (!scan.next()) return true;
      this.#collect(scan.key, scan.head);
    }
    return false;
  }

  #collect(key: string, head: Head | undefined): void {
    if (head === undefined || head.deleted) return;
    this.#count++;
    if (this.#found.length >= this.#collectMax || (this.#filters && !passes(this.#request, head))) return;
    const value = this.#request.sortTarget === SORT_BY_VALUE ? this.#cut.value(key, head) : undefined;
    this.#found.push({ key, head, value });
  }

  #arrange(): void {
    const request = this.#request;
    this.close();
    if (request.sortTarget !== 0 || request.sortOrder === ORDER_DESCENDING) {
      const compare = COMPARE_BY[request.sortTarget] ?? COMPARE_BY[0]!;
      const sign = request.sortOrder === ORDER_DESCENDING ? -1 : 1;
      this.#found.sort((left, right) => sign * compare(left, right));
    }
    this.#more = request.limit > 0 && this.#found.length > request.limit;
    if (this.#more) this.#found.length = request.limit;
    this.#state = this.#found.length === 0 ? 'done' : 'load';
  }

  #loadSome(records: number): void {
    const from = this.#kvs.length;
    const to = Math.min(from + records, this.#found.length);
    for (let at = from; at < to; at++) this.#kvs.push(this.#load(this.#found[at]!));
    if (to === this.#found.length) this.#state = 'done';
  }

  #load(found: Found): KeyValue {
    return this.#cut.keyValue(found.key, found.head, !this.#request.keysOnly);
  }
}

const COMPARE_BY: readonly ((left: Found, right: Found) => number)[] = [
  (left, right) => (left.key < right.key ? -1 : left.key > right.key ? 1 : 0),
  (left, right) => left.head.version - right.head.version,
  (left, right) => left.head.create - right.head.create,
  (left, right) => left.head.main - right.head.main,
  (left, right) => compareBytes(left.value!, right.value!),
];

export const hasFilters = (request: RangeRequest): boolean =>
  request.minModRevision !== 0 ||
  request.maxModRevision !== 0 ||
  request.minCreateRevision !== 0 ||
  request.maxCreateRevision !== 0;

const passes = (request: RangeRequest, head: Head): boolean =>
  (request.maxModRevision === 0 || head.main <= request.maxModRevision) &&
  (request.minModRevision === 0 || head.main >= request.minModRevision) &&
  (request.maxCreateRevision === 0 || head.create <= request.maxCreateRevision) &&
  (request.minCreateRevision === 0 || head.create >= request.minCreateRevision);

/** About a millisecond of work. */
const RECORDS_PER_STEP = 500;

/** Owns a reference to the cut until it is finished or cancelled. */
export class RangeJob implements Job<Outcome<RangeResult>> {
  readonly #cut: Cut;
  readonly #task: RangeTask;
  #open = true;

  constructor(cut: Cut, request: RangeRequest, revision: number) {
    this.#task = new RangeTask(cut, request, revision);
    this.#cut = cut.retain();
  }

  step(): Outcome<RangeResult> | undefined {
    const value = this.#task.step(RECORDS_PER_STEP);
    if (value === undefined) return undefined;
    this.cancel();
    return { ok: true, value };
  }

  cancel(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#task.close();
    this.#cut.release();
  }
}
