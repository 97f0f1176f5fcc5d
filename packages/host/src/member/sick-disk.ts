// A disk that can be made slow, full, or fail once, for drills: what the member sees is what it would see of a real one. Only
// what goes through the runtime is struck: the log, and the notes beside it.
import type { Millis } from '@reknit/base';
import { type Clock, type Disk, DiskError, type DiskFile } from '@reknit/runtime';

export interface SickDisk {
  readonly disk: Disk;
  /** Each write of the log becomes durable so much later, for so long. */
  slow(delayMs: Millis, forMs: Millis): void;
  /** Nothing that needs new room is written, for so long. */
  fill(forMs: Millis): void;
  /** The next sync of the log fails. */
  failNextSync(): void;
}

export function sickDisk(disk: Disk, clock: Clock): SickDisk {
  const illness = { delayMs: 0, slowUntil: 0, fullUntil: 0, failsNext: false };
  const full = (): boolean => clock.now() < illness.fullUntil;
  const refuseIfFull = (path: string): void => {
    if (full()) throw new DiskError('no-space', path, `${path}: no space left on device (a fault switch says so)`);
  };
  const struck = (file: DiskFile): DiskFile => ({
    path: file.path,
    size: () => file.size(),
    read: (offset, length) => file.read(offset, length),
    write: (offset, data) => {
      if (offset + data.length > file.size()) refuseIfFull(file.path);
      file.write(offset, data);
    },
    sync: () => file.sync(),
    writeAndSync: (offset, chunks, done) => {
      const fails = illness.failsNext;
      illness.failsNext = false;
      file.writeAndSync(offset, chunks, (error) => {
        const outcome = fails
          ? new DiskError('io', file.path, `${file.path}: input/output error (a fault switch says so)`)
          : error;
        if (clock.now() < illness.slowUntil) clock.after(illness.delayMs, () => done(outcome));
        else done(outcome);
      });
    },
    preallocate: (size) => {
      refuseIfFull(file.path);
      file.preallocate(size);
    },
    truncate: (size) => file.truncate(size),
    close: () => file.close(),
  });
  return {
    disk: {
      makeDirectory: (path) => disk.makeDirectory(path),
      list: (path) => disk.list(path),
      exists: (path) => disk.exists(path),
      open: (path, mode) => struck(disk.open(path, mode)),
      rename: (from, to) => disk.rename(from, to),
      remove: (path) => disk.remove(path),
      syncDirectory: (path) => disk.syncDirectory(path),
      freeBytes: (path) => (full() ? 0 : disk.freeBytes(path)),
      lock: (path) => disk.lock(path),
    },
    slow: (delayMs, forMs) => {
      illness.delayMs = delayMs;
      illness.slowUntil = clock.now() + forMs;
    },
    fill: (forMs) => {
      illness.fullUntil = clock.now() + forMs;
    },
    failNextSync: () => {
      illness.failsNext = true;
    },
  };
}
