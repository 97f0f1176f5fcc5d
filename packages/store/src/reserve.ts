// A file that only takes up space, beside the small files of a member: what must be written on a full disk (that a member can
// take part in the next configuration, that it was removed, where it is in an install) takes its place. Made anew at the next start.
import { type Disk, DiskError } from '@reknit/runtime';

export const RESERVE = 'reserve';

/** A few small files, and whatever a file system needs for them. */
const RESERVE_BYTES = 64 * 1024;

/** Where there is no space for it nothing is reserved. */
export function makeReserve(disk: Disk, directory: string): void {
  const path = `${directory}/${RESERVE}`;
  if (disk.exists(path)) return;
  const file = disk.open(path, 'create');
  try {
    file.preallocate(RESERVE_BYTES);
  } catch (error) {
    if (!isFull(error)) throw error;
    disk.remove(path);
  } finally {
    file.close();
  }
}

/** `write` may run twice. */
export function usingReserve(disk: Disk, directory: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    const path = `${directory}/${RESERVE}`;
    if (!isFull(error) || !disk.exists(path)) throw error;
    disk.remove(path);
    write();
  }
}

const isFull = (error: unknown): boolean => error instanceof DiskError && error.code === 'no-space';
