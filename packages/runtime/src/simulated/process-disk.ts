// A machine's disk as one of its processes uses it. Synchronous calls take no virtual time; `writeAndSync` does.
import { assert } from '@reknit/base';
import { type Disk, DiskError, type DiskFile } from '../disk.js';
import type { PendingWrite, SimulatedDisk } from './disk.js';
import type { Inode } from './inode.js';
import { ProcessEvent, type SimulatedProcess } from './process.js';
import type { TraceKind } from './trace.js';

export class ProcessDisk implements Disk {
  readonly #disk: SimulatedDisk;
  readonly #process: SimulatedProcess;

  constructor(disk: SimulatedDisk, process: SimulatedProcess) {
    this.#disk = disk;
    this.#process = process;
  }

  makeDirectory(path: string): void {
    this.#process.assertAlive();
    this.#disk.tree.makeDirectory(path);
  }

  list(path: string): readonly string[] {
    this.#process.assertAlive();
    return [...this.#disk.tree.directory(path).entries.keys()].sort();
  }

  exists(path: string): boolean {
    this.#process.assertAlive();
    return this.#disk.tree.find(path) !== undefined;
  }

  open(path: string, mode: 'read' | 'write' | 'create'): DiskFile {
    this.#process.assertAlive();
    const inode = mode === 'create' ? this.#disk.tree.create(path) : this.#disk.tree.file(path);
    return new SimulatedFile(path, inode, this.#disk, this.#process, mode === 'read' ? 'read-only' : 'writable');
  }

  rename(from: string, to: string): void {
    this.#process.assertAlive();
    this.#disk.tree.rename(from, to);
  }

  remove(path: string): void {
    this.#process.assertAlive();
    this.#disk.tree.remove(path);
  }

  syncDirectory(path: string): void {
    this.#process.assertAlive();
    if (this.#disk.takeSyncFailure()) throw syncError(path);
    this.#disk.tree.syncDirectory(path);
  }

  freeBytes(): number {
    this.#process.assertAlive();
    return this.#disk.freeBytes();
  }

  lock(path: string): boolean {
    this.#process.assertAlive();
    return this.#disk.lock(path, this.#process);
  }
}

type FileState = 'open' | 'writing' | 'poisoned' | 'closed';
type Done = (error: DiskError | undefined) => void;

const syncError = (path: string): DiskError => new DiskError('io', path, `input/output error while syncing ${path}`);

class SimulatedFile implements DiskFile {
  readonly path: string;
  readonly inode: Inode;
  readonly disk: SimulatedDisk;
  readonly process: SimulatedProcess;
  readonly #access: 'read-only' | 'writable';
  #state: FileState = 'open';

  constructor(path: string, inode: Inode, disk: SimulatedDisk, process: SimulatedProcess, access: 'read-only' | 'writable') {
    this.path = path;
    this.inode = inode;
    this.disk = disk;
    this.process = process;
    this.#access = access;
  }

  size(): number {
    this.#assertUsable();
    return this.inode.size;
  }

  read(offset: number, length: number): Uint8Array {
    this.#assertUsable();
    return this.inode.read(offset, length);
  }

  write(offset: number, data: Uint8Array): void {
    this.#assertWritable();
    this.disk.assertSpace(this.path, offset + data.length - this.inode.size);
    this.inode.write(offset, data);
  }

  sync(): void {
    this.#assertWritable();
    if (!this.disk.takeSyncFailure()) {
      this.inode.sync();
      return;
    }
    this.inode.failSync();
    this.#state = 'poisoned';
    throw syncError(this.path);
  }

  writeAndSync(offset: number, chunks: readonly Uint8Array[], done: Done): void {
    this.#assertWritable();
    this.#state = 'writing';
    let length = 0;
    for (const chunk of chunks) length += chunk.length;
    const event = new WriteEvent(this, offset, chunks, length, done);
    this.disk.timeline.at(this.disk.begin(event, length), event);
  }

  preallocate(size: number): void {
    this.#assertWritable();
    if (size > this.inode.size) {
      this.disk.assertSpace(this.path, size - this.inode.size);
      this.inode.truncate(size);
    }
    this.sync();
  }

  truncate(size: number): void {
    this.#assertWritable();
    this.inode.truncate(size);
  }

  close(): void {
    assert(this.#state !== 'writing', 'a file is closed only between writes', () => this.path);
    this.#state = 'closed';
  }

  written(outcome: 'durable' | 'failed'): void {
    this.#state = outcome === 'durable' ? 'open' : 'poisoned';
  }

  #assertUsable(): void {
    this.process.assertAlive();
    assert(this.#state !== 'closed', 'a closed file is not used', () => this.path);
    assert(this.#state !== 'poisoned', 'a file is not used after a failed sync', () => this.path);
  }

  #assertWritable(): void {
    this.#assertUsable();
    assert(this.#access === 'writable', 'only a file opened for writing is written', () => this.path);
    assert(this.#state !== 'writing', 'one write is under way per file', () => this.path);
  }
}

/** The chunks are not copied before they are durable: a caller that changes them meanwhile finds that on its disk. */
class WriteEvent extends ProcessEvent implements PendingWrite {
  override readonly process: SimulatedProcess;
  override readonly kind: TraceKind = 'disk-write';
  override readonly detail: number;
  readonly inode: Inode;
  readonly offset: number;
  readonly chunks: readonly Uint8Array[];
  readonly #file: SimulatedFile;
  readonly #length: number;
  readonly #done: Done;
  #error: DiskError | undefined;

  constructor(file: SimulatedFile, offset: number, chunks: readonly Uint8Array[], length: number, done: Done) {
    super();
    this.process = file.process;
    this.inode = file.inode;
    this.detail = offset + length;
    this.offset = offset;
    this.chunks = chunks;
    this.#file = file;
    this.#length = length;
    this.#done = done;
  }

  override fire(): void {
    if (!this.#file.disk.finish(this)) return;
    this.#error = this.#write();
    this.process.dispatch(this);
  }

  override run(): void {
    this.#file.written(this.#error === undefined ? 'durable' : 'failed');
    this.#done(this.#error);
  }

  #write(): DiskError | undefined {
    const { disk, path } = this.#file;
    const growth = this.offset + this.#length - this.inode.size;
    if (growth > 0 && growth > disk.freeBytes()) return new DiskError('no-space', path, `no space left on the disk for ${path}`);
    if (!disk.takeSyncFailure()) {
      this.inode.writeDurably(this.offset, this.chunks);
      return undefined;
    }
    this.#writeAndLose();
    return syncError(path);
  }

  #writeAndLose(): void {
    let at = this.offset;
    for (const chunk of this.chunks) {
      this.inode.write(at, chunk);
      at += chunk.length;
    }
    this.inode.failSync();
  }
}
