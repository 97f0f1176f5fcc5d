// The semantics again, as plainly as they can be said: a list of all versions that is searched from end to end.
import type { DeleteRangeRequest, PutRequest, RangeRequest } from '@reknit/mvcc';
import { text } from './requests.js';

export interface ModelVersion {
  readonly key: string;
  readonly main: number;
  readonly create: number;
  readonly version: number;
  readonly value: string;
  readonly lease: bigint;
  readonly deleted: boolean;
}

export interface ModelLease {
  readonly ttl: number;
}

export interface ModelRange {
  readonly kvs: readonly {
    readonly key: string;
    readonly value: string;
    readonly create: number;
    readonly mod: number;
    readonly version: number;
    readonly lease: bigint;
  }[];
  readonly more: boolean;
  readonly count: number;
}

export class Model {
  revision = 1;
  compactRevision = -1;
  readonly leases = new Map<bigint, ModelLease>();
  readonly #versions: ModelVersion[] = [];
  /** Set while an entry writes. */
  #wrote = false;

  /** Live keys, in order. */
  at(revision: number): ModelVersion[] {
    const newest = new Map<string, ModelVersion>();
    for (const version of this.#versions) if (version.main <= revision) newest.set(version.key, version);
    const live = [...newest.values()].filter((version) => !version.deleted);
    return live.sort((left, right) => (left.key < right.key ? -1 : 1));
  }

  entry(change: () => void): void {
    this.#wrote = false;
    change();
    if (this.#wrote) this.revision++;
  }

  put(request: PutRequest): void {
    if (request.lease !== 0n && !this.leases.has(request.lease)) return;
    const key = text(request.key);
    const before = this.#now().find((version) => version.key === key);
    this.#add({
      key,
      main: this.revision + 1,
      create: before?.create ?? this.revision + 1,
      version: (before?.version ?? 0) + 1,
      value: text(request.value),
      lease: request.ignoreLease ? before!.lease : request.lease,
      deleted: false,
    });
  }

  deleteRange(request: DeleteRangeRequest): number {
    const doomed = this.#now().filter((version) => within(version.key, text(request.key), text(request.rangeEnd)));
    for (const { key } of doomed) this.#remove(key);
    return doomed.length;
  }

  grant(id: bigint, ttl: number): void {
    if (!this.leases.has(id)) this.leases.set(id, { ttl });
  }

  revoke(id: bigint): void {
    if (!this.leases.delete(id)) return;
    for (const { key, lease } of this.#now()) if (lease === id) this.#remove(key);
  }

  attached(id: bigint): string[] {
    return this.#now().flatMap(({ key, lease }) => (lease === id ? [key] : []));
  }

  compact(revision: number): string | undefined {
    if (revision <= this.compactRevision) return 'compacted';
    if (revision > this.revision) return 'future-revision';
    this.compactRevision = revision;
    return undefined;
  }

  range(request: RangeRequest): ModelRange | string {
    if (request.revision > this.revision) return 'future-revision';
    if (request.revision > 0 && request.revision < this.compactRevision) return 'compacted';
    const all = (request.revision > 0 ? this.at(request.revision) : this.#now()).filter((version) =>
      within(version.key, text(request.key), text(request.rangeEnd)),
    );
    const ordered = request.sortOrder === 2 ? all.toReversed() : all;
    const kept = request.limit > 0 ? ordered.slice(0, request.limit) : ordered;
    const kvs = kept.map(({ key, value, create, main, version, lease }) => ({ key, value, create, mod: main, version, lease }));
    return { kvs, more: kept.length < all.length, count: all.length };
  }

  #now(): ModelVersion[] {
    return this.at(this.revision + 1);
  }

  #remove(key: string): void {
    this.#add({ key, main: this.revision + 1, create: 0, version: 0, value: '', lease: 0n, deleted: true });
  }

  #add(version: ModelVersion): void {
    this.#versions.push(version);
    this.#wrote = true;
  }
}

const within = (key: string, from: string, to: string): boolean =>
  to === '' ? key === from : to === '\0' ? key >= from : key >= from && key < to;
