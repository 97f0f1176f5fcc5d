// Writes under way. A process that ends takes them with it, or the kernel finishes them before anybody can open the files again;
// a member that ends within a living process must wait for its own, or its successor would read a disk that still changes.
import type { Pages, PagesHome } from '@reknit/mvcc';
import type { Disk, DiskFile } from '@reknit/runtime';

export class Work {
  #underWay = 0;
  #waiting: (() => void)[] = [];

  /** @returns `done`, wrapped so that its call counts as the end */
  begin<Arguments extends readonly unknown[]>(done: (...args: Arguments) => void): (...args: Arguments) => void {
    this.#underWay++;
    return (...args) => {
      done(...args);
      this.#underWay--;
      if (this.#underWay > 0) return;
      for (const resolve of this.#waiting) resolve();
      this.#waiting = [];
    };
  }

  idle(): Promise<void> {
    return this.#underWay === 0 ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve));
  }
}

export function watchedDisk(disk: Disk, work: Work): Disk {
  return {
    makeDirectory: (path) => disk.makeDirectory(path),
    list: (path) => disk.list(path),
    exists: (path) => disk.exists(path),
    open: (path, mode) => watchedFile(disk.open(path, mode), work),
    rename: (from, to) => disk.rename(from, to),
    remove: (path) => disk.remove(path),
    syncDirectory: (path) => disk.syncDirectory(path),
    freeBytes: (path) => disk.freeBytes(path),
    lock: (path) => disk.lock(path),
  };
}

const watchedFile = (file: DiskFile, work: Work): DiskFile => ({
  path: file.path,
  size: () => file.size(),
  read: (offset, length) => file.read(offset, length),
  write: (offset, data) => file.write(offset, data),
  sync: () => file.sync(),
  writeAndSync: (offset, chunks, done) => file.writeAndSync(offset, chunks, work.begin(done)),
  preallocate: (size) => file.preallocate(size),
  truncate: (size) => file.truncate(size),
  close: () => file.close(),
});

export const watchedHome = (home: PagesHome, work: Work): PagesHome => ({
  openCurrent: () => watchedPages(home.openCurrent(), work),
  create: () => watchedPages(home.create(), work),
  promote: (done) => home.promote(work.begin(done)),
});

const watchedPages = (pages: Pages, work: Work): Pages => ({
  view: () => pages.view(),
  write: (batch, done) => pages.write(batch, work.begin(done)),
  sizeBytes: () => pages.sizeBytes(),
  close: () => pages.close(),
});
