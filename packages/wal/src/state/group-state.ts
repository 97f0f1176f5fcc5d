// One group's log as it stands after everything that was appended, durable or not. The running log and recovery change
// it through the same methods, so that a replay arrives at what was there.
import { assert } from '@reknit/base';
import { DiskError } from '@reknit/runtime';
import { NO_BALLOT } from '../format/entry.js';
import type { BaseChange, EpochStart, GroupCheckpoint, Hole } from '../format/records.js';
import type { GroupLog, LogBase, LogEntry, LogHardState, LogIdentity, LogView } from '../types.js';
import { EntryTable, ROUND_UNKNOWN } from './entry-table.js';
import { EpochView } from './epoch-view.js';
import { Epochs } from './epochs.js';
import type { BatchPlace } from './place.js';
import { readStored } from './read-stored.js';

export class GroupState implements GroupLog {
  identity: LogIdentity;
  base: { readonly index: number; readonly round: number };
  hardState: LogHardState | undefined = undefined;
  /** False until the first record of the group is written. */
  recorded: boolean = false;
  readonly table: EntryTable;
  #epochs: Epochs;
  #view: EpochView;
  /** And what each is, where the log still knows it. */
  readonly #damaged = new Map<number, LogEntry['kind'] | undefined>();

  /** @param epochs the last one is the identity's */
  constructor(identity: LogIdentity, base: { readonly index: number; readonly round: number }, epochs: readonly EpochStart[]) {
    this.identity = { group: identity.group, branch: identity.branch, epoch: identity.epoch };
    this.base = { index: base.index, round: base.round };
    this.table = new EntryTable(base.index + 1);
    this.#epochs = new Epochs(epochs);
    this.#view = new EpochView(this, this.epochStart);
  }

  get lastIndex(): number {
    return this.table.last;
  }

  get heldThrough(): number {
    const [hole] = this.table.holes;
    return hole === undefined ? this.lastIndex : hole.from - 1;
  }

  get epochStart(): number {
    return this.#epochs.current.start;
  }

