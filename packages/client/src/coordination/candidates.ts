// Who stands in an election's queue, kept up to date by a watch.
import { toBinaryString } from '@reknit/base';
import type { KeyValue } from '@reknit/etcd-api';
import type { WatchBatch } from '../watch/events.js';

export class Candidates {
  readonly #byKey: Map<string, KeyValue> = new Map();

  constructor(kvs: readonly KeyValue[]) {
    for (const kv of kvs) this.#byKey.set(toBinaryString(kv.key), kv);
  }

  /** Whose key is the oldest leads. */
  get first(): KeyValue | undefined {
    let first: KeyValue | undefined;
    for (const kv of this.#byKey.values()) if (first === undefined || kv.createRevision < first.createRevision) first = kv;
    return first;
  }

  /** @returns false at the end of the watch */
  apply({ done, value }: IteratorResult<WatchBatch, undefined>): boolean {
    if (done) return false;
    for (const { type, kv } of value.events) {
      if (type === 'put') this.#byKey.set(toBinaryString(kv.key), kv);
      else this.#byKey.delete(toBinaryString(kv.key));
    }
    return true;
  }
}
