// A snapshot install makes the state jump ahead of the log for a moment. A note on disk, written before the jump and removed
// once the log's base stands at it, lets the next start tell this from a log that lost what it had acknowledged.
import type { AppliedPosition } from '@reknit/mvcc';
import type { Disk } from '@reknit/runtime';
import { readJsonFile, replaceJsonFile } from './atomic-file.js';

const nameOf = (keyspace: string): string => `installing-${keyspace}.json`;

export const readInstallNote = (disk: Disk, directory: string, keyspace: string): AppliedPosition | undefined =>
  readJsonFile(disk, `${directory}/${nameOf(keyspace)}`) as AppliedPosition | undefined;

/** Durable when it returns. @param position undefined removes the note */
export function writeInstallNote(disk: Disk, directory: string, keyspace: string, position: AppliedPosition | undefined): void {
  if (position !== undefined) return replaceJsonFile(disk, directory, nameOf(keyspace), position);
  const path = `${directory}/${nameOf(keyspace)}`;
  if (!disk.exists(path)) return;
  disk.remove(path);
  disk.syncDirectory(directory);
}
