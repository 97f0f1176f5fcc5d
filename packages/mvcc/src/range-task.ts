// One Range request over one cut, in slices. In the order of keys, what is found is loaded at once; otherwise heads are
// collected, sorted in slices and cut off, and only then values are loaded. Where only the first few of many are wanted, the
// others are forgotten on the way: a million of them that live for a second cost pauses of the garbage collector.
//
// Surprising, and etcd's: without a sort order and filters only the first `limit` keys (and one more, to know of more) are
// collected, and with a sort target but no order it is those that are sorted.
import { compareBytes, unreachable } from '@reknit/base';
import type { Cut } from './cut.js';
import { select } from './interval.js';
import { KeyScan } from './key-scan.js';
import type { Head } from './record-codec.js';
import { SlicedSort } from './sliced-sort.js';
import type { Job, KeyValue, KeyValueSink, Outcome, RangeRequest, RangeResult } from './types.js';

const SORT_BY_VALUE = 4;
const ORDER_NONE = 0;
const ORDER_DESCENDING = 2;

export const EMPTY_RANGE: RangeResult = { kvs: [], more: false, count: 0 };

/** Up to here the first ones are kept while collecting: so many, and as many candidates, are sorted within a slice. */
const KEPT_LIMIT_MAX = 2048;
/** Sorted at once at least, so that a limit of one does not sort at each key. */
const CANDIDATES_MIN = 1024;

interface Found {
  readonly key: string;
  readonly head: Head;
  /** Loaded early only where the order depends on it. */
  value: Uint8Array | undefined;
}

type Stage =
  | { readonly kind: 'scan' }
  | { readonly kind: 'sort'; readonly sort: SlicedSort<Found> }
  | { readonly kind: 'load'; readonly sorted: readonly Found[]; readonly end: number; at: number }
  | { readonly kind: 'done' };

/** @param revision the one to read at, already checked */
export class RangeTask {
  readonly #cut: Cut;
  readonly #request: RangeRequest;
  readonly #collectMax: number;
  readonly #filters: boolean;
  /** Whether the answer's order is another than that of the keys. */
  readonly #sorts: boolean;
  readonly #compare: (left: Found, right: Found) => number;
  /** How many to collect before the best are kept. */
  readonly #candidatesMax: number;
  readonly #scan: KeyScan | undefined;
  #found: Found[] = [];
  #kvs: KeyValue[] = [];
  #stage: Stage = { kind: 'scan' };
  #count = 0;
  /** Of those, how many the filters let pass. */
  #passed = 0;

  constructor(cut: Cut, request: RangeRequest, revision: number) {
    this.#cut = cut;
    this.#request = request;
    this.#filters = hasFilters(request);
    this.#sorts = request.sortTarget !== 0 || request.sortOrder === ORDER_DESCENDING;
    const needsAll = this.#sorts && (request.sortOrder !== ORDER_NONE || this.#filters);
    const most = request.limit <= 0 || needsAll ? Number.POSITIVE_INFINITY : request.limit;
    this.#collectMax = request.countOnly ? 0 : this.#sorts ? most + 1 : most;
    this.#compare = comparison(request);
    const mayForget = needsAll && request.limit > 0 && request.limit <= KEPT_LIMIT_MAX;
    this.#candidatesMax = mayForget ? Math.max(CANDIDATES_MIN, 2 * request.limit) : Number.POSITIVE_INFINITY;
    const selection = select(request.key, request.rangeEnd);
    if (selection.kind === 'interval') this.#scan = new KeyScan(cut, selection.interval, revision);
    if (selection.kind === 'point') this.#collect(selection.key, cut.headAt(selection.key, revision));
  }

  /** @param records how many to look at before returning; undefined: not finished */
  step(records: number): RangeResult | undefined {
    const stage = this.#stage;
    switch (stage.kind) {
      case 'scan':
        if (this.#scanSome(records)) this.#arrange();
        break;
      case 'sort':
        this.#sortSome(stage.sort, records);
        break;
      case 'load':
        this.#loadSome(stage, records);
        break;
      case 'done':
        break;
      default:
        unreachable(stage);
    }
    if (this.#stage.kind !== 'done') return undefined;
    const { limit } = this.#request;
    return { kvs: this.#kvs, more: limit > 0 && !this.#request.countOnly && this.#passed > limit, count: this.#count };
  }

  /** What was loaded since the last call; the result holds the rest. */
  take(): readonly KeyValue[] {
    const kvs = this.#kvs;
    if (kvs.length > 0) this.#kvs = [];
    return kvs;
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
    if (this.#filters && !passes(this.#request, head)) return;
    if (this.#passed++ >= this.#collectMax) return;
    if (!this.#sorts) {
      this.#kvs.push(this.#load(key, head));
      return;
    }
    const value = this.#request.sortTarget === SORT_BY_VALUE ? this.#cut.value(key, head) : undefined;
    this.#found.push({ key, head, value });
    if (this.#found.length >= this.#candidatesMax) this.#keepBest();
  }

  /** The sort is stable, so of equals those that came first stay, as if all had been sorted at the end. */
  #keepBest(): void {
    this.#found.sort(this.#compare);
    this.#found.length = this.#request.limit;
  }

  #arrange(): void {
    this.close();
    if (this.#found.length === 0) {
      this.#stage = { kind: 'done' };
      return;
    }
    this.#stage = { kind: 'sort', sort: new SlicedSort(this.#found, this.#compare) };
    this.#found = [];
  }

  #sortSome(sort: SlicedSort<Found>, records: number): void {
    const sorted = sort.step(records);
    if (sorted === undefined) return;
    const { limit } = this.#request;
    this.#stage = { kind: 'load', sorted, end: limit > 0 ? Math.min(limit, sorted.length) : sorted.length, at: 0 };
  }

  #loadSome(stage: Stage & { readonly kind: 'load' }, records: number): void {
    const to = Math.min(stage.at + records, stage.end);
    for (; stage.at < to; stage.at++) {
      const { key, head } = stage.sorted[stage.at]!;
      this.#kvs.push(this.#load(key, head));
    }
    if (stage.at === stage.end) this.#stage = { kind: 'done' };
  }

  #load(key: string, head: Head): KeyValue {
    return this.#cut.keyValue(key, head, !this.#request.keysOnly);
  }
}

function comparison({ sortTarget, sortOrder }: RangeRequest): (left: Found, right: Found) => number {
  const ascending = COMPARE_BY[sortTarget] ?? COMPARE_BY[0]!;
  return sortOrder === ORDER_DESCENDING ? (left, right) => -ascending(left, right) : ascending;
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
  readonly #sink: KeyValueSink | undefined;
  #open = true;

  constructor(cut: Cut, request: RangeRequest, revision: number, sink?: KeyValueSink) {
    this.#sink = sink;
    this.#task = new RangeTask(cut, request, revision);
    this.#cut = cut.retain();
  }

  step(): Outcome<RangeResult> | undefined {
    const value = this.#task.step(RECORDS_PER_STEP);
    if (this.#sink !== undefined) {
      const kvs = this.#task.take();
      if (kvs.length > 0) this.#sink(kvs);
    }
    if (value === undefined) return undefined;
    this.cancel();
    return { ok: true, value: this.#sink === undefined ? value : { ...value, kvs: [] } };
  }

  cancel(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#task.close();
    this.#cut.release();
  }
}
