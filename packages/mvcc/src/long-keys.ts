// Keys that are too long for the durable index stand there under a number; which number means which key, and their order
// among all keys, is kept here in memory (as etcd keeps all keys), read again from the records at every start.
//
// The numbers are this member's own: nothing that leaves it or is compared with others depends on them. A key keeps its
// number until the process ends, even when all of its versions are gone, so that long-running readers stay right.
import { toBinaryString } from '@reknit/base';
import { CorruptRecordError } from './errors.js';
import { idOfLong, LONG, longCeiling, mainOfIndex, RECORDS, recordKey, subOfIndex } from './page-keys.js';
import type { PagesView } from './pages.js';
import { checkRecord, recordKeyView } from './record-codec.js';
import { type SortedCursor, SortedMap } from './sorted-map.js';

export class LongKeys {
  readonly #ids = new SortedMap<number>();
  #next = 1;

  idOf(key: string): number | undefined {
    return this.#ids.get(key);
  }

  cursor(from: string): SortedCursor<number> {
    return this.#ids.cursor(from);
  }

  idFor(key: string): number {
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    this.#ids.set(key, this.#next);
    return this.#next++;
  }

  static read(view: PagesView, salt: number): LongKeys {
    const keys = new LongKeys();
    let entry = view.first(LONG, {});
    while (entry !== undefined) {
      const id = idOfLong(entry[0]);
      keys.#ids.set(readKey(view, entry[0], salt), id);
      keys.#next = id + 1;
      entry = view.first(LONG, { from: longCeiling(id) });
    }
    return keys;
  }
}

function readKey(view: PagesView, at: Uint8Array, salt: number): string {
  const main = mainOfIndex(at);
  const sub = subOfIndex(at);
  const record = view.get(RECORDS, recordKey(main, sub));
  if (record === undefined)
    throw new CorruptRecordError(RECORDS, recordKey(main, sub), 'a record that the index names is missing');
  checkRecord(main, sub, record, salt);
  return toBinaryString(recordKeyView(record));
}
