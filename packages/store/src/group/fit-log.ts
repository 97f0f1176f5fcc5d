// At start a group's log and its state must fit together: the state is what the log was applied to, so the log holds the
// state's last entry or begins behind it. A snapshot install makes the state jump ahead; the note that it leaves tells that
// from a log that lost what it had acknowledged.
import type { AppliedPosition } from '@reknit/mvcc';
import type { Disk } from '@reknit/runtime';
import type { GroupLog, LogIdentity, Wal } from '@reknit/wal';
import { readInstallNote, writeInstallNote } from '../install-notes.js';
import type { KeyspaceName } from '../options.js';
import { StartError } from '../start-error.js';

export interface LogPlace {
  readonly disk: Disk;
  /** The data directory. */
  readonly directory: string;
  readonly wal: Wal;
}

/** The group's log, beginning where the state ends if a crash kept an install from saying so. Throws StartError. */
export function fitLog(place: LogPlace, name: KeyspaceName, identity: LogIdentity, flushed: AppliedPosition): GroupLog {
  const log = place.wal.groups.get(identity.group) ?? place.wal.createGroup(identity, { index: 0, round: 0 });
  const { index, round } = flushed;
  if (log.roundAt(index) === round) return log;
  const note = readInstallNote(place.disk, place.directory, name);
  if (note?.index === index && note.round === round && index > log.base.index) finishInstall(place, name, identity, flushed);
  else throw misfit(place, name, log, flushed);
  return log;
}

function finishInstall({ disk, directory, wal }: LogPlace, name: KeyspaceName, identity: LogIdentity, at: AppliedPosition): void {
  wal.setBase({ ...identity, index: at.index, round: at.round }, () => writeInstallNote(disk, directory, name, undefined));
}

function misfit({ directory }: LogPlace, name: KeyspaceName, log: GroupLog, { index, round }: AppliedPosition): StartError {
  if (index < log.base.index) {
    return new StartError(
      'data-directory-damaged',
      `keyspace ${name} ends at entry ${index}, but its log begins after ${log.base.index}`,
      `restore ${directory}/keyspaces/${name} from a backup, or replace this member`,
    );
  }
  const found = index > log.lastIndex ? `ends at ${log.lastIndex}` : `has one of round ${log.roundAt(index)} in its place`;
  return new StartError(
    'lost-write',
    `keyspace ${name} holds entry ${index} of round ${round}, but its log ${found}: the disk lost an acknowledged write`,
    'replace this member; its vote can no longer be trusted',
  );
}
