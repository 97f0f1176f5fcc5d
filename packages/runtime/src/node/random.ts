import { randomFillSync } from 'node:crypto';
import type { Random } from '../random.js';

/** `next` is V8's own generator, seeded by the operating system and good enough for jitter; `bytes` cannot be guessed. */
export function createNodeRandom(): Random {
  return {
    next: () => Math.random(),
    bytes: (length) => randomFillSync(new Uint8Array(length)),
  };
}
