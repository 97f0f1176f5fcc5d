// Side by side with the package that it stands in for.
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import Original from 'hashring';
import { expect, test } from 'vitest';
import { md5, sha1 } from '../src/ketama/digests.js';
import Default, { HashRing, type HashRingOptions, type Servers } from '../src/ketama/index.js';
import { expectRefusal, keysNamed } from './support.js';

const KEYS = keysNamed(200);

/** Host and port, as most give them. The original fails on names like `constructor`, which is no answer to compare. */
const server = fc
  .tuple(fc.constantFrom('10.0.0.', '192.168.7.', 'cache-', 'ü'), fc.nat(60), fc.constantFrom(':11211', ':11212', ''))
  .map((parts) => parts.join(''));
const servers: fc.Arbitrary<Servers> = fc.oneof(
  server,
  fc.array(server, { maxLength: 6 }),
  fc.dictionary(server, fc.integer({ min: 0, max: 9 }), { minKeys: 1, maxKeys: 6 }),
  fc.dictionary(
    server,
    fc.record({ weight: fc.integer({ min: 1, max: 9 }), vnodes: fc.integer({ min: 0, max: 60 }) }, { requiredKeys: [] }),
    { minKeys: 1, maxKeys: 6 },
  ),
);
const options: fc.Arbitrary<Partial<HashRingOptions>> = fc.record(
  {
    'vnode count': fc.integer({ min: 1, max: 60 }),
    'default port': fc.constantFrom(11211, 1),
    compatibility: fc.constantFrom('hash_ring' as const, 'ketama' as const),
    replicas: fc.integer({ min: 0, max: 6 }),
    'max cache size': fc.integer({ min: 1, max: 50 }),
  },
  { requiredKeys: [] },
);
const algorithm = fc.constantFrom('md5', 'sha1');

// The types of the original know fewer ways to give servers than it does.
const originalOf = (given: Servers, ...rest: [string?, Partial<HashRingOptions>?]): Original =>
  new Original(structuredClone(given) as never, ...(rest as [string]));

function expectSame(ours: HashRing, original: Original): void {
  const keys = [...KEYS, ...KEYS.slice(0, 20), '', 'ünï✓', '\ud800'];
  expect(keys.map((key) => ours.get(key))).toEqual(keys.map((key) => original.get(key)));
  expect(KEYS.slice(0, 20).map((key) => ours.range(key))).toEqual(KEYS.slice(0, 20).map((key) => original.range(key)));
  expect(ours.range('key', 3, false)).toEqual(original.range('key', 3, false));
  expect(ours.range('key', 2)).toEqual(original.range('key', 2));
}

test('any servers, digest and options give the same answers', () => {
  fc.assert(
    fc.property(servers, algorithm, options, (given, digest, settings) => {
      expectSame(new HashRing(given, digest, settings), originalOf(given, digest, settings));
    }),
    { numRuns: 60 },
  );
});

test('the points are the same, one by one', () => {
  fc.assert(
    fc.property(servers, options, (given, settings) => {
      const original = originalOf(given, 'md5', settings) as unknown as { points(): object; ring: object[]; size: number };
      const ours = new HashRing(given, 'md5', settings);
      expect({ ...ours.points() }).toEqual({ ...original.points() });
      expect(ours.size).toBe(original.size);
      expect(ours.ring).toEqual(original.ring.map((point) => ({ ...point })));
    }),
    { numRuns: 40 },
  );
});

test('after any additions, removals and swaps the answers are still the same', () => {
  const command = fc.record({ kind: fc.constantFrom('add' as const, 'remove' as const, 'swap' as const), server });
  fc.assert(
    fc.property(
      fc.uniqueArray(server, { minLength: 2, maxLength: 5 }),
      fc.array(command, { maxLength: 6 }),
      (given, commands) => {
        const ours = new HashRing(given);
        const original = originalOf(given);
        for (const { kind, server: other } of commands) {
          if (kind === 'swap') {
            const from = ours.servers[0]?.string;
            if (from === undefined || ours.has(other)) continue;
            ours.swap(from, other);
            original.swap(from, other);
          } else {
            ours[kind](other);
            original[kind](other);
          }
          expectSame(ours, original);
          expect(ours.has(other)).toBe(original.has(other));
        }
      },
    ),
    { numRuns: 30 },
  );
});

test('servers as addresses are understood', () => {
  const given = [
    { host: '10.0.0.1', port: 11211 },
    { host: '10.0.0.2', port: 11212, vnodes: 12 },
  ];
  expectSame(new HashRing(given), originalOf(given));
});

test('a hash function of one own is used as the original uses it, whether it gives bytes or text', () => {
  const given = ['a:1', 'b:2', 'c:3'];
  const bytes = (key: string): Buffer => createHash('sha512').update(key).digest();
  const text = (key: string): string => bytes(key).toString('latin1');
  for (const hasher of [bytes, text]) expectSame(new HashRing(given, hasher), new Original(given, hasher));
});

test('where the original stumbles over the names of Object, there are answers', () => {
  const ours = new HashRing(['a:1', 'b:2']);
  for (const key of ['constructor', '__proto__', 'toString']) {
    expect(['a:1', 'b:2']).toContain(ours.get(key));
    expect(ours.get(key)).toBe(ours.get(key));
  }
});

test('an ended ring has no answer, as in the original', () => {
  const [ours, original] = [new HashRing(['a:1']).end(), originalOf(['a:1']).end()];
  expect(ours.get('key')).toBe(original.get('key'));
  expect(ours.range('key')).toEqual(original.range('key'));
  expect(new HashRing([]).get('key')).toBeUndefined();
});

test('the deprecated names still work', () => {
  const ours = new HashRing(['a:1']).addServer('b:2').removeServer('a:1');
  expect([ours.getNode('key'), ours.getNodePosition(5), ours.position(5)]).toEqual(['b:2', ours.find(5), ours.find(5)]);
});

test('the digests are those of Node.js for any text', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.integer({ min: 50, max: 130 }).map((n) => 'x'.repeat(n)),
  );
  fc.assert(
    fc.property(text, (value) => {
      expect([...md5(value)]).toEqual([...createHash('md5').update(value).digest()]);
      expect([...sha1(value)]).toEqual([...createHash('sha1').update(value).digest()]);
    }),
  );
});

test('a digest that is not built in is refused with the way out', () => {
  expectRefusal(() => new HashRing(['a:1'], 'whirlpool'), 'bad-option');
});

test('it can be imported by default, by name, and required', () => {
  expect(Default).toBe(HashRing);
  const require = createRequire(import.meta.url);
  const Required = require('../dist/ketama/index.js') as typeof HashRing;
  expect(new Required(['a:1', 'b:2']).get('key')).toBe(new HashRing(['a:1', 'b:2']).get('key'));
});
