// Puts and gets per second on both kinds of pages, and the longest time for which a flush held the event loop.
// Run after a build: node packages/mvcc/bench/key-space.bench.mjs
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryPagesHome, openKeySpace } from '@reknit/mvcc';
import { lmdbPagesHome } from '@reknit/mvcc/lmdb';

const KEYS = 100_000;
const VALUE_BYTES = 256;
const SHARD = 500;

const encoder = new TextEncoder();
const keyAt = (at) => encoder.encode(`key-${String((at * 7919) % KEYS).padStart(12, '0')}`);
const value = new Uint8Array(VALUE_BYTES).fill(120);

const putOf = (key) => ({ key, value, lease: 0n, prevKv: false, ignoreValue: false, ignoreLease: false });
const rangeOf = (key, rangeEnd = new Uint8Array(0), limit = 0, countOnly = false) => ({
  key,
  rangeEnd,
  limit,
  revision: 0,
  sortOrder: 0,
  sortTarget: 0,
  keysOnly: false,
  countOnly,
  minModRevision: 0,
  maxModRevision: 0,
  minCreateRevision: 0,
  maxCreateRevision: 0,
});

const turn = () => new Promise((resolve) => setImmediate(resolve));

class Bench {
  #space;
  #name;
  #index = 0;
  #flushing = Promise.resolve();
  #busy = false;

  constructor(name, home) {
    this.#name = name;
    this.#space = openKeySpace(home, { branch: 'bench' });
  }

  async run() {
    await this.#measure('put, new keys', (at) => void this.#space.put(putOf(keyAt(at))));
    await this.#settle();
    await this.#measure('put, flushed keys', (at) => void this.#space.put(putOf(keyAt(at))));
    await this.#measure('get, mixed', (at) => void this.#space.range(rangeOf(keyAt(at))));
    await this.#settle();
    await this.#measure('get, flushed', (at) => void this.#space.range(rangeOf(keyAt(at))));
    await this.#once('count of all keys', KEYS, () => this.#space.range(rangeOf(new Uint8Array(1), new Uint8Array(1), 0, true)));
    await this.#once('range of 10,000 keys', 10_000, () =>
      this.#space.range(rangeOf(new Uint8Array(1), new Uint8Array(1), 10_000)),
    );
    await this.#once('hash', 2 * KEYS, () => {
      const job = this.#space.hashJob(0);
      while (job.step() === undefined);
    });
    this.#space.close();
  }

  /** In shards with a turn between them, as a server works; flushes run beside. */
  async #measure(what, work) {
    let spent = 0;
    let longest = 0;
    const began = performance.now();
    for (let at = 0; at < KEYS; at += SHARD) {
      const from = performance.now();
      for (let one = at; one < at + SHARD; one++) work(one);
      const worked = performance.now();
      spent += worked - from;
      this.#maybeFlush();
      await turn();
      longest = Math.max(longest, performance.now() - worked);
    }
    const total = performance.now() - began;
    this.#tell(what, KEYS, spent, `with flushes ${Math.round(KEYS / (total / 1000))}/s, longest pause ${longest.toFixed(1)} ms`);
  }

  async #once(what, records, work) {
    const from = performance.now();
    work();
    this.#tell(what, records, performance.now() - from, '');
    await turn();
  }

  #maybeFlush() {
    this.#space.end({ branch: 'bench', epoch: 1, index: ++this.#index, round: 1 });
    if (this.#space.flushDue && !this.#busy) this.#flush();
  }

  #flush() {
    this.#busy = true;
    this.#flushing = new Promise((resolve, reject) =>
      this.#space.flush((error) => {
        this.#busy = false;
        if (error === undefined) resolve();
        else reject(error);
      }),
    );
  }

  async #settle() {
    await this.#flushing;
    this.#flush();
    const from = performance.now();
    await this.#flushing;
    console.log(`${this.#name.padEnd(8)} rest flushed in ${(performance.now() - from).toFixed(0)} ms`);
  }

  #tell(what, records, milliseconds, more) {
    const each = ((milliseconds / records) * 1000).toFixed(2);
    const rate = Math.round(records / (milliseconds / 1000));
    console.log(`${this.#name.padEnd(8)} ${what.padEnd(22)} ${each.padStart(7)} µs ${String(rate).padStart(9)}/s  ${more}`);
  }
}

const directory = mkdtempSync(join(tmpdir(), 'reknit-mvcc-bench-'));
try {
  await new Bench('memory', memoryPagesHome()).run();
  await new Bench('LMDB', lmdbPagesHome({ directory })).run();
} finally {
  rmSync(directory, { recursive: true, force: true });
}
