// The disk of one machine. It outlives the machine's processes: their end leaves the page cache as it is, and of a
// write that was under way a prefix; a crash of the machine leaves what was synced and, of the rest, what chance says.
import type { Millis } from '@reknit/base';
import { DiskError } from '../disk.js';
import type { DiskFaults } from './faults.js';
import { FileTree } from './file-tree.js';
import type { Inode } from './inode.js';
import type { Prng } from './prng.js';
import type { SimulatedProcess } from './process.js';
import type { Timeline } from './timeline.js';

/** What a disk without a limit reports as free: still a number to calculate with. */
const UNLIMITED_BYTES = 2 ** 50;

/** A `writeAndSync` between its call and its end. */
export interface PendingWrite {
  readonly process: SimulatedProcess;
  readonly inode: Inode;
  readonly offset: number;
  readonly chunks: readonly Uint8Array[];
}

export class SimulatedDisk {
  readonly timeline: Timeline;
  /** Multiplies the time of every write from now on: 1 is healthy, 1000 is a disk that all but hangs. */
  slowFactor: number = 1;
  capacityBytes: number;
  readonly #faults: DiskFaults;
  readonly #prng: Prng;
  readonly #pending: Set<PendingWrite> = new Set();
  readonly #locks: Map<string, SimulatedProcess> = new Map();
  #tree: FileTree = new FileTree();
  #failNextSync: boolean = false;
  #busyUntil: Millis = 0;

  constructor(timeline: Timeline, name: string, faults: DiskFaults) {
    this.timeline = timeline;
    this.#prng = timeline.prng(`disk ${name}`);
    this.#faults = faults;
    this.capacityBytes = faults.capacityBytes;
  }

  get tree(): FileTree {
    return this.#tree;
  }

  /** The next sync of any kind reports an input/output error, and what it should have made durable is lost. */
  failNextSync(): void {
    this.#failNextSync = true;
  }

  /** Flips bits of one byte where it lies, beneath every checksum. */
  corrupt(path: string, offset: number, mask: number = 1): void {
    this.#tree.file(path).flip(offset, mask);
  }

  /** A sector that the disk had acknowledged never arrived: it holds zeroes, as before the file was written. */
  eraseSector(path: string, offset: number): void {
    this.#tree.file(path).erase(offset);
  }

  /** It is as fast and as large as it was made, and the next sync succeeds. What was damaged stays so. */
  mend(): void {
    this.slowFactor = 1;
    this.capacityBytes = this.#faults.capacityBytes;
    this.#failNextSync = false;
  }

  usedBytes(): number {
    let used = 0;
    for (const inode of this.#tree.files('entries').values()) used += inode.size;
    return used;
  }

  /** A new, empty disk. */
  wipe(): void {
    this.#tree = new FileTree();
    this.#pending.clear();
  }

  /** What would be there if the machine lost power now and nothing that was not synced had arrived. */
  durableFiles(): Map<string, Uint8Array> {
    return new Map([...this.#tree.files('durable')].map(([path, inode]) => [path, inode.durableCopy()]));
  }

  freeBytes(): number {
    if (this.capacityBytes === Number.POSITIVE_INFINITY) return UNLIMITED_BYTES;
    return Math.max(0, this.capacityBytes - this.usedBytes());
  }

  assertSpace(path: string, growth: number): void {
    if (growth > 0 && growth > this.freeBytes()) throw new DiskError('no-space', path, `no space left on the disk for ${path}`);
  }

  /** Consumes the switch: true when this sync must fail. */
  takeSyncFailure(): boolean {
    const fails = this.#failNextSync;
    this.#failNextSync = false;
    return fails;
  }

  lock(path: string, process: SimulatedProcess): boolean {
    const holder = this.#locks.get(path);
    if (holder?.alive && holder !== process) return false;
    this.#locks.set(path, process);
    if (this.#tree.find(path) === undefined) this.#tree.create(path);
    return true;
  }

  /** @returns when this write will be durable: one after the other, as a disk's queue of depth one */
  begin(write: PendingWrite, length: number): Millis {
    this.#pending.add(write);
    const { syncMinMs, syncTailMs, bytesPerMs } = this.#faults;
    const duration = (syncMinMs + this.#prng.tail(syncTailMs) + length / bytesPerMs) * this.slowFactor;
    this.#busyUntil = Math.max(this.#busyUntil, this.timeline.now) + duration;
    return this.#busyUntil;
  }

  /** @returns false when the write was ended before its time by a crash or the end of its process */
  finish(write: PendingWrite): boolean {
    return this.#pending.delete(write);
  }

  /** The process is gone, the machine lives: what the kernel had taken over by then is in the page cache. */
  abandon(process: SimulatedProcess): void {
    for (const write of this.#pending) {
      if (write.process !== process) continue;
      this.#pending.delete(write);
      writePrefix(write, this.#prng.chance(0.5) ? 1 : this.#prng.next());
    }
  }

  crash(): void {
    for (const write of this.#pending) writePrefix(write, 1);
    this.#pending.clear();
    this.#locks.clear();
    this.#busyUntil = 0;
    this.#tree.crash(this.#prng, this.#faults.keepEntry);
    for (const inode of this.#tree.files('entries').values()) inode.crash(this.#prng, this.#faults);
  }
}

/** To the page cache only: a crash may still take any sector of it. */
function writePrefix({ inode, offset, chunks }: PendingWrite, fraction: number): void {
  let left = Math.floor(chunks.reduce((sum, chunk) => sum + chunk.length, 0) * fraction);
  let at = offset;
  for (const chunk of chunks) {
    const part = chunk.subarray(0, left);
    inode.write(at, part);
    at += part.length;
    left -= part.length;
  }
}
