// One entry's changes: they share a main revision and are numbered by sub revisions. What it wrote is seen by its own
// later operations at once; `main` becomes the keyspace's revision when the entry is done, if anything was written.
import { toBinaryString } from '@reknit/base';
import type { Cut } from './cut.js';
import { select } from './interval.js';
import { KeyScan } from './key-scan.js';
import type { Layer } from './layer.js';
import type { Head } from './record-codec.js';
import type { DeleteRangeRequest, DeleteRangeResult, KeyValue, PutRequest, PutResult } from './types.js';

export class Writer {
  readonly cut: Cut;
  readonly main: number;
  readonly #layer: Layer;
  #changes = 0;
  #keysAdded = 0;

  constructor(cut: Cut, layer: Layer, main: number) {
    this.cut = cut;
    this.#layer = layer;
    this.main = main;
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
    const head = {
      main: this.main,
      sub: this.#changes,
      create: before === undefined ? this.main : before.create,
      version: before === undefined ? 1 : before.version + 1,
      lease: request.ignoreLease && before !== undefined ? before.lease : request.lease,
      deleted: false,
    };
    this.#layer.add(key, head, value);
    this.#changes++;
    if (before === undefined) this.#keysAdded++;
    return prevKv === undefined ? NO_PREVIOUS : { prevKv };
  }

  deleteRange(request: DeleteRangeRequest): DeleteRangeResult {
    const keys = this.#liveKeys(request);
    const prevKvs: KeyValue[] = [];
    if (request.prevKv) for (const found of keys) prevKvs.push(this.cut.keyValue(found.key, found.head, true));
    for (const found of keys) this.#delete(found.key);
    return { deleted: keys.length, prevKvs };
  }

  #delete(key: string): void {
    this.#layer.add(key, { main: this.main, sub: this.#changes, create: 0, version: 0, lease: 0n, deleted: true }, NO_BYTES);
    this.#changes++;
    this.#keysAdded--;
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
