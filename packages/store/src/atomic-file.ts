// Small files that are replaced as a whole: a crash leaves the old content or the new one, never a mixture.
import { utf8Decode, utf8Encode } from '@reknit/base';
import type { Disk } from '@reknit/runtime';
import { usingReserve } from './reserve.js';

/** Undefined when there is no such file. */
export function readJsonFile(disk: Disk, path: string): unknown {
  if (!disk.exists(path)) return undefined;
  const file = disk.open(path, 'read');
  try {
    return JSON.parse(utf8Decode(file.read(0, file.size())));
  } finally {
    file.close();
  }
}

/** Durable when it returns; on a full disk, in the place of what was reserved. */
export function replaceJsonFile(disk: Disk, directory: string, name: string, value: unknown): void {
  usingReserve(disk, directory, () => replace(disk, directory, name, value));
}

function replace(disk: Disk, directory: string, name: string, value: unknown): void {
  const temporary = `${directory}/${name}.tmp`;
  if (disk.exists(temporary)) disk.remove(temporary);
  const file = disk.open(temporary, 'create');
  file.write(0, utf8Encode(`${JSON.stringify(value, undefined, 2)}\n`));
  file.sync();
  file.close();
  disk.rename(temporary, `${directory}/${name}`);
  disk.syncDirectory(directory);
}
