// At start a group's log and its state must fit together: the state is what the log was applied to, so the log holds the
// state's last entry or begins behind it. A snapshot install makes the state jump ahead; the note that it leaves tells that
// from a log that lost what it had acknowledged.
import { assert } from '@reknit/base';
import type { AppliedPosition } from '@reknit/mvcc';
import type { Runtime } from '@reknit/runtime';
import type { GroupLog, LogIdentity, Wal } from '@reknit/wal';
import type { StageRecord } from '../configuration/group-record.js';
import { readInstallNote, writeInstallNote } from '../install-notes.js';
import type { KeyspaceName } from '../options.js';
import { StartError } from '../start-error.js';

export interface LogPlace {
  readonly runtime: Pick<Runtime, 'disk' | 'fatal'>;
  /** The data directory. */
  readonly directory: string;
  readonly wal: Wal;
}

/**
 * The group's log, beginning where the state ends if a crash kept an install from saying so. Throws StartError.
 * @param identity with which a new log begins @param at the stage that the state says; undefined: the first
 */
export function fitLog(
  place: LogPlace,
  name: KeyspaceName,
  identity: LogIdentity,
  flushed: AppliedPosition,
  at: StageRecord | undefined,
): GroupLog {
  const log = place.wal.groups.get(identity.group) ?? place.wal.createGroup(identity, { index: 0, round: 0 });
  if (holds(log, flushed)) return log;
  const note = readInstallNote(place.runtime.disk, place.directory, name);
  const installing = note?.index === flushed.index && note.round === flushed.round && note.epoch === flushed.epoch;
  if (!installing || flushed.index <= log.base.index) throw misfit(place, name, log, flushed);
  const done = (): void => writeInstallNote(place.runtime, place.directory, name, undefined);
  standAt(place.wal, log, flushed, at, done);
  return log;
}

/** Rounds begin anew in each stage, so the epoch tells which entry it is. */
export const holds = (log: GroupLog, { epoch, index, round }: AppliedPosition): boolean =>
  index === 0 ? log.base.index === 0 : log.roundAt(index) === round && log.epochAt(index) === epoch;

/** The log begins at a snapshot, in the stage that it says. @param at undefined: the first */
export function standAt(
  wal: Wal,
  log: GroupLog,
  { index, round }: AppliedPosition,
  at: StageRecord | undefined,
  durable: () => void,
): void {
  const { group, branch, epoch } = log.identity;
  if (at === undefined || at.stage.epoch <= epoch) return wal.setBase({ group, branch, epoch, index, round }, durable);
  const next: LogIdentity = { group, branch, epoch: at.stage.epoch };
  if (at.start < index) return wal.setBase({ ...next, index, round, epochStart: at.start }, durable);
  // It ends with the stop-sign: the log stands at the end of one stage, and begins the next.
  const { previous } = at;
  assert(previous !== undefined, 'a stop-sign ends a stage', () => index);
  const ended = previous.stage.epoch === epoch ? {} : { epochStart: previous.start };
  wal.setBase({ group, branch, epoch: previous.stage.epoch, index, round, ...ended }, () => undefined);
  wal.beginEpoch(next, index, durable);
}

function misfit({ directory }: LogPlace, name: KeyspaceName, log: GroupLog, flushed: AppliedPosition): StartError {
  const { epoch, index, round } = flushed;
  if (index < log.base.index) {
    return new StartError(
      'data-directory-damaged',
      `keyspace ${name} ends at entry ${index}, but its log begins after ${log.base.index}`,
      `restore ${directory}/keyspaces/${name} from a backup, or replace this member`,
    );
  }
  const other = `has one of round ${log.roundAt(index)}, configuration ${log.epochAt(index)} in its place`;
  const found = index > log.lastIndex ? `ends at ${log.lastIndex}` : other;
  return new StartError(
    'lost-write',
    `keyspace ${name} holds entry ${index} of round ${round}, configuration ${epoch}, but its log ${found}: the disk lost an acknowledged write`,
    'replace this member; its vote can no longer be trusted',
  );
}
