// What goes into a bundle, piece by piece: each piece is bounded, redacted, and allowed to fail. What could not be had is
// told with the reason: in a bad hour that is a finding too.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { reasonOf, systemReason } from '../cli-error.js';
import type { Redactor } from './redact.js';

export interface Piece {
  readonly path: string;
  readonly text: string;
  /** Of how many bytes this is the end; absent: it is whole. */
  readonly tailOf?: number;
}

export interface Missing {
  readonly path: string;
  readonly why: string;
}

/** What a person or a tool reads through; logs of a bad hour repeat themselves. */
const TAIL_BYTES = 1024 * 1024;
const BLOCK_BYTES = 64 * 1024;
/** No collector may hold up the others. */
const WITHIN_MS = 5000;

export class Collection {
  readonly pieces: Piece[] = [];
  readonly missing: Missing[] = [];
  readonly #redact: Redactor;
  readonly #onProgress: (path: string) => void;

  constructor(redact: Redactor, onProgress: (path: string) => void) {
    this.#redact = redact;
    this.#onProgress = onProgress;
  }

  /** Undefined: there is no such thing here, and nobody expects it. */
  async add(path: string, collect: () => Promise<string | undefined> | string | undefined): Promise<void> {
    this.#onProgress(path);
    try {
      const text = await withinTime(collect);
      if (text !== undefined) this.#keep({ path, text });
    } catch (error) {
      this.missing.push({ path, why: this.#redact(reasonOf(error)) });
    }
  }

  addJson(path: string, collect: () => Promise<unknown> | unknown): Promise<void> {
    return this.add(path, async () => {
      const value = await collect();
      return value === undefined ? undefined : `${JSON.stringify(value, null, 2)}\n`;
    });
  }

  /** The end of a file, from the beginning of a line. */
  addTail(path: string, file: string): void {
    this.#onProgress(path);
    try {
      const { text, size } = tailOf(file);
      this.#keep(size > TAIL_BYTES ? { path, text, tailOf: size } : { path, text });
    } catch (error) {
      this.missing.push({ path, why: systemReason(error) });
    }
  }

  #keep(piece: Piece): void {
    this.pieces.push({ ...piece, text: this.#redact(piece.text) });
  }
}

function tailOf(file: string): { readonly text: string; readonly size: number } {
  const descriptor = openSync(file, 'r');
  try {
    const size = writtenSize(descriptor, fstatSync(descriptor).size);
    const buffer = Buffer.alloc(Math.min(size, TAIL_BYTES));
    const length = readSync(descriptor, buffer, 0, buffer.length, size - buffer.length);
    const text = buffer.toString('utf8', 0, length);
    return { text: size > TAIL_BYTES ? text.slice(text.indexOf('\n') + 1) : text, size };
  } finally {
    closeSync(descriptor);
  }
}

/** A journal is made at its full size, and is zeroes behind what was written. */
function writtenSize(descriptor: number, size: number): number {
  const block = Buffer.alloc(BLOCK_BYTES);
  for (let end = size; end > 0; ) {
    const begin = Math.max(0, end - block.length);
    const length = readSync(descriptor, block, 0, end - begin, begin);
    for (let at = length; at > 0; at--) if (block[at - 1] !== 0) return begin + at;
    end = begin;
  }
  return 0;
}

async function withinTime<Value>(collect: () => Promise<Value> | Value): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${WITHIN_MS / 1000} s`)), WITHIN_MS);
  });
  try {
    return await Promise.race([collect(), late]);
  } finally {
    clearTimeout(timer);
  }
}
