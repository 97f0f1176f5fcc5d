// A key space in its simplest form: what the decided requests of a group mean, written down a second time and
// independently of the store, so that neither can be wrong alone. It knows the requests that workloads make, and refuses the rest.
import { assert, type Millis, toBinaryString, unreachable } from '@reknit/base';
import {
  type Compare,
  CompareResult,
  CompareTarget,
  type DeleteRangeRequest,
  type PutRequest,
  type RequestOp,
  type TxnRequest,
} from '@reknit/etcd-api';
import { type Change, inRange, RevisionHistory, type Version } from './revision-history.js';

export interface LeaseModel {
  readonly id: bigint;
  /** Index of the entry. */
  readonly grantedBy: number;
  /** Sorted only when they are deleted. */
  readonly keys: Set<string>;
}

export class KeySpaceModel {
  readonly history: RevisionHistory = new RevisionHistory();
  readonly leases: Map<bigint, LeaseModel> = new Map();
  /** When each lease that is gone went. */
  readonly removals: Map<bigint, Millis> = new Map();
  readonly #keys: Map<string, Version> = new Map();
  #changes: Change[] = [];

  get keys(): ReadonlyMap<string, Version> {
    return this.#keys;
  }

  put(at: Millis, request: PutRequest): void {
    if (this.#knowsLease(request)) this.#put(request);
    this.#close(at);
  }

  deleteRange(at: Millis, request: DeleteRangeRequest): void {
    this.#deleteRange(request);
    this.#close(at);
  }

  txn(at: Millis, { compare, success, failure }: TxnRequest): void {
    const operations = compare.every((one) => this.#holds(one)) ? success : failure;
    const allowed = operations.every(({ requestPut }) => requestPut === undefined || this.#knowsLease(requestPut));
    if (allowed) for (const operation of operations) this.#execute(operation);
    this.#close(at);
  }

  compact(revision: number): void {
    if (revision <= this.history.last) this.history.compact(revision);
  }

  grant(id: bigint, index: number): void {
    if (!this.leases.has(id)) this.leases.set(id, { id, grantedBy: index, keys: new Set() });
  }

  revoke(at: Millis, id: bigint): void {
    const lease = this.leases.get(id);
    if (lease === undefined) return;
    for (const key of [...lease.keys].sort()) this.#delete(key);
    this.leases.delete(id);
    this.removals.set(id, at);
    this.#close(at);
  }

  #execute(operation: RequestOp): void {
    assert(operation.requestTxn === undefined, 'no workload nests transactions');
    if (operation.requestPut !== undefined) this.#put(operation.requestPut);
    else if (operation.requestDeleteRange !== undefined) this.#deleteRange(operation.requestDeleteRange);
  }

  #knowsLease({ lease }: PutRequest): boolean {
    return lease === 0n || this.leases.has(lease);
  }

  #put({ key: bytes, value, lease, ignoreValue, ignoreLease }: PutRequest): void {
    assert(!ignoreValue, 'no workload ignores values');
    assert(!ignoreLease, 'no workload ignores leases');
    const key = toBinaryString(bytes);
    const before = this.#keys.get(key);
    const modRevision = this.history.last + 1;
    const now: Version = {
      value: toBinaryString(value),
      createRevision: before?.createRevision ?? modRevision,
      modRevision,
      version: (before?.version ?? 0) + 1,
      lease,
    };
    this.#leaseOf(before)?.keys.delete(key);
    this.#keys.set(key, now);
    this.#leaseOf(now)?.keys.add(key);
    this.#changes.push({ key, now, before });
  }

  #deleteRange(request: DeleteRangeRequest): void {
    const [from, end] = [toBinaryString(request.key), toBinaryString(request.rangeEnd)];
    if (end === '') this.#delete(from);
    else for (const key of [...this.#keys.keys()].filter((one) => inRange(one, from, end)).sort()) this.#delete(key);
  }

  #delete(key: string): void {
    const before = this.#keys.get(key);
    if (before === undefined) return;
    this.#leaseOf(before)?.keys.delete(key);
    this.#keys.delete(key);
    this.#changes.push({ key, now: undefined, before });
  }

  #leaseOf(version: Version | undefined): LeaseModel | undefined {
    return version === undefined || version.lease === 0n ? undefined : this.leases.get(version.lease);
  }

  #close(at: Millis): void {
    if (this.#changes.length > 0) this.history.add(at, this.#changes);
    this.#changes = [];
  }

  #holds(compare: Compare): boolean {
    assert(compare.rangeEnd.length === 0, 'no workload compares ranges');
    const current = this.#keys.get(toBinaryString(compare.key));
    if (compare.target === CompareTarget.VALUE) {
      if (current === undefined) return false;
      const wanted = toBinaryString(compare.value);
      return inRelation(compare.result, current.value === wanted ? 0 : current.value < wanted ? -1 : 1);
    }
    const [has, wanted] = numbersOf(compare, current);
    return inRelation(compare.result, has === wanted ? 0 : has < wanted ? -1 : 1);
  }
}

function numbersOf(compare: Compare, current: Version | undefined): readonly [number | bigint, number | bigint] {
  switch (compare.target) {
    case CompareTarget.VERSION:
      return [current?.version ?? 0, compare.version];
    case CompareTarget.CREATE:
      return [current?.createRevision ?? 0, compare.createRevision];
    case CompareTarget.MOD:
      return [current?.modRevision ?? 0, compare.modRevision];
    default:
      return [current?.lease ?? 0n, compare.lease];
  }
}

function inRelation(result: number, order: -1 | 0 | 1): boolean {
  const relation = result as (typeof CompareResult)[keyof typeof CompareResult];
  switch (relation) {
    case CompareResult.EQUAL:
      return order === 0;
    case CompareResult.GREATER:
      return order > 0;
    case CompareResult.LESS:
      return order < 0;
    case CompareResult.NOT_EQUAL:
      return order !== 0;
    default:
      return unreachable(relation);
  }
}
