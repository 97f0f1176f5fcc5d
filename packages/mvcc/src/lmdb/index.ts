// Generations of pages in one directory: files `pages-<n>` and a file CURRENT that names the one in force. CURRENT is
// replaced by writing a new file, syncing it, renaming it over the old one and syncing the directory, so at every instant
// exactly one whole generation is current. What another generation left behind is removed at the next start or creation.
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { FormatError } from '../errors.js';
import type { Pages, PagesHome } from '../pages.js';
import { LmdbPages } from './lmdb-pages.js';

export interface LmdbPagesHomeOptions {
  /** Made if need be; this home's alone. */
  readonly directory: string;
  /** Address space reserved for the file, above which lmdb maps it anew. No memory or disk is taken by it. Default 64 GiB. */
  readonly mapBytesMax?: number;
}

export const lmdbPagesHome = (options: LmdbPagesHomeOptions): PagesHome => new Home(options);

const MAP_BYTES_MAX = 64 * 1024 ** 3;
const CURRENT = 'CURRENT';
const GENERATION_FILE = /^pages-(\d+)/;

class Home implements PagesHome {
  readonly #directory: string;
  readonly #mapBytesMax: number;
  #current = 0;
  /** The highest generation ever opened here: a number is not used twice while its file may still be open. */
  #newest = 0;

  constructor(options: LmdbPagesHomeOptions) {
    this.#directory = options.directory;
    this.#mapBytesMax = options.mapBytesMax ?? MAP_BYTES_MAX;
  }

  openCurrent(): Pages {
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    this.#current = this.#readCurrent() ?? this.#begin();
    this.#newest = Math.max(this.#newest, this.#current);
    this.#removeOthers();
    return this.#open(this.#current);
  }

  create(): Pages {
    this.#removeOthers();
    this.#newest++;
    return this.#open(this.#newest);
  }

  promote(done: (error: Error | undefined) => void): void {
    setImmediate(() => done(this.#tryPromote()));
  }

  #tryPromote(): Error | undefined {
    try {
      this.#writeCurrent(this.#newest);
      this.#current = this.#newest;
      this.#removeOthers();
      return undefined;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  #open(generation: number): Pages {
    const pages = new LmdbPages(join(this.#directory, `pages-${generation}`), this.#mapBytesMax);
    this.#syncDirectory();
    return pages;
  }

  #begin(): number {
    this.#writeCurrent(1);
    return 1;
  }

  #readCurrent(): number | undefined {
    const path = join(this.#directory, CURRENT);
    if (!existsSync(path)) return undefined;
    const text = readFileSync(path, 'utf8');
    if (!/^\d+\n$/.test(text)) throw new FormatError(`${path} does not hold the number of a generation`);
    return Number(text);
  }

  #writeCurrent(generation: number): void {
    const next = join(this.#directory, `${CURRENT}.next`);
    const file = openSync(next, 'w', 0o600);
    try {
      writeSync(file, `${generation}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(next, join(this.#directory, CURRENT));
    this.#syncDirectory();
  }

  #removeOthers(): void {
    for (const name of readdirSync(this.#directory)) {
      const generation = GENERATION_FILE.exec(name)?.[1];
      if (generation === undefined) continue;
      this.#newest = Math.max(this.#newest, Number(generation));
      if (Number(generation) !== this.#current) rmSync(join(this.#directory, name), { force: true });
    }
  }

  #syncDirectory(): void {
    const directory = openSync(this.#directory, 'r');
    try {
      fsyncSync(directory);
    } finally {
      closeSync(directory);
    }
  }
}
