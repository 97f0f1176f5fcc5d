// Directories and metadata of the real file system. Everything is made for this user only (0700 and 0600): logs and
// snapshots hold clients' data. Directories that `makeDirectory` creates are durable when it returns.
import fs from 'node:fs';
import { dirname } from 'node:path';
import type { Disk, DiskFile } from '../disk.js';
import { mapErrors } from './disk-error.js';
import { openNodeFile } from './disk-file.js';
import { tryLock } from './lock.js';

export function createNodeDisk(): Disk {
  return new NodeDisk();
}

class NodeDisk implements Disk {
  makeDirectory(path: string): void {
    mapErrors(path, () => {
      const first = fs.mkdirSync(path, { recursive: true, mode: 0o700 });
      if (first !== undefined) syncParents(path, dirname(first));
    });
  }

  list(path: string): readonly string[] {
    return mapErrors(path, () => fs.readdirSync(path).sort());
  }

  exists(path: string): boolean {
    return fs.existsSync(path);
  }

  open(path: string, mode: 'read' | 'write' | 'create'): DiskFile {
    return mapErrors(path, () => openNodeFile(path, mode));
  }

  rename(from: string, to: string): void {
    mapErrors(from, () => fs.renameSync(from, to));
  }

  remove(path: string): void {
    mapErrors(path, () => (fs.lstatSync(path).isDirectory() ? fs.rmdirSync(path) : fs.unlinkSync(path)));
  }

  syncDirectory(path: string): void {
    mapErrors(path, () => syncPath(path));
  }

  freeBytes(path: string): number {
    return mapErrors(path, () => {
      const { bavail, bsize } = fs.statfsSync(path);
      return bavail * bsize;
    });
  }

  lock(path: string): boolean {
    return mapErrors(path, () => tryLock(path));
  }
}

function syncPath(path: string): void {
  const descriptor = fs.openSync(path, 'r');
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** From the parent of the last new directory up to `top`, which was there before. */
function syncParents(path: string, top: string): void {
  let at = path;
  do {
    at = dirname(at);
    syncPath(at);
  } while (at !== top && at !== dirname(at));
}
