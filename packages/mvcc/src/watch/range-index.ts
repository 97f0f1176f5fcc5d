// Intervals of keys, to be asked which of them hold a key. They stand in the order of their starts, in chunks that know
// their furthest end: a question looks into the chunks that begin at or before the key and reach beyond it.
import { assert } from '@reknit/base';
import type { Interest } from './interest.js';

/** A chunk is scanned from its start, and there is one more comparison for each chunk: about the square root of many thousands. */
const CHUNK_MAX = 128;

export interface KeyRange {
  readonly from: string;
  readonly to: string;
  readonly interest: Interest;
}

interface Chunk {
  readonly ranges: KeyRange[];
  furthest: string;
}

export class RangeIndex {
  readonly #chunks: Chunk[] = [];
  /** Those without an end would make every chunk reach beyond every key. */
  readonly #unbounded: { readonly from: string; readonly interest: Interest }[] = [];

  add(from: string, to: string | undefined, interest: Interest): void {
    if (to === undefined) {
      this.#unbounded.push({ from, interest });
      return;
    }
    const index = this.#chunkFor(from);
    const chunk = this.#chunks[index];
    const range = { from, to, interest };
    if (chunk === undefined) this.#chunks.push({ ranges: [range], furthest: to });
    else this.#insert(index, chunk, range);
  }

  remove(from: string, to: string | undefined, interest: Interest): void {
    if (to === undefined) {
      const at = this.#unbounded.findIndex((range) => range.interest === interest);
      this.#unbounded.splice(at, 1);
      return;
    }
    for (let index = this.#chunkFor(from); index >= 0; index--) {
      const chunk = this.#chunks[index]!;
      const at = chunk.ranges.findIndex((range) => range.interest === interest);
      if (at < 0) continue;
      chunk.ranges.splice(at, 1);
      if (chunk.ranges.length === 0) this.#chunks.splice(index, 1);
      else if (chunk.furthest === to) chunk.furthest = furthestOf(chunk.ranges);
      return;
    }
    assert(false, 'a range is removed once, after it was added');
  }

  /** Appends the interests whose range holds `key`. */
  find(key: string, found: Interest[]): void {
    for (const range of this.#unbounded) if (range.from <= key) found.push(range.interest);
    for (const chunk of this.#chunks) {
      const { ranges } = chunk;
      if (ranges[0]!.from > key) return;
      if (chunk.furthest <= key) continue;
      for (const range of ranges) {
        if (range.from > key) return;
        if (range.to > key) found.push(range.interest);
      }
    }
  }

  #insert(index: number, chunk: Chunk, range: KeyRange): void {
    const after = chunk.ranges.findIndex((other) => other.from > range.from);
    if (after < 0) chunk.ranges.push(range);
    else chunk.ranges.splice(after, 0, range);
    if (range.to > chunk.furthest) chunk.furthest = range.to;
    if (chunk.ranges.length <= CHUNK_MAX) return;
    const right = chunk.ranges.splice(CHUNK_MAX >>> 1);
    chunk.furthest = furthestOf(chunk.ranges);
    this.#chunks.splice(index + 1, 0, { ranges: right, furthest: furthestOf(right) });
  }

  /** The last chunk that begins at or before `from`, or the first. */
  #chunkFor(from: string): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#chunks[middle]!.ranges[0]!.from <= from) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }
}

const furthestOf = (ranges: readonly KeyRange[]): string =>
  ranges.reduce((furthest, { to }) => (to > furthest ? to : furthest), '');
