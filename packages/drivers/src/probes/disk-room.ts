// How much room a file system has. A call that hangs, as on a dead network file system, holds one of libuv's four threads: it
// is never repeated while it lasts.
import { statfs } from 'node:fs/promises';
import type { Room } from '@reknit/recovery';

export class DiskRoom {
  /** One for each path that is asked for. */
  readonly #asking: Set<string> = new Set();

  /** Undefined where it cannot be told, and while an earlier question still hangs. */
  async of(path: string): Promise<Room | undefined> {
    if (this.#asking.has(path)) return undefined;
    this.#asking.add(path);
    try {
      const { bavail, blocks, bsize } = await statfs(path);
      return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
    } catch {
      return undefined;
    } finally {
      this.#asking.delete(path);
    }
  }
}
