// Reads entries back from their segment. Entries that one batch holds side by side are fetched by one read; each verifies
// itself, and must be the very entry that the table expects there.
import { headerBytes, NO_BALLOT, readEntry } from '../format/entry.js';
import { viewOf } from '../format/layout.js';
import type { LogEntry } from '../types.js';
import type { EntryTable } from './entry-table.js';

/** From `first` on, at least one; fewer where another batch begins, and none when the first is damaged. */
export function readStored(table: EntryTable, first: number, end: number, bytesMax: number): readonly LogEntry[] {
  const place = table.place(first);
  if (place?.segment === undefined) return [];
  const last = lastOfStretch(table, first, end, bytesMax);
  const start = table.offset(first);
  const length = endOf(table, last) - start;
  const bytes = place.segment.file.read(place.bodyOffset + start, length);
  const view = viewOf(bytes);
  const entries: LogEntry[] = [];
  for (let index = first; index <= last; index++) {
    const ballot = table.ballot(index);
    const entry = readEntry(bytes, view, table.offset(index) - start, ballot === NO_BALLOT ? 'entry' : 'slot');
    if (entry === undefined || entry.index !== index || entry.round !== table.round(index)) break;
    if ((entry.ballot ?? NO_BALLOT) !== ballot) break;
    entries.push(entry);
  }
  return entries;
}

const endOf = (table: EntryTable, index: number): number =>
  table.offset(index) + headerBytes(table.ballot(index)) + table.payloadBytes(index);

function lastOfStretch(table: EntryTable, first: number, end: number, bytesMax: number): number {
  const place = table.place(first);
  let last = first;
  let left = bytesMax - table.payloadBytes(first);
  while (last < end && table.place(last + 1) === place && table.offset(last + 1) === endOf(table, last)) {
    left -= table.payloadBytes(last + 1);
    if (left < 0) break;
    last++;
  }
  return last;
}
