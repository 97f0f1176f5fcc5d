// A disk in memory, for clusters that live within one process, as in tests: no faults, and everything is durable as long as the
// object lives. It outlives its members, so one that is started again finds what it had written. Zeroes that were only
// preallocated occupy no memory before they are written.
import { assert } from '@reknit/base';
import type { Clock } from './clock.js';
import { type Disk, DiskError, type DiskFile } from './disk.js';

/** What is reported as free: no limit is kept but the process's own. */
const FREE_BYTES = 2 ** 40;

/** @param soon when a `writeAndSync` calls back */
export const createMemoryDisk = (soon: Clock['soon']): Disk => new MemoryDisk(soon);

type Entry = Content | 'directory';

class MemoryDisk implements Disk {
  readonly #soon: Clock['soon'];
  /** By normalised path; a directory's children begin with its path. */
  readonly #entries: Map<string, Entry> = new Map([['', 'directory']]);

  constructor(soon: Clock['soon']) {
    this.#soon = soon;
  }

  makeDirectory(path: string): void {
    let at = '';
    for (const name of namesOf(path)) {
      at = `${at}/${name}`;
      const entry = this.#entries.get(at);
      if (entry !== undefined && entry !== 'directory')
        throw new DiskError('exists', path, `a file stands where a directory shall: ${at}`);
      this.#entries.set(at, 'directory');
    }
  }

  list(path: string): readonly string[] {
    const directory = this.#directory(path);
    return this.#childrenOf(directory).sort();
  }

  exists(path: string): boolean {
    return this.#entries.has(normal(path));
  }

  open(path: string, mode: 'read' | 'write' | 'create'): DiskFile {
    const content = mode === 'create' ? this.#create(path) : this.#file(path);
    return new MemoryFile(path, content, mode === 'read' ? 'read-only' : 'writable', this.#soon);
  }

  rename(from: string, to: string): void {
    const content = this.#file(from);
    this.#directory(parentOf(to));
    this.#entries.delete(normal(from));
    this.#entries.set(normal(to), content);
  }

  remove(path: string): void {
    const key = normal(path);
    const entry = this.#entries.get(key);
    if (entry === undefined) throw new DiskError('not-found', path, `no such file: ${path}`);
    if (entry === 'directory' && this.#childrenOf(key).length > 0) throw new DiskError('exists', path, `not empty: ${path}`);
    this.#entries.delete(key);
  }

  syncDirectory(path: string): void {
    this.#directory(path);
  }

  freeBytes(): number {
    return FREE_BYTES;
  }

  lock(path: string): boolean {
    if (!this.exists(path)) this.#create(path);
    return true;
  }

  #create(path: string): Content {
    this.#directory(parentOf(path));
    if (this.exists(path)) throw new DiskError('exists', path, `exists: ${path}`);
    const content = new Content();
    this.#entries.set(normal(path), content);
    return content;
  }

  #file(path: string): Content {
    const entry = this.#entries.get(normal(path));
    if (entry === undefined || entry === 'directory') throw new DiskError('not-found', path, `no such file: ${path}`);
    return entry;
  }

  #directory(path: string): string {
    const key = normal(path);
    if (this.#entries.get(key) !== 'directory') throw new DiskError('not-found', path, `no such directory: ${path}`);
    return key;
  }

  #childrenOf(directory: string): string[] {
    const start = `${directory}/`;
    return [...this.#entries.keys()]
      .filter((key) => key.startsWith(start) && !key.includes('/', start.length))
      .map((key) => key.slice(start.length));
  }
}

const namesOf = (path: string): string[] => path.split('/').filter((name) => name !== '' && name !== '.');
const normal = (path: string): string =>
  namesOf(path)
    .map((name) => `/${name}`)
    .join('');
const parentOf = (path: string): string => namesOf(path).slice(0, -1).join('/');

class Content {
  #bytes: Uint8Array = new Uint8Array(0);
  size: number = 0;

  read(offset: number, length: number): Uint8Array {
    const end = Math.min(offset + length, this.size);
    if (end <= offset) return new Uint8Array(0);
    const result = new Uint8Array(end - offset);
    result.set(this.#bytes.subarray(offset, end));
    return result;
  }

  write(offset: number, data: Uint8Array): void {
    const end = offset + data.length;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, this.#bytes.length * 2));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(data, offset);
    this.size = Math.max(this.size, end);
  }

  resize(size: number): void {
    this.#bytes.fill(0, Math.min(size, this.#bytes.length), Math.min(this.size, this.#bytes.length));
    this.size = size;
  }
}

class MemoryFile implements DiskFile {
  readonly path: string;
  readonly #content: Content;
  readonly #access: 'read-only' | 'writable';
  readonly #soon: Clock['soon'];
  #state: 'open' | 'writing' | 'closed' = 'open';

  constructor(path: string, content: Content, access: 'read-only' | 'writable', soon: Clock['soon']) {
    this.path = path;
    this.#content = content;
    this.#access = access;
    this.#soon = soon;
  }

  size(): number {
    this.#assertUsable();
    return this.#content.size;
  }

  read(offset: number, length: number): Uint8Array {
    this.#assertUsable();
    return this.#content.read(offset, length);
  }

  write(offset: number, data: Uint8Array): void {
    this.#assertWritable();
    this.#content.write(offset, data);
  }

  sync(): void {
    this.#assertWritable();
  }

  writeAndSync(offset: number, chunks: readonly Uint8Array[], done: (error: DiskError | undefined) => void): void {
    this.#assertWritable();
    this.#state = 'writing';
    let at = offset;
    for (const chunk of chunks) {
      this.#content.write(at, chunk);
      at += chunk.length;
    }
    this.#soon(() => {
      this.#state = 'open';
      done(undefined);
    });
  }

  preallocate(size: number): void {
    this.#assertWritable();
    if (size > this.#content.size) this.#content.resize(size);
  }

  truncate(size: number): void {
    this.#assertWritable();
    this.#content.resize(size);
  }

  close(): void {
    assert(this.#state !== 'writing', 'a file is closed only between writes', () => this.path);
    this.#state = 'closed';
  }

  #assertUsable(): void {
    assert(this.#state !== 'closed', 'a closed file is not used', () => this.path);
  }

  #assertWritable(): void {
    this.#assertUsable();
    assert(this.#access === 'writable', 'only a file opened for writing is written', () => this.path);
    assert(this.#state !== 'writing', 'one write is under way per file', () => this.path);
  }
}
