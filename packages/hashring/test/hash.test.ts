import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hash64, hash64Hex, hashWords } from '../src/index.js';

const KEYS = 20_000;
const words = (texts: readonly string[], seed = 0): readonly number[] =>
  texts.flatMap((text) => Object.values(hash64(text, seed)));
const numbered = (shape: (at: number) => string): readonly string[] => Array.from({ length: KEYS }, (_, at) => shape(at));

test('the vectors hold: the function is the same on every platform, for ever', () => {
  const vectors: Readonly<Record<string, string>> = {
    '': 'cfa113010c77f6f4',
    a: '768208caa1be56d7',
    ab: '4e0224b674eea6a2',
    abc: '764b84a91cce175b',
    hello: 'e16b4fcbb6265a68',
    'user:1': '57dda59eae8a4b86',
    'node-17': 'd4602ec43b8896ca',
    'ünïcode ✓': '6b1a1aefd6996b9d',
    '🚀': '63211ecb909dc43a',
    '0123456789abcdef0123456789abcdef': '5615f4f52bc9c858',
  };
  expect(Object.fromEntries(Object.keys(vectors).map((text) => [text, hash64Hex(text)]))).toEqual(vectors);
  expect(hash64Hex('seeded', 0x5eed)).toBe('cad60fa1f2f6f6e1');
});

test('halves are unsigned 32-bit integers, and the fast form agrees with the plain one', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.integer(), (text, seed) => {
      const out = new Uint32Array(2);
      const high = hashWords(text, seed, out);
      expect(hash64(text, seed)).toEqual({ high: out[0], low: out[1] });
      expect(high).toBe(out[0]);
    }),
  );
});

test.each([
  ['numbered', numbered((at) => `user:${at}`)],
  ['padded', numbered((at) => String(at).padStart(32, '0'))],
  ['a changing head', numbered((at) => `${at}/and/a/common/tail/of/some/length`)],
  ['repeated letters', numbered((at) => 'a'.repeat(at % 200) + String.fromCharCode(at))],
])('keys that are %s fill every bucket alike', (_name, keys) => {
  const distinct = [...new Set(keys)];
  for (const half of [0, 1]) {
    for (const shift of [0, 24]) {
      const counts = new Uint32Array(256);
      for (const key of distinct) counts[(words([key])[half]! >>> shift) & 255]!++;
      const expected = distinct.length / 256;
      const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
      // 255 degrees of freedom: mean 255, deviation 22.6; five deviations either way.
      expect(chiSquare).toBeGreaterThan(142);
      expect(chiSquare).toBeLessThan(368);
    }
  }
});

test('no two of many similar keys collide', () => {
  const keys = new Set([...numbered((at) => `k${at}`), ...numbered((at) => `k${at}\0`), ...numbered((at) => `\0k${at}`)]);
  expect(new Set([...keys].map((key) => hash64Hex(key))).size).toBe(keys.size);
});

test('each bit of the input moves every bit of the output half of the time', () => {
  const flips = new Uint32Array(64);
  const trials = 4000;
  for (let trial = 0; trial < trials; trial++) {
    const text = `avalanche-${trial}`;
    const at = trial % text.length;
    const changed = text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << (trial % 7))) + text.slice(at + 1);
    const before = words([text]);
    const after = words([changed]);
    for (let bit = 0; bit < 64; bit++) flips[bit]! += ((before[bit >> 5]! ^ after[bit >> 5]!) >>> (bit & 31)) & 1;
  }
  for (const flipped of flips) expect(Math.abs(flipped / trials - 0.5)).toBeLessThan(0.04);
});

test('seeds give functions that know nothing of each other', () => {
  const keys = numbered((at) => `k${at}`);
  const plain = words(keys);
  const seeded = words(keys, 1);
  const equalBytes = plain.filter((word, at) => (word & 255) === (seeded[at]! & 255)).length;
  expect(Math.abs(equalBytes / plain.length - 1 / 256)).toBeLessThan(0.002);
});
