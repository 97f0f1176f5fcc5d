// A 64-bit hash of strings in two 32-bit lanes: no BigInt, no bytes, no allocation. It reads UTF-16 units in pairs, each lane
// mixing them with its own multipliers as MurmurHash3 does, and ends in MurmurHash3's cross-over of lanes. Only 32-bit integer
// operations, which ECMAScript defines to the bit: the same on every engine and processor (test/hash.test.ts has vectors).
// The surprising thing: it is not meant against an adversary. Whoever chooses the keys can make them collide; a secret seed
// makes that harder, not impossible.

const A1 = 0xcc9e2d51 | 0;
const A2 = 0x1b873593;
const A_STEP = 0xe6546b64 | 0;
const B1 = 0x239b961b;
const B2 = 0xab0e9789 | 0;
const B_STEP = 0x561ccd1b;
/** Sets the lanes apart for the empty string and for seed 0. */
const B_SEED = 0x9e3779b9 | 0;

/** Unsigned 32-bit halves. */
export interface Hash64 {
  readonly high: number;
  readonly low: number;
}

/** MurmurHash3's finalizer: a bijection in which every input bit moves every output bit. */
export function mix32(value: number): number {
  let x = value;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}

/**
 * @param seed any 32-bit integer
 * @param out receives the high and the low half
 * @returns the high half, unsigned
 */
export function hashWords(text: string, seed: number, out: Uint32Array): number {
  let a = seed | 0;
  let b = seed ^ B_SEED;
  const { length } = text;
  const paired = length & ~1;
  for (let at = 0; at < paired; at += 2) {
    const word = text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16);
    let k = Math.imul(word, A1);
    a ^= Math.imul((k << 15) | (k >>> 17), A2);
    a = (Math.imul((a << 13) | (a >>> 19), 5) + A_STEP) | 0;
    k = Math.imul(word, B1);
    b ^= Math.imul((k << 16) | (k >>> 16), B2);
    b = (Math.imul((b << 17) | (b >>> 15), 5) + B_STEP) | 0;
  }
  if (length !== paired) {
    const word = text.charCodeAt(paired);
    let k = Math.imul(word, A1);
    a ^= Math.imul((k << 15) | (k >>> 17), A2);
    k = Math.imul(word, B1);
    b ^= Math.imul((k << 16) | (k >>> 16), B2);
  }
  a ^= length;
  b ^= length;
  a = (a + b) | 0;
  b = (b + a) | 0;
  a = mix32(a);
  b = mix32(b);
  a = (a + b) | 0;
  b = (b + a) | 0;
  out[0] = a;
  out[1] = b;
  return a >>> 0;
}

const scratch = new Uint32Array(2);

/** @param seed any 32-bit integer; hashes under different seeds are independent */
export function hash64(text: string, seed: number = 0): Hash64 {
  const high = hashWords(text, seed, scratch);
  return { high, low: scratch[1]! };
}

/** Sixteen hexadecimal digits. */
export function hash64Hex(text: string, seed: number = 0): string {
  const { high, low } = hash64(text, seed);
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');
}

/** Keys and ids are hashed under different seeds, so that a key that equals an id does not fall on that node's points. */
export const KEY_SEED = 0;
export const NODE_SEED = 0x6e6f6465;
