// What a flush writes, made while it is taken: all records in the order of revisions, then all index entries in the order of
// keys, the state last. In these orders each page of the trees is touched once, however many transactions it takes. After a
// crash in between, records beyond the stored state are leftovers: unseen, and removed by the next flush.
import { toBinaryString } from '@reknit/base';
import { copyOf } from './copy.js';
import type { Entry, Layer } from './layer.js';
import type { LongKeys } from './long-keys.js';
import { type StoredState, stateWrite } from './meta.js';
import { INDEX, indexKey, isLong, LONG, longIndexKey, mainOfRecord, RECORDS, recordKey, subOfRecord } from './page-keys.js';
import type { PagesView, PageWrite } from './pages.js';
import { checkRecord, encodeIndexValue, recordKeyView } from './record-codec.js';

export interface FlushParts {
  readonly leftovers: readonly PageWrite[];
  readonly layer: Layer;
  readonly leases: Iterable<PageWrite>;
  readonly longKeys: LongKeys;
  readonly state: StoredState;
  readonly salt: number;
}

export function* flushWrites(parts: FlushParts): Generator<PageWrite> {
  yield* parts.leftovers;
  for (const entry of parts.layer.entries) {
    yield { table: RECORDS, key: recordKey(entry.main, entry.sub), value: entry.recordView() };
    parts.layer.orderOne();
  }
  for (const cursor = parts.layer.cursor(''); cursor.key !== undefined; cursor.advance()) {
    for (let entry = parts.layer.newest(cursor.key); entry !== undefined; entry = entry.older) {
      yield indexWrite(entry, parts.longKeys, parts.salt);
    }
  }
  yield* parts.leases;
  yield stateWrite(parts.state, parts.salt);
}

function indexWrite(entry: Entry, longKeys: LongKeys, salt: number): PageWrite {
  const key = indexPlace(entry.key, entry.main, entry.sub, longKeys);
  return { table: isLong(entry.key) ? LONG : INDEX, key, value: encodeIndexValue(key, entry, salt) };
}

/** A view of scratch space. */
const indexPlace = (key: string, main: number, sub: number, longKeys: LongKeys): Uint8Array =>
  isLong(key) ? longIndexKey(longKeys.idFor(key), main, sub) : indexKey(key, main, sub);

/** Removes what lies beyond `revision`, index entries before the records that name them. */
export function leftoverRemovals(view: PagesView, revision: number, longKeys: LongKeys, salt: number): PageWrite[] {
  const removals: PageWrite[] = [];
  for (const [at, record] of view.range(RECORDS, { from: recordKey(revision + 1, 0).slice() })) {
    const main = mainOfRecord(at);
    const sub = subOfRecord(at);
    const place = copyOf(at);
    checkRecord(main, sub, record, salt);
    const key = toBinaryString(recordKeyView(record));
    removals.push({ table: isLong(key) ? LONG : INDEX, key: copyOf(indexPlace(key, main, sub, longKeys)), value: undefined });
    removals.push({ table: RECORDS, key: place, value: undefined });
  }
  return removals;
}
