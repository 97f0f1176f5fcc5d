// What stands in the body of a batch, one record after the other: a type, its length, whose history it belongs to
// (group, branch, epoch), and its fields. Writers; the readers are in read-records.ts.
//
// The surprising record is the echo: each batch repeats its predecessor's control records whole and its entries' headers.
// So hard state stands twice, and it is known which entries a damaged body held, without any index to write at intervals.
import { assert, utf8Encode } from '@reknit/base';
import type { LogEntry, LogHardState, LogIdentity } from '../types.js';
import type { BodyBuffer } from './body-buffer.js';
import { NO_BALLOT, writeEntry, writeSlot } from './entry.js';

/** Numbers on disk: only ever append. */
export const RECORD_TYPE: {
  readonly create: 1;
  readonly checkpoint: 2;
  readonly truncate: 3;
  readonly entries: 4;
  readonly hardState: 5;
  readonly base: 6;
  readonly echo: 7;
  readonly entryHeaders: 8;
  readonly slots: 9;
  readonly slotHeaders: 10;
  readonly beginEpoch: 11;
} = {
  create: 1,
  checkpoint: 2,
  truncate: 3,
  entries: 4,
  hardState: 5,
  base: 6,
  echo: 7,
  entryHeaders: 8,
  slots: 9,
  slotHeaders: 10,
  beginEpoch: 11,
};

/** Type u8, three zero bytes, length of what follows u32. */
export const RECORD_HEAD_BYTES: number = 8;

/** Group u64, branch as eight bytes, epoch u64. */
export const IDENTITY_BYTES: number = 24;

/** An epoch and the last index before it. */
export interface EpochStart {
  readonly epoch: number;
  readonly start: number;
}

/** Indexes from `from` to `to` at which nothing stands, though something does behind them. */
export interface Hole {
  readonly from: number;
  readonly to: number;
}

/** All that is known of a group but its entries. */
export interface GroupCheckpoint {
  readonly identity: LogIdentity;
  readonly base: { readonly index: number; readonly round: number };
  readonly lastIndex: number;
  readonly hardState: LogHardState | undefined;
  /** Those of the base and of the entries, and the current one; ascending. */
  readonly epochs: readonly EpochStart[];
  readonly holes: readonly Hole[];
}

export interface BaseChange {
  readonly identity: LogIdentity;
  readonly index: number;
  readonly round: number;
  /** 'replace': nothing of the old log is kept, whatever its indexes. 'begin': nor its epochs and its hard state. */
  readonly mode: 'move' | 'replace' | 'begin';
  /** Where the identity's epoch began. */
  readonly epochStart: number;
}

/** The number of a mode on disk is its place here. */
export const BASE_MODES: readonly BaseChange['mode'][] = ['move', 'replace', 'begin'];

/** @returns where the record begins, for `endRecord` */
export function beginRecord(body: BodyBuffer, type: number): number {
  const at = body.reserve(RECORD_HEAD_BYTES);
  body.view.setUint32(at, type, true);
  return at;
}

export function endRecord(body: BodyBuffer, at: number): void {
  body.view.setUint32(at + 4, body.length - at - RECORD_HEAD_BYTES, true);
}

export function writeCheckpoint(body: BodyBuffer, type: 'create' | 'checkpoint', group: GroupCheckpoint): void {
  const at = beginRecord(body, RECORD_TYPE[type]);
  writeIdentity(body, group.identity);
  body.u64(group.base.index).u64(group.base.round).u64(group.lastIndex);
  body.u8(group.hardState === undefined ? 0 : 1);
  if (group.hardState !== undefined) writeHardStateFields(body, group.hardState);
  body.u32(group.epochs.length);
  for (const { epoch, start } of group.epochs) body.u64(epoch).u64(start);
  body.u32(group.holes.length);
  for (const { from, to } of group.holes) body.u64(from).u64(to);
  endRecord(body, at);
}

export function writeBeginEpoch(body: BodyBuffer, identity: LogIdentity, start: number): void {
  const at = beginRecord(body, RECORD_TYPE.beginEpoch);
  writeIdentity(body, identity);
  body.u64(start);
  endRecord(body, at);
}

export function writeTruncate(body: BodyBuffer, identity: LogIdentity, from: number): void {
  const at = beginRecord(body, RECORD_TYPE.truncate);
  writeIdentity(body, identity);
  body.u64(from);
  endRecord(body, at);
}

export function writeHardState(body: BodyBuffer, identity: LogIdentity, hardState: LogHardState): void {
  const at = beginRecord(body, RECORD_TYPE.hardState);
  writeIdentity(body, identity);
  writeHardStateFields(body, hardState);
  endRecord(body, at);
}

export function writeBase(body: BodyBuffer, base: BaseChange): void {
  const at = beginRecord(body, RECORD_TYPE.base);
  writeIdentity(body, base.identity);
  body.u64(base.index).u64(base.round).u8(BASE_MODES.indexOf(base.mode)).u64(base.epochStart);
  endRecord(body, at);
}

/** @param entries all of them slots, or none @param written told where in the body each entry begins */
export function writeEntries(
  body: BodyBuffer,
  identity: LogIdentity,
  entries: readonly LogEntry[],
  written: (entry: LogEntry, at: number) => void,
): void {
  const slots = entries[0]?.ballot !== undefined;
  const at = beginRecord(body, slots ? RECORD_TYPE.slots : RECORD_TYPE.entries);
  writeIdentity(body, identity);
  body.u32(entries.length);
  for (const entry of entries) {
    assert((entry.ballot !== undefined) === slots, 'entries are appended with slots in separate units', () => entry.index);
    written(entry, entry.ballot === undefined ? writeEntry(body, entry) : writeSlot(body, entry, checked(entry.ballot)));
  }
  endRecord(body, at);
}

function checked(ballot: number): number {
  assert(Number.isSafeInteger(ballot) && ballot > NO_BALLOT, 'a ballot is a safe integer above 0', () => ballot);
  return ballot;
}

const BRANCH = /^[0-9a-f]{16}$/;

function writeIdentity(body: BodyBuffer, identity: LogIdentity): void {
  const { branch } = identity;
  assert(BRANCH.test(branch), 'a branch is 16 hex digits', () => branch);
  body.u64(identity.group);
  body.u32(Number.parseInt(branch.slice(0, 8), 16)).u32(Number.parseInt(branch.slice(8), 16));
  body.u64(identity.epoch);
}

function writeHardStateFields(body: BodyBuffer, hardState: LogHardState): void {
  body.u64(hardState.round).u64(hardState.history).u64(hardState.commit);
  body.u8(hardState.vote === undefined ? 0 : 1);
  const vote = utf8Encode(hardState.vote ?? '');
  body.u32(vote.length).raw(vote);
}
