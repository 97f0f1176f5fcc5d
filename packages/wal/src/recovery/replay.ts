// Rebuilds the groups from the log's batches, strictly in their order and through the same methods as the running log.
// The oldest batch there is begins a segment and holds checkpoints of the state after it; the batches before it are gone,
// and what they held above a base then, a later record has removed: otherwise `unaccounted` names it.
import { assert, unreachable } from '@reknit/base';
import { type EntryForm, type EntryIdentity, readEntry, readEntryIdentity } from '../format/entry.js';
import { ENTRY_HEADER_BYTES, SLOT_HEADER_BYTES, viewOf } from '../format/layout.js';
import type { BodyRecord } from '../format/read-records.js';
import type { GroupCheckpoint } from '../format/records.js';
import { GroupState } from '../state/group-state.js';
import type { BatchPlace } from '../state/place.js';
import type { GroupId, LogIdentity } from '../types.js';

type EntryAction = (group: GroupState, entry: EntryIdentity, at: number | undefined) => void;

export class Replay {
  readonly groups: Map<GroupId, GroupState> = new Map();
  #started = false;

  /** @param body as it stands at `place`: whole, or the damaged one that `records` tell of */
  apply(body: Uint8Array, records: readonly BodyRecord[], place: BatchPlace): void {
    if (this.#started) {
      for (const record of records) this.#applyRecord(record, body, place);
      return;
    }
    this.#started = true;
    for (const record of records) if (record.type === 'checkpoint') this.#create(record.group);
    const put: EntryAction = (group, entry, at) => {
      // The checkpoint tells what is left of them after the whole batch.
      if (group.table.has(entry.index)) putAt(group, entry, place, at);
    };
    for (const record of records) this.#applyEntries(record, body, put);
  }

  /** Entries above a base whose bytes could not be found. */
  unaccounted(): readonly { readonly group: GroupId; readonly from: number; readonly to: number; readonly count: number }[] {
    return [...this.groups.values()].flatMap((group) => {
      const missing = missingIndexes(group);
      if (missing.length === 0) return [];
      return [{ group: group.identity.group, from: missing[0]!, to: missing.at(-1)!, count: missing.length }];
    });
  }

  #applyRecord(record: BodyRecord, body: Uint8Array, place: BatchPlace): void {
    switch (record.type) {
      case 'create':
        return this.#create(record.group);
      case 'checkpoint':
        return this.#compare(record.group);
      case 'truncate':
        return this.#own(record.identity).truncate(record.from);
      case 'hard-state':
        this.#own(record.identity).hardState = record.hardState;
        return;
      case 'base':
        return this.#group(record.base.identity).changeBase(record.base);
      case 'begin-epoch':
        return this.#group(record.identity).beginEpoch(record.identity, record.epochStart);
      case 'entries':
      case 'entry-headers':
        this.#own(record.identity);
        return this.#applyEntries(record, body, (group, entry, at) => putAt(group, entry, place, at));
      case 'echo':
        return;
      default:
        return unreachable(record);
    }
  }

  #applyEntries(record: BodyRecord, body: Uint8Array, put: EntryAction): void {
    if (record.type === 'entries') eachEntry(this.#group(record.identity), record, body, put);
    if (record.type === 'entry-headers') eachHeader(this.#group(record.identity), record, body, put);
  }

  #create(checkpoint: GroupCheckpoint): void {
    const { identity, base, lastIndex, hardState, epochs, holes } = checkpoint;
    assert(!this.groups.has(identity.group), 'a group is created once', () => identity);
    const group = new GroupState(identity, base, epochs);
    group.recorded = true;
    group.hardState = hardState;
    group.putUnknown(lastIndex, holes);
    this.groups.set(identity.group, group);
  }

  #compare(checkpoint: GroupCheckpoint): void {
    const group = this.#group(checkpoint.identity);
    const found = JSON.stringify(group.checkpoint());
    assert(found === JSON.stringify(checkpoint), 'the replay arrives at the checkpoint', () => [found, checkpoint]);
  }

  #own(identity: LogIdentity): GroupState {
    const group = this.#group(identity);
    group.assertOwn(identity);
    return group;
  }

  #group(identity: LogIdentity): GroupState {
    const group = this.groups.get(identity.group);
    assert(group !== undefined, 'a record follows the creation of its group', () => identity);
    return group;
  }
}

function putAt(group: GroupState, entry: EntryIdentity, place: BatchPlace, at: number | undefined): void {
  const { index, round, ballot, payloadBytes } = entry;
  group.put(index, round, ballot, payloadBytes, at === undefined ? undefined : place, at ?? 0);
}

const headerBytesOf = (form: EntryForm): number => (form === 'slot' ? SLOT_HEADER_BYTES : ENTRY_HEADER_BYTES);

function eachEntry(group: GroupState, record: BodyRecord & { type: 'entries' }, body: Uint8Array, put: EntryAction): void {
  const view = viewOf(body);
  let at = record.entriesAt;
  for (let left = record.count; left > 0; left--) {
    const entry = readEntryIdentity(view, at, record.form);
    assert(entry !== undefined, 'an entry whose sector is whole has a known kind', () => at);
    put(group, entry, at);
    at += headerBytesOf(record.form) + entry.payloadBytes;
  }
}

/**
 * Each header tells what stood where; what still stands there and verifies itself is as good as new. What does not is there all
 * the same: of which round is known, reading it fails, and its segment stays until it is mended or no longer needed.
 */
function eachHeader(group: GroupState, record: BodyRecord & { type: 'entry-headers' }, body: Uint8Array, put: EntryAction): void {
  const { form } = record;
  const [headers, stored] = [viewOf(record.headers), viewOf(body)];
  const size = headerBytesOf(form);
  let at = record.entriesAt;
  for (let header = 0; header < record.headers.length; header += size) {
    const expected = readEntryIdentity(headers, header, form);
    assert(expected !== undefined, 'an entry whose sector is whole has a known kind', () => header);
    const found = readEntry(body, stored, at, form);
    const same = found !== undefined && isSame(readEntryIdentity(stored, at, form)!, expected);
    put(group, expected, at);
    if (!same && group.table.has(expected.index)) group.noteDamaged(expected.index, expected.kind);
    at += size + expected.payloadBytes;
  }
}

const isSame = (found: EntryIdentity, expected: EntryIdentity): boolean =>
  found.checksum === expected.checksum && found.ballot === expected.ballot;

function missingIndexes(group: GroupState): readonly number[] {
  const missing: number[] = [];
  for (let index = group.table.first; index <= group.lastIndex; index++) {
    if (group.table.has(index) && group.table.place(index) === undefined) missing.push(index);
  }
  return missing;
}
