// An ordered map from binary strings, as a list of sorted chunks: a look-up is two binary searches, an insertion moves at
// most one chunk's worth of pointers. `snapshot` is O(chunks): both sides go on and copy only the chunks they change.
//
// A cursor survives changes made between its steps: it notices them by a counter and finds its place again by key.

/** Small enough that a splice stays within a few cache lines of pointers, large enough that the list of chunks is short. */
const CHUNK_ENTRIES_MAX = 256;

interface Chunk<V> {
  readonly keys: string[];
  readonly values: V[];
  /** The map that may change this chunk in place. */
  readonly owner: object;
}

export class SortedMap<V> {
  readonly #chunks: Chunk<V>[] = [];
  #owner: object = {};
  #size = 0;
  #changes = 0;

  get size(): number {
    return this.#size;
  }

  /** Rises with every insertion and removal. */
  get changes(): number {
    return this.#changes;
  }

  get(key: string): V | undefined {
    const chunk = this.#chunks[this.#chunkOf(key)];
    if (chunk === undefined) return undefined;
    const at = lowerBound(chunk.keys, key);
    return chunk.keys[at] === key ? chunk.values[at] : undefined;
  }

  set(key: string, value: V): void {
    if (this.#chunks.length === 0) this.#chunks.push({ keys: [], values: [], owner: this.#owner });
    const index = Math.min(this.#chunkOf(key), this.#chunks.length - 1);
    const chunk = this.#own(index);
    const at = lowerBound(chunk.keys, key);
    if (chunk.keys[at] === key) {
      chunk.values[at] = value;
      return;
    }
    insertAt(chunk.keys, at, key);
    insertAt(chunk.values, at, value);
    this.#size++;
    this.#changes++;
    if (chunk.keys.length > CHUNK_ENTRIES_MAX) this.#split(index, at === chunk.keys.length - 1);
  }

  delete(key: string): boolean {
    const index = this.#chunkOf(key);
    const found = this.#chunks[index];
    if (found === undefined) return false;
    const at = lowerBound(found.keys, key);
    if (found.keys[at] !== key) return false;
    const chunk = this.#own(index);
    chunk.keys.splice(at, 1);
    chunk.values.splice(at, 1);
    if (chunk.keys.length === 0) this.#chunks.splice(index, 1);
    this.#size--;
    this.#changes++;
    return true;
  }

  /** An independent copy that shares what neither side changes. */
  snapshot(): SortedMap<V> {
    const copy = new SortedMap<V>();
    for (const chunk of this.#chunks) copy.#chunks.push(chunk);
    copy.#size = this.#size;
    this.#owner = {};
    return copy;
  }

  /** From the first key at or after `from`. */
  cursor(from: string): SortedCursor<V> {
    return new SortedCursor(this, from);
  }

  /** The last key before `key`, or the last of all. */
  lower(key: string | undefined): string | undefined {
    const last = this.#chunks.at(-1);
    if (key === undefined) return last?.keys.at(-1);
    const index = this.#chunkOf(key);
    const chunk = this.#chunks[index];
    const at = chunk === undefined ? 0 : lowerBound(chunk.keys, key);
    return at > 0 ? chunk?.keys[at - 1] : this.#chunks[index - 1]?.keys.at(-1);
  }

  /** Of the first key at or after `key`, as [chunk, offset]; the chunk is undefined at the end. */
  locate(key: string): { readonly chunk: number; readonly at: number } {
    const chunk = this.#chunkOf(key);
    const found = this.#chunks[chunk];
    return { chunk, at: found === undefined ? 0 : lowerBound(found.keys, key) };
  }

  /** For cursors only. */
  chunkAt(index: number): { readonly keys: readonly string[]; readonly values: readonly V[] } | undefined {
    return this.#chunks[index];
  }

  /** The first chunk whose last key is at or after `key`. */
  #chunkOf(key: string): number {
    const chunks = this.#chunks;
    let low = 0;
    let high = chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const keys = chunks[middle]!.keys;
      if (keys[keys.length - 1]! < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #own(index: number): Chunk<V> {
    const chunk = this.#chunks[index]!;
    if (chunk.owner === this.#owner) return chunk;
    const own = { keys: chunk.keys.slice(), values: chunk.values.slice(), owner: this.#owner };
    this.#chunks[index] = own;
    this.#changes++;
    return own;
  }

  /** Keys that come in order leave full chunks behind, as in a log. */
  #split(index: number, appended: boolean): void {
    const chunk = this.#chunks[index]!;
    const at = appended ? chunk.keys.length - 1 : chunk.keys.length >>> 1;
    const right = { keys: chunk.keys.splice(at), values: chunk.values.splice(at), owner: this.#owner };
    this.#chunks.splice(index + 1, 0, right);
  }
}

export class SortedCursor<V> {
  readonly #map: SortedMap<V>;
  #changes: number;
  #chunk: number;
  #at: number;
  #key: string | undefined;
  #value: V | undefined;

  constructor(map: SortedMap<V>, from: string) {
    this.#map = map;
    this.#changes = map.changes;
    const place = map.locate(from);
    this.#chunk = place.chunk;
    this.#at = place.at;
    this.#load();
  }

  /** Undefined at the end. */
  get key(): string | undefined {
    return this.#key;
  }

  get value(): V | undefined {
    return this.#value;
  }

  advance(): void {
    if (this.#key === undefined) return;
    if (this.#changes !== this.#map.changes) this.#findAgain(this.#key);
    else this.#at++;
    this.#load();
  }

  #findAgain(key: string): void {
    this.#changes = this.#map.changes;
    const place = this.#map.locate(key);
    this.#chunk = place.chunk;
    this.#at = this.#map.chunkAt(place.chunk)?.keys[place.at] === key ? place.at + 1 : place.at;
  }

  #load(): void {
    let chunk = this.#map.chunkAt(this.#chunk);
    if (chunk !== undefined && this.#at >= chunk.keys.length) {
      this.#at = 0;
      chunk = this.#map.chunkAt(++this.#chunk);
    }
    this.#key = chunk?.keys[this.#at];
    this.#value = chunk?.values[this.#at];
  }
}

function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keys[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

function insertAt<T>(items: T[], at: number, item: T): void {
  if (at === items.length) items.push(item);
  else items.splice(at, 0, item);
}
