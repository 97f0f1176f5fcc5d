// One open file. `writeAndSync`, the hot path of every write that Reknit acknowledges, is a single trip to libuv's
// thread pool: a pwritev on a second descriptor opened with O_DSYNC, where the kernel returns after the data is
// durable. Measured on ext4/NVMe against pwritev + fdatasync (two trips, two wake-ups): 0.13-0.20 ms instead of
// 0.19-0.23 ms for batches of 300 bytes to 64 KiB. The first descriptor serves reads and writes to the page cache.
// A failed sync poisons the file: the kernel may have dropped the dirty pages and would report success next time.
import fs from 'node:fs';
import { assert } from '@reknit/base';
import type { DiskError, DiskFile } from '../disk.js';
import { mapErrors, toDiskError } from './disk-error.js';

const { O_CREAT, O_DSYNC, O_EXCL, O_RDONLY, O_RDWR, O_WRONLY } = fs.constants;
type Mode = 'read' | 'write' | 'create';
const FLAGS: Readonly<Record<Mode, number>> = { read: O_RDONLY, write: O_RDWR, create: O_RDWR | O_CREAT | O_EXCL };

/** Large enough that the system calls do not count, small enough to stay in the cache. */
const ZEROES: Uint8Array = new Uint8Array(1024 * 1024);

type Done = (error: DiskError | undefined) => void;
type State =
  | { readonly kind: 'open' }
  | { readonly kind: 'writing' }
  | { readonly kind: 'poisoned'; readonly error: DiskError }
  | { readonly kind: 'closed' };

const OPEN: State = { kind: 'open' };
const WRITING: State = { kind: 'writing' };
const CLOSED: State = { kind: 'closed' };

export function openNodeFile(path: string, mode: Mode): DiskFile {
  const descriptor = fs.openSync(path, FLAGS[mode], 0o600);
  if (mode === 'read') return new NodeFile(path, descriptor, undefined);
  try {
    return new NodeFile(path, descriptor, fs.openSync(path, O_WRONLY | O_DSYNC));
  } catch (error) {
    fs.closeSync(descriptor);
    throw error;
  }
}

class NodeFile implements DiskFile {
  readonly path: string;
  readonly #descriptor: number;
  readonly #durable: number | undefined;
  #state: State = OPEN;

  constructor(path: string, descriptor: number, durable: number | undefined) {
    this.path = path;
    this.#descriptor = descriptor;
    this.#durable = durable;
  }

  size(): number {
    this.#assertUsable();
    return mapErrors(this.path, () => fs.fstatSync(this.#descriptor).size);
  }

  read(offset: number, length: number): Uint8Array {
    this.#assertUsable();
    return mapErrors(this.path, () => readUpTo(this.#descriptor, offset, length));
  }

  write(offset: number, data: Uint8Array): void {
    this.#assertWritable();
    mapErrors(this.path, () => writeAll(this.#descriptor, offset, data));
  }

  sync(): void {
    this.#assertWritable();
    this.#orPoison(() => fs.fdatasyncSync(this.#descriptor));
  }

  writeAndSync(offset: number, chunks: readonly Uint8Array[], done: Done): void {
    this.#assertWritable();
    this.#state = WRITING;
    this.#writeDurably(offset, chunks, done);
  }

  preallocate(size: number): void {
    this.#assertWritable();
    const before = this.size();
    try {
      for (let at = before; at < size; at += ZEROES.length)
        this.write(at, ZEROES.subarray(0, Math.min(ZEROES.length, size - at)));
    } catch (error) {
      this.truncate(before);
      throw error;
    }
    this.sync();
  }

  truncate(size: number): void {
    this.#assertWritable();
    mapErrors(this.path, () => fs.ftruncateSync(this.#descriptor, size));
  }

  close(): void {
    if (this.#state.kind === 'closed') return;
    assert(this.#state.kind !== 'writing', 'a file is closed only between writes', () => this.path);
    this.#state = CLOSED;
    mapErrors(this.path, () => {
      fs.closeSync(this.#descriptor);
      if (this.#durable !== undefined) fs.closeSync(this.#durable);
    });
  }

  #writeDurably(offset: number, chunks: readonly Uint8Array[], done: Done): void {
    // `writev` does not change its list; Node's types only forgot to say so.
    fs.writev(this.#durable!, chunks as Uint8Array[], offset, (error, written) => {
      if (error !== null) return this.#poison(toDiskError(this.path, error), done);
      const rest = afterBytes(chunks, written);
      if (rest.length > 0) return this.#writeDurably(offset + written, rest, done);
      this.#state = OPEN;
      done(undefined);
    });
  }

  #poison(error: DiskError, done: Done): void {
    this.#state = { kind: 'poisoned', error };
    done(error);
  }

  #orPoison(action: () => void): void {
    try {
      action();
    } catch (cause) {
      const error = toDiskError(this.path, cause);
      this.#state = { kind: 'poisoned', error };
      throw error;
    }
  }

  #assertUsable(): void {
    assert(this.#state.kind !== 'closed', 'a closed file is not used', () => this.path);
    assert(this.#state.kind !== 'poisoned', 'a file is not used after a failed sync', () => this.path);
  }

  #assertWritable(): void {
    this.#assertUsable();
    assert(this.#durable !== undefined, 'only a file opened for writing is written', () => this.path);
    assert(this.#state.kind !== 'writing', 'one write is under way per file', () => this.path);
  }
}

function readUpTo(descriptor: number, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const count = fs.readSync(descriptor, bytes, filled, length - filled, offset + filled);
    if (count === 0) return bytes.slice(0, filled);
    filled += count;
  }
  return bytes;
}

function writeAll(descriptor: number, offset: number, data: Uint8Array): void {
  let written = 0;
  while (written < data.length) written += fs.writeSync(descriptor, data, written, data.length - written, offset + written);
}

/** What remains after a short write: the kernel may stop early, e.g. at a signal or just before the disk is full. */
function afterBytes(chunks: readonly Uint8Array[], written: number): readonly Uint8Array[] {
  let left = written;
  for (let at = 0; at < chunks.length; at++) {
    const chunk = chunks[at]!;
    if (left < chunk.length) return [chunk.subarray(left), ...chunks.slice(at + 1)];
    left -= chunk.length;
  }
  return [];
}
