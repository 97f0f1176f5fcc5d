// One group's log as it stands after everything that was appended, durable or not. The running log and recovery change
// it through the same methods, so that a replay arrives at what was there.
import { assert } from '@reknit/base';
import type { BaseChange, GroupCheckpoint } from '../format/records.js';
import type { GroupLog, LogEntry, LogHardState, LogIdentity } from '../types.js';
import { EntryTable } from './entry-table.js';
import type { BatchPlace } from './place.js';
import { readStored } from './read-stored.js';

/** Stands for the round of an entry of which only the index is known. */
const ROUND_UNKNOWN = -1;

export class GroupState implements GroupLog {
  identity: LogIdentity;
  base: { readonly index: number; readonly round: number };
  hardState: LogHardState | undefined = undefined;
  /** False until the first record of the group is written. */
  recorded: boolean = false;
  readonly table: EntryTable;
  readonly #damaged = new Set<number>();

  constructor(identity: LogIdentity, base: { readonly index: number; readonly round: number }) {
    this.identity = identity;
    this.base = base;
    this.table = new EntryTable(base.index + 1);
  }

  get lastIndex(): number {
    return this.table.last;
  }

  get damaged(): readonly number[] {
    return [...this.#damaged].filter((index) => this.table.has(index)).sort((left, right) => left - right);
  }

  checkpoint(): GroupCheckpoint {
    const { identity, base, lastIndex, hardState } = this;
    return { identity, base, lastIndex, hardState };
  }

  roundAt(index: number): number | undefined {
    if (index === this.base.index) return this.base.round;
    if (!this.table.has(index)) return undefined;
    const round = this.table.round(index);
    return round === ROUND_UNKNOWN ? undefined : round;
  }

  read(from: number, to: number, bytesMax: number): readonly LogEntry[] {
    const entries: LogEntry[] = [];
    const end = Math.min(to, this.lastIndex);
    let index = Math.max(from, this.table.first);
    let left = bytesMax;
    while (index <= end && (entries.length === 0 || this.table.payloadBytes(index) <= left)) {
      const cached = this.table.cached(index);
      const stretch = cached === undefined ? this.#readStored(index, end, left) : [cached];
      if (stretch.length === 0) break;
      for (const entry of stretch) {
        left -= entry.payload.length;
        entries.push(entry);
      }
      index += stretch.length;
    }
    return entries;
  }

  identify(identity: LogIdentity): void {
    const { group, branch, epoch } = this.identity;
    assert(identity.group === group, 'a record is for its own group', () => [identity, group]);
    if (identity.branch === branch && identity.epoch === epoch) return;
    assert(identity.branch !== branch || identity.epoch > epoch, 'the epoch of a branch only rises', () => [identity, epoch]);
    this.identity = { group, branch: identity.branch, epoch: identity.epoch };
  }

  truncate(from: number): void {
    assert(from > this.base.index, 'nothing is truncated at or below the base', () => [from, this.base.index]);
    this.table.truncate(from);
  }

  put(index: number, round: number, payloadBytes: number, place: BatchPlace | undefined, offset: number): void {
    assert(index > this.base.index, 'an entry lies above the base', () => [index, this.base.index]);
    assert(index <= this.lastIndex + 1, 'entries leave no gap', () => [index, this.lastIndex]);
    this.table.put(index, round, payloadBytes, place, offset);
    this.#damaged.delete(index);
  }

  /** Entries up to `lastIndex` that were there, but of which nothing else is known. */
  putUnknown(lastIndex: number): void {
    for (let index = this.lastIndex + 1; index <= lastIndex; index++) this.put(index, ROUND_UNKNOWN, 0, undefined, 0);
  }

  changeBase(change: BaseChange): void {
    assert(change.index >= this.base.index, 'a base only rises', () => [change.index, this.base.index]);
    if (change.mode === 'replace') this.table.truncate(this.table.first);
    this.table.dropThrough(change.index);
    this.base = { index: change.index, round: change.round };
  }

  /** Whether this base is a point of the log as it stands, or the log has to give way to it. */
  modeOf(index: number, round: number): BaseChange['mode'] {
    return this.roundAt(index) === round ? 'move' : 'replace';
  }

  #readStored(index: number, end: number, bytesMax: number): readonly LogEntry[] {
    const entries = readStored(this.table, index, end, bytesMax);
    if (entries.length === 0) this.#damaged.add(index);
    return entries;
  }
}
