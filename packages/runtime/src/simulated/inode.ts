// A file's content as the page cache shows it and, sector by sector, as the disk holds it. Kept is the cache plus what
// the disk still has of the sectors that differ. A sync forgets that; a crash puts it back where chance says that a
// write had not arrived. After a failed sync the sectors count as clean though the disk has not got them, as on Linux:
// a later sync does not bring them there, only writing them again does.
import type { DiskFaults } from './faults.js';
import type { Prng } from './prng.js';

const SECTOR_BYTES: number = 512;

const ZERO_SECTOR = new Uint8Array(SECTOR_BYTES);
const INITIAL_CAPACITY = 4096;

export class Inode {
  #bytes: Uint8Array = new Uint8Array(0);
  #size: number = 0;
  #durableSize: number = 0;
  /** Written since the last sync: what the disk holds there. */
  readonly #dirty: Map<number, Uint8Array> = new Map();
  /** Dropped by a failed sync: what the disk holds there. */
  readonly #lost: Map<number, Uint8Array> = new Map();

  get size(): number {
    return this.#size;
  }

  read(offset: number, length: number): Uint8Array {
    return this.#bytes.slice(offset, Math.max(offset, Math.min(offset + length, this.#size)));
  }

  write(offset: number, data: Uint8Array): void {
    if (data.length === 0) return;
    this.#grow(offset + data.length);
    this.#markDirty(offset, offset + data.length);
    this.#bytes.set(data, offset);
    this.#size = Math.max(this.#size, offset + data.length);
  }

  /** Straight to the disk: these sectors and the size. */
  writeDurably(offset: number, chunks: readonly Uint8Array[]): void {
    let at = offset;
    for (const chunk of chunks) {
      this.#grow(at + chunk.length);
      this.#bytes.set(chunk, at);
      at += chunk.length;
    }
    this.#size = Math.max(this.#size, at);
    this.#durableSize = this.#size;
    if (this.#dirty.size > 0 || this.#lost.size > 0) this.#markClean(offset, at);
  }

  sync(): void {
    this.#dirty.clear();
    this.#durableSize = this.#size;
  }

  failSync(): void {
    for (const [sector, old] of this.#dirty) this.#lost.set(sector, old);
    this.#dirty.clear();
  }

  truncate(size: number): void {
    if (size > this.#size) this.#grow(size);
    else if (size < this.#size) {
      this.#markDirty(size, this.#size);
      this.#bytes.fill(0, size, this.#size);
    }
    this.#size = size;
  }

  flip(offset: number, mask: number): void {
    const sector = Math.floor(offset / SECTOR_BYTES);
    const held = this.#dirty.get(sector) ?? this.#lost.get(sector);
    if (held !== undefined) held[offset % SECTOR_BYTES]! ^= mask;
    this.#bytes[offset]! ^= mask;
  }

  /** Zeroes where this sector's content was, in the cache and on the disk. */
  erase(offset: number): void {
    const sector = Math.floor(offset / SECTOR_BYTES);
    this.#dirty.delete(sector);
    this.#lost.delete(sector);
    this.#bytes.fill(0, sector * SECTOR_BYTES, (sector + 1) * SECTOR_BYTES);
  }

  durableCopy(): Uint8Array {
    const image = new Uint8Array(this.#durableSize);
    image.set(this.#bytes.subarray(0, Math.min(this.#durableSize, this.#bytes.length)));
    for (const held of [this.#dirty, this.#lost]) {
      for (const [sector, old] of held) {
        const at = sector * SECTOR_BYTES;
        if (at < image.length) image.set(old.subarray(0, image.length - at), at);
      }
    }
    return image;
  }

  crash(prng: Prng, faults: DiskFaults): void {
    if (this.#dirty.size === 0 && this.#lost.size === 0 && this.#size === this.#durableSize) return;
    const size = this.#sizeAfterCrash(prng, faults);
    for (const [sector, old] of this.#lost) this.#restore(sector, old);
    for (const [sector, old] of this.#dirty) {
      const truncationLost = size > this.#size && (sector + 1) * SECTOR_BYTES > this.#size;
      if (truncationLost || !prng.chance(faults.keepSector)) this.#restore(sector, old);
      else if (prng.chance(faults.tornSector)) this.#tear(sector, old, prng, faults.garbage);
    }
    this.#lost.clear();
    this.#dirty.clear();
    this.#grow(size);
    this.#bytes.fill(0, size);
    this.#size = size;
    this.#durableSize = size;
  }

  #sizeAfterCrash(prng: Prng, faults: DiskFaults): number {
    if (this.#size === this.#durableSize || prng.chance(faults.keepEntry)) return this.#size;
    const growth = this.#size - this.#durableSize;
    if (growth < 0 || prng.chance(0.5)) return this.#durableSize;
    return this.#durableSize + prng.below(Math.ceil(growth / SECTOR_BYTES)) * SECTOR_BYTES;
  }

  #tear(sector: number, old: Uint8Array, prng: Prng, garbage: number): void {
    const at = sector * SECTOR_BYTES;
    const cut = prng.below(SECTOR_BYTES);
    if (!prng.chance(garbage)) {
      this.#bytes.set(old.subarray(cut), at + cut);
      return;
    }
    // Only what was being written: the neighbours in the sector were synced before and must survive.
    for (let byte = 0; byte < SECTOR_BYTES; byte++) {
      if (this.#bytes[at + byte] !== old[byte]) this.#bytes[at + byte] = prng.below(256);
    }
  }

  #restore(sector: number, old: Uint8Array): void {
    this.#grow((sector + 1) * SECTOR_BYTES);
    this.#bytes.set(old, sector * SECTOR_BYTES);
  }

  #markDirty(from: number, to: number): void {
    const last = Math.floor((to - 1) / SECTOR_BYTES);
    for (let sector = Math.floor(from / SECTOR_BYTES); sector <= last; sector++) {
      if (this.#dirty.has(sector)) continue;
      this.#dirty.set(sector, this.#lost.get(sector) ?? this.#sectorCopy(sector));
      this.#lost.delete(sector);
    }
  }

  #markClean(from: number, to: number): void {
    const last = Math.floor((to - 1) / SECTOR_BYTES);
    for (let sector = Math.floor(from / SECTOR_BYTES); sector <= last; sector++) {
      this.#dirty.delete(sector);
      this.#lost.delete(sector);
    }
  }

  #sectorCopy(sector: number): Uint8Array {
    const at = sector * SECTOR_BYTES;
    return at >= this.#size ? ZERO_SECTOR.slice() : this.#bytes.slice(at, at + SECTOR_BYTES);
  }

  /** Whole sectors, and zero beyond the size. */
  #grow(size: number): void {
    if (size <= this.#bytes.length) return;
    const wanted = Math.max(size, this.#bytes.length * 2, INITIAL_CAPACITY);
    const larger = new Uint8Array(Math.ceil(wanted / SECTOR_BYTES) * SECTOR_BYTES);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}
