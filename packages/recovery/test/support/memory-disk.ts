import { type Disk, DiskError, type DiskFile } from '@reknit/runtime';

/** Files in memory. Counts syncs; `failSyncs` makes them fail. */
export class MemoryDisk implements Disk {
  readonly files: Map<string, { bytes: Uint8Array; synced: Uint8Array }> = new Map();
  readonly directories: Set<string> = new Set();
  syncs = 0;
  onWrite: (() => void) | undefined;

  makeDirectory(path: string): void {
    this.directories.add(path);
  }

  list(path: string): readonly string[] {
    const prefix = `${path}/`;
    return [...this.files.keys()]
      .filter((name) => name.startsWith(prefix))
      .map((name) => name.slice(prefix.length))
      .sort();
  }

  exists(path: string): boolean {
    return this.files.has(path) || this.directories.has(path);
  }

  open(path: string, mode: 'read' | 'write' | 'create'): DiskFile {
    if (mode === 'create' && this.files.has(path)) throw new DiskError('exists', path, 'exists');
    if (mode !== 'create' && !this.files.has(path)) throw new DiskError('not-found', path, 'not found');
    const entry = this.files.get(path) ?? { bytes: new Uint8Array(0), synced: new Uint8Array(0) };
    this.files.set(path, entry);
    return this.#handle(path, entry);
  }

  rename(from: string, to: string): void {
    const entry = this.files.get(from);
    if (entry === undefined) throw new DiskError('not-found', from, 'not found');
    this.files.delete(from);
    this.files.set(to, entry);
  }

  remove(path: string): void {
    if (!this.files.delete(path)) throw new DiskError('not-found', path, 'not found');
  }

  syncDirectory(): void {}

  freeBytes(): number {
    return Number.MAX_SAFE_INTEGER;
  }

  lock(): boolean {
    return true;
  }

  #handle(path: string, entry: { bytes: Uint8Array; synced: Uint8Array }): DiskFile {
    const grow = (size: number): void => {
      if (size <= entry.bytes.length) return;
      const larger = new Uint8Array(size);
      larger.set(entry.bytes);
      entry.bytes = larger;
    };
    return {
      path,
      size: () => entry.bytes.length,
      read: (offset, length) => entry.bytes.slice(offset, offset + length),
      write: (offset, data) => {
        this.onWrite?.();
        grow(offset + data.length);
        entry.bytes.set(data, offset);
      },
      sync: () => {
        this.syncs++;
        entry.synced = entry.bytes.slice();
      },
      writeAndSync: () => {
        throw new Error('not used by the journal');
      },
      preallocate: grow,
      truncate: (size) => void (entry.bytes = entry.bytes.slice(0, size)),
      close: () => undefined,
    };
  }
}
