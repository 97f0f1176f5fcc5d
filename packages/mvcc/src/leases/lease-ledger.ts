// What of the leases has changed since the last flush, and what the next one must remove: the durable side of LeaseTable.
import { LEASES } from '../page-keys.js';
import type { PagesView, PageWrite } from '../pages.js';
import { type LeaseRow, leaseRowKey, leaseRowWrite, leftoverLeaseRows, storedLeaseRows } from './lease-rows.js';

/** What a change costs until it is flushed: the row and its place in the map. */
const CHANGE_BYTES = 300;

export class LeaseLedger {
  readonly #salt: number;
  readonly #changed = new Map<string, LeaseRow>();
  /** The flush that wrote each place's newest row. */
  readonly #flushOf = new Map<string, number>();
  /** Superseded for certain: older rows of a place before the one that says it is gone, so that every prefix is harmless. */
  #garbage: Uint8Array[] = [];

  constructor(salt: number) {
    this.#salt = salt;
  }

  get bytes(): number {
    return this.#changed.size * CHANGE_BYTES;
  }

  /** Takes over what is stored; gives back the live rows, by lease, the lease itself before its keys. */
  read(view: PagesView, flush: number): readonly LeaseRow[] {
    const live: LeaseRow[] = [];
    let place: string | undefined;
    let gone: Uint8Array | undefined;
    this.#garbage = leftoverLeaseRows(view, flush);
    for (const row of storedLeaseRows(view, flush, this.#salt)) {
      const newest = placeOf(row) !== place;
      if (newest && gone !== undefined) this.#garbage.push(gone);
      if (newest) gone = row.content.kind === 'gone' ? row.at : undefined;
      if (!newest) this.#garbage.push(row.at);
      else if (row.content.kind !== 'gone') {
        live.push(row);
        this.#flushOf.set(placeOf(row), row.flush);
      }
      place = placeOf(row);
    }
    if (gone !== undefined) this.#garbage.push(gone);
    return live;
  }

  /** The last change of a place is the one that counts. */
  change(row: LeaseRow): void {
    this.#changed.set(placeOf(row), row);
  }

  /** The writes of the flush with this number. One at a time; what changes from now on is the next one's. */
  take(flush: number): Iterable<PageWrite> {
    const removals = this.#garbage;
    const rows = [...this.#changed.values()].filter((row) => this.#isNews(row));
    this.#changed.clear();
    this.#garbage = [];
    for (const row of rows) this.#supersede(row, flush);
    return flushWrites(removals, rows, flush, this.#salt);
  }

  /** Of what came and went between two flushes nothing is written. */
  #isNews(row: LeaseRow): boolean {
    return row.content.kind !== 'gone' || this.#flushOf.has(placeOf(row));
  }

  #supersede(row: LeaseRow, flush: number): void {
    const place = placeOf(row);
    const former = this.#flushOf.get(place);
    if (former !== undefined) this.#garbage.push(leaseRowKey(row.id, row.ordinal, former));
    if (row.content.kind !== 'gone') {
      this.#flushOf.set(place, flush);
      return;
    }
    this.#flushOf.delete(place);
    this.#garbage.push(leaseRowKey(row.id, row.ordinal, flush));
  }
}

const placeOf = ({ id, ordinal }: LeaseRow): string => `${id}/${ordinal}`;

function* flushWrites(
  removals: readonly Uint8Array[],
  rows: readonly LeaseRow[],
  flush: number,
  salt: number,
): Generator<PageWrite> {
  for (const key of removals) yield { table: LEASES, key, value: undefined };
  for (const row of rows) yield leaseRowWrite(row, flush, salt);
}
