// A snapshot install makes the state jump ahead of the log for a moment. A note on disk, written before the jump and removed
// once the log's base stands at it, lets the next start tell this from a log that lost what it had acknowledged.
import type { AppliedPosition } from '@reknit/mvcc';
import type { Disk, Runtime } from '@reknit/runtime';
import { readJsonFile, replaceJsonFile } from './atomic-file.js';
import { durably } from './durably.js';

const nameOf = (keyspace: string): string => `installing-${keyspace}.json`;

export const readInstallNote = (disk: Disk, directory: string, keyspace: string): AppliedPosition | undefined =>
  readJsonFile(disk, `${directory}/${nameOf(keyspace)}`) as AppliedPosition | undefined;

/** Durable when it returns; ends the process where that fails. @param position undefined removes the note */
export function writeInstallNote(
  runtime: Pick<Runtime, 'disk' | 'fatal'>,
  directory: string,
  keyspace: string,
  position: AppliedPosition | undefined,
): void {
  const { disk } = runtime;
  const name = nameOf(keyspace);
  durably(runtime, `${directory}/${name}`, () => {
    if (position !== undefined) return replaceJsonFile(disk, directory, name, position);
    const path = `${directory}/${name}`;
    if (!disk.exists(path)) return;
    disk.remove(path);
    disk.syncDirectory(directory);
  });
}