  get damaged(): readonly number[] {
    return [...this.#damaged.keys()].filter((index) => this.table.has(index)).sort((left, right) => left - right);
  }

  checkpoint(): GroupCheckpoint {
    const { identity, base, lastIndex, hardState } = this;
    return { identity, base, lastIndex, hardState, epochs: this.#epochs.starts, holes: this.table.holes };
  }

  roundAt(index: number): number | undefined {
    if (index === this.base.index) return this.base.round;
    if (!this.table.has(index)) return undefined;
    const round = this.table.round(index);
    return round === ROUND_UNKNOWN ? undefined : round;
  }

  ballotAt(index: number): number | undefined {
    const ballot = this.table.has(index) ? this.table.ballot(index) : NO_BALLOT;
    return ballot === NO_BALLOT ? undefined : ballot;
  }

  kindAt(index: number): LogEntry['kind'] | undefined {
    return this.#damaged.get(index);
  }

  epochAt(index: number): number | undefined {
    return index < this.base.index || index > this.lastIndex ? undefined : this.#epochs.at(index);
  }

  view(): LogView {
    return this.#view;
  }

  read(from: number, to: number, bytesMax: number): readonly LogEntry[] {
    const entries: LogEntry[] = [];
    const { table } = this;
    const end = Math.min(to, this.lastIndex);
    let index = Math.max(from, table.first);
    let left = bytesMax;
    while (index <= end && table.has(index) && (entries.length === 0 || table.payloadBytes(index) <= left)) {
      const cached = table.cached(index);
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

  assertOwn(identity: LogIdentity): void {
    assert(this.#isOwn(identity), 'what is written is of the group as it is now', () => [identity, this.identity]);
  }

  truncate(from: number): void {
    assert(from > this.base.index, 'nothing is truncated at or below the base', () => [from, this.base.index]);
    assert(from > this.epochStart, 'nothing is truncated of an earlier epoch', () => [from, this.epochStart]);
    this.table.truncate(from);
  }

  /** @param ballot NO_BALLOT when it is no slot */
  put(index: number, round: number, ballot: number, payloadBytes: number, place: BatchPlace | undefined, offset: number): void {
    assert(index > this.base.index, 'an entry lies above the base', () => [index, this.base.index]);
    assert(index <= this.lastIndex + 1 || ballot !== NO_BALLOT, 'only slots leave a gap', () => [index, this.lastIndex]);
    this.table.put(index, round, ballot, payloadBytes, place, offset);
    this.#damaged.delete(index);
  }

  /** It stands in the log, but not as it was written. */
  noteDamaged(index: number, kind: LogEntry['kind'] | undefined): void {
    this.#damaged.set(index, kind ?? this.#damaged.get(index));
  }

  /** Entries that were there, but of which nothing else is known. */
  putUnknown(lastIndex: number, holes: readonly Hole[]): void {
    let from = this.table.first;
    for (const to of [...holes, { from: lastIndex + 1, to: lastIndex + 1 }]) {
      for (let index = from; index < to.from; index++) this.table.put(index, ROUND_UNKNOWN, NO_BALLOT, 0, undefined, 0);
      from = to.to + 1;
    }
  }

  changeBase(change: BaseChange): void {
    assert(change.index >= this.base.index, 'a base only rises', () => [change.index, this.base.index]);
    if (change.mode !== 'move') this.table.truncate(this.table.first);
    this.table.dropThrough(change.index);
    this.base = { index: change.index, round: change.round };
    if (change.mode === 'begin')
      this.#begin(change.identity, new Epochs([{ epoch: change.identity.epoch, start: change.epochStart }]));
    else this.#epochs.forgetBelow(change.index);
  }

  /** @throws AssertionError when this base cannot be */
  baseChange(base: LogBase): BaseChange {
    const { index, round } = base;
    if (this.#isOwn(base)) return { identity: base, index, round, mode: this.#modeOf(index, round), epochStart: this.epochStart };
    this.#assertFollows(base);
    const { epochStart = index } = base;
    assert(epochStart < index, 'a new epoch began before its snapshot', () => base);
    return { identity: base, index, round, mode: 'begin', epochStart };
  }

  beginEpoch(identity: LogIdentity, start: number): void {
    this.#assertFollows(identity);
    assert(start >= Math.max(this.base.index, this.epochStart), 'an epoch ends where it was', () => [start, this.base.index]);
    assert(start <= this.lastIndex, 'an epoch begins after what it follows is there', () => [start, this.lastIndex]);
    this.table.truncate(start + 1);
    assert(this.table.last === start && this.table.holes.length === 0, 'nothing is missing before an epoch', () => start);
    this.#epochs.begin(identity.epoch, start);
    this.#begin(identity, this.#epochs);
  }

  #begin({ group, branch, epoch }: LogIdentity, epochs: Epochs): void {
    this.identity = { group, branch, epoch };
    this.hardState = undefined;
    this.#epochs = epochs;
    this.#view.endAt(Math.max(this.base.index, this.epochStart));
    this.#view = new EpochView(this, this.epochStart);
  }

  #isOwn(identity: LogIdentity): boolean {
    const { group, branch, epoch } = this.identity;
    return identity.epoch === epoch && identity.branch === branch && identity.group === group;
  }

  #assertFollows(identity: LogIdentity): void {
    const { group, branch, epoch } = this.identity;
    assert(identity.group === group, 'a record is for its own group', () => [identity, group]);
    assert(identity.branch !== branch || identity.epoch > epoch, 'the epoch of a branch only rises', () => [identity, epoch]);
  }

  /** Whether this base is a point of the log as it stands, or the log has to give way to it. */
  #modeOf(index: number, round: number): BaseChange['mode'] {
    if (this.roundAt(index) === round) return 'move';
    assert(index >= this.epochStart, 'what came before the epoch is decided', () => [index, this.epochStart]);
    return this.ballotAt(this.lastIndex) === undefined ? 'replace' : 'move';
  }

  #readStored(index: number, end: number, bytesMax: number): readonly LogEntry[] {
    const entries = readIfGiven(this.table, index, end, bytesMax);
    if (entries.length === 0) this.noteDamaged(index, undefined);
    return entries;
  }
}

/** What the disk refuses to give is as good as changed. */
function readIfGiven(table: EntryTable, index: number, end: number, bytesMax: number): readonly LogEntry[] {
  try {
    return readStored(table, index, end, bytesMax);
  } catch (error) {
    if (error instanceof DiskError) return [];
    throw error;
  }
}
