// One entry's changes: they share a main revision and are numbered by sub revisions. What it wrote is seen by its own
// later operations at once; `main` becomes the keyspace's revision when the entry is done, if anything was written.
import { toBinaryString } from '@reknit/base';
import type { Cut } from './cut.js';
import { select } from './interval.js';
import { KeyScan } from './key-scan.js';
import type { Layer } from './layer.js';
import type { LeaseTable } from './leases/lease-table.js';
import type { Head } from './record-codec.js';
import type { DeleteRangeRequest, DeleteRangeResult, KeyValue, PutRequest, PutResult } from './types.js';

/** One serves entry after entry, so that a put costs no objects but the version that it leaves behind. */
export class Writer {
  cut: Cut;
  main = 0;
  #layer: Layer;
  #leases: LeaseTable;
  #changes = 0;
  #keysAdded = 0;
  /** What `Layer.add` reads at once and does not keep. */
  readonly #head: { -readonly [Field in keyof Head]: Head[Field] } = {
    main: 0,
    sub: 0,
    create: 0,
    version: 0,
    lease: 0n,
    deleted: false,
  };

  constructor(cut: Cut, layer: Layer, leases: LeaseTable) {
    this.cut = cut;
    this.#layer = layer;
    this.#leases = leases;
  }

  /** For the next entry: nothing of the one before is left. */
  begin(cut: Cut, layer: Layer, leases: LeaseTable, main: number): this {
    this.cut = cut;
    this.#layer = layer;
    this.#leases = leases;
    this.main = main;
    this.#changes = 0;
    this.#keysAdded = 0;
    return this;
  }

  get changes(): number {
    return this.#changes;
  }

  /** Live keys more than before; negative after deletions. */
  get keysAdded(): number {
    return this.#keysAdded;
  }

  /** The revision that operations of this entry read at when they ask for the newest. */
  get readRevision(): number {
    return this.#changes > 0 ? this.main : this.main - 1;
  }

  put(request: PutRequest): PutResult {
    const key = toBinaryString(request.key);
    const before = this.#live(key);
    const prevKv = request.prevKv && before !== undefined ? this.cut.keyValue(key, before, true) : undefined;
    const value = request.ignoreValue && before !== undefined ? this.cut.value(key, before) : request.value;
    const head = this.#head;
    head.create = before === undefined ? this.main : before.create;
    head.version = before === undefined ? 1 : before.version + 1;
    head.lease = request.ignoreLease && before !== undefined ? before.lease : request.lease;
    head.deleted = false;
    this.#leases.move(key, before === undefined ? 0n : before.lease, head.lease);
    this.#add(key, value);
    if (before === undefined) this.#keysAdded++;
    return prevKv === undefined ? NO_PREVIOUS : { prevKv };
  }

  deleteRange(request: DeleteRangeRequest): DeleteRangeResult {
    const keys = this.#liveKeys(request);
    const prevKvs: KeyValue[] = [];
    if (request.prevKv) for (const found of keys) prevKvs.push(this.cut.keyValue(found.key, found.head, true));
    for (const found of keys) this.delete(found.key, found.head.lease);
    return { deleted: keys.length, prevKvs };
  }

  /** @param keys attached to this lease */
  deleteAttached(keys: readonly string[], lease: bigint): void {
    for (const key of keys) this.delete(key, lease);
  }

  /** @param key alive; @param attachedTo its lease, 0 if it has none */
  delete(key: string, attachedTo: bigint): void {
    this.#leases.move(key, attachedTo, 0n);
    const head = this.#head;
    head.create = 0;
    head.version = 0;
    head.lease = 0n;
    head.deleted = true;
    this.#add(key, NO_BYTES);
    this.#keysAdded--;
  }

  #add(key: string, value: Uint8Array): void {
    this.#head.main = this.main;
    this.#head.sub = this.#changes;
    this.#layer.add(key, this.#head, value);
    this.#changes++;
  }

  #live(key: string): Head | undefined {
    const head = this.cut.headAt(key, this.main);
    return head === undefined || head.deleted ? undefined : head;
  }

  #liveKeys(request: DeleteRangeRequest): { readonly key: string; readonly head: Head }[] {
    const selection = select(request.key, request.rangeEnd);
    if (selection.kind === 'nothing') return [];
    if (selection.kind === 'interval') return collect(new KeyScan(this.cut, selection.interval, this.main));
    const head = this.#live(selection.key);
    return head === undefined ? [] : [{ key: selection.key, head }];
  }
}

const NO_BYTES = new Uint8Array(0);
const NO_PREVIOUS: PutResult = { prevKv: undefined };

function collect(scan: KeyScan): { readonly key: string; readonly head: Head }[] {
  const found = [];
  try {
    while (scan.next()) found.push({ key: scan.key, head: scan.head });
  } finally {
    scan.close();
  }
  return found;
}
