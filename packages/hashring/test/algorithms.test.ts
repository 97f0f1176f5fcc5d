// What all algorithms promise, tried on each of them.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  deserialize,
  HASH_KINDS,
  hash64,
  idealMovement,
  JumpHash,
  jump,
  Maglev,
  measureBalance,
  measureMovement,
  portableLog,
  Rendezvous,
  Ring,
  serialize,
} from '../src/index.js';
import { build, expectRefusal, keysNamed, nodesNamed, someIds } from './support.js';

const KEYS = keysNamed(300);
const MANY = keysNamed(100_000);
const require = createRequire(import.meta.url);

describe.each(HASH_KINDS)('%s', (kind) => {
  test('every key has one owner among the nodes, the first of its replicas, which are distinct', () => {
    fc.assert(
      fc.property(someIds(1, 12), fc.string(), fc.nat(), (ids, key, seed) => {
        const hash = build(
          kind,
          ids.map((id) => ({ id })),
          16,
        );
        const count = 1 + (seed % ids.length);
        const replicas = hash.replicas(key, count);
        expect(replicas[0]).toBe(hash.locate(key));
        expect(new Set(replicas).size).toBe(count);
        expect(ids).toEqual(expect.arrayContaining([...replicas]));
      }),
      { numRuns: 60 },
    );
  });

  test('more replicas extend fewer', () => {
    const hash = build(kind, nodesNamed(9));
    for (const key of KEYS) {
      const all = hash.replicas(key, 9);
      for (let count = 1; count < 9; count++) expect(hash.replicas(key, count)).toEqual(all.slice(0, count));
    }
  });

  test('what is written and read again answers the same', () => {
    fc.assert(
      fc.property(someIds(1, 10), (ids) => {
        const hash = build(
          kind,
          ids.map((id) => ({ id })),
          16,
        ).with({ id: 'a new node', domain: [] });
        const again = deserialize(serialize(hash));
        expect(again.describe()).toEqual(hash.describe());
        expect(KEYS.map((key) => again.replicas(key, 2))).toEqual(KEYS.map((key) => hash.replicas(key, 2)));
      }),
      { numRuns: 20 },
    );
  });

  test('a replacement takes exactly the keys of what it replaces', () => {
    const before = build(kind, nodesNamed(10));
    const after = before.replace('node-4', { id: 'successor' });
    expect(after.version).toBe(2);
    for (const key of KEYS) {
      expect(after.replicas(key, 3)).toEqual(before.replicas(key, 3).map((id) => (id === 'node-4' ? 'successor' : id)));
    }
  });

  test('a change and its opposite cancel out', () => {
    const before = build(kind, nodesNamed(10));
    const after = before.with({ id: 'guest' }).without('guest');
    expect(KEYS.map((key) => after.locate(key))).toEqual(KEYS.map((key) => before.locate(key)));
    expect(after.version).toBe(3);
  });

  test('every kind of bad input has an error of its own', () => {
    const hash = build(kind, nodesNamed(3));
    expectRefusal(() => build(kind, []), 'empty-ring');
    expectRefusal(() => build(kind, [{ id: 'a' }]).without('a'), 'empty-ring');
    expectRefusal(() => build(kind, [{ id: 'a' }, { id: 'a' }]), 'duplicate-node');
    expectRefusal(() => hash.with({ id: 'node-1' }), 'duplicate-node');
    expectRefusal(() => hash.with({ id: '' }), 'bad-id');
    expectRefusal(() => hash.without('absent'), 'unknown-node');
    expectRefusal(() => hash.replace('absent', { id: 'b' }), 'unknown-node');
    for (const weight of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
      expectRefusal(() => hash.with({ id: 'b', weight }), 'bad-weight');
    expectRefusal(() => hash.with({ id: 'b', domain: ['zone'] }), 'bad-domain');
    expectRefusal(() => hash.replicas('key', 4), 'too-many-replicas');
    expectRefusal(() => hash.replicas('key', 0), 'bad-option');
    expectRefusal(() => hash.replicas('key', 1.5), 'bad-option');
  });
});

test.each([
  ['ring', 1.1],
  ['jump', 1.1],
  ['rendezvous', 1.1],
  ['maglev', 1.1],
] as const)('%s keeps a hundred nodes within a tenth of their mean', (kind, peak) => {
  const hash = build(kind, nodesNamed(100), 2048);
  const sampling = 3.5 * Math.sqrt(100 / MANY.length);
  expect(measureBalance(hash, MANY).peak).toBeLessThan(peak + sampling);
  if (hash instanceof Ring) expect(Math.max(...hash.shares()) * 100).toBeLessThan(peak);
});

test.each(['ring', 'jump', 'rendezvous'] as const)(
  '%s: a node that joins takes keys, and no key moves between others',
  (kind) => {
    fc.assert(
      fc.property(someIds(2, 12), (ids) => {
        const [joiner, ...rest] = ids;
        const before = build(
          kind,
          rest.map((id) => ({ id })),
          16,
        );
        const after = before.with({ id: joiner! });
        for (const key of KEYS) if (after.locate(key) !== before.locate(key)) expect(after.locate(key)).toBe(joiner);
      }),
      { numRuns: 40 },
    );
  },
);

test.each(['ring', 'rendezvous'] as const)('%s: only the keys of a node that leaves move, whichever it is', (kind) => {
  fc.assert(
    fc.property(someIds(2, 12), fc.nat(), (ids, chosen) => {
      const leaver = ids[chosen % ids.length]!;
      const before = build(
        kind,
        ids.map((id) => ({ id })),
        16,
      );
      const after = before.without(leaver);
      for (const key of KEYS) if (before.locate(key) !== leaver) expect(after.locate(key)).toBe(before.locate(key));
    }),
    { numRuns: 40 },
  );
});

test('jump: the last node takes the seat of one that leaves, and no other key moves', () => {
  const before = new JumpHash(nodesNamed(10));
  const after = before.without('node-3');
  for (const key of KEYS) {
    const owner = before.locate(key);
    if (owner === 'node-3') expect(after.locate(key)).not.toBe('node-3');
    else if (owner !== 'node-9') expect([owner, 'node-9']).toContain(after.locate(key));
  }
});

test.each(['ring', 'jump', 'rendezvous', 'maglev'] as const)('%s moves what its loads require, and little more', (kind) => {
  const slack = kind === 'maglev' ? 2.5 : 1.01;
  const before = build(kind, nodesNamed(50), 512);
  const joined = measureMovement(before, before.with({ id: 'joiner' }), MANY);
  expect(joined.moved).toBeLessThanOrEqual(joined.least * slack);
  expect(joined.moved / joined.ideal).toBeGreaterThan(0.8);
  expect(joined.moved / joined.ideal).toBeLessThan(kind === 'maglev' ? 2.5 : 1.2);
});

test.each(['ring', 'rendezvous', 'maglev'] as const)('%s: the order in which nodes came does not matter', (kind) => {
  fc.assert(
    fc.property(someIds(1, 10), (ids) => {
      const specs = ids.map((id) => ({ id }));
      const forth = build(kind, specs, 16);
      const back = build(kind, specs.toReversed(), 16);
      expect(KEYS.map((key) => back.locate(key))).toEqual(KEYS.map((key) => forth.locate(key)));
    }),
    { numRuns: 20 },
  );
});

test.each(['ring', 'rendezvous', 'maglev'] as const)('%s gives each node keys in proportion to its weight', (kind) => {
  const hash = build(kind, [{ id: 'a', weight: 0.5 }, { id: 'b' }, { id: 'c', weight: 2.5 }, { id: 'd', weight: 4 }], 2048);
  const { peak, least } = measureBalance(hash, MANY);
  expect(peak).toBeLessThan(1.07);
  expect(least).toBeGreaterThan(0.93);
});

test('jump refuses weights', () => {
  expectRefusal(() => new JumpHash([{ id: 'a' }, { id: 'b', weight: 2 }]), 'weights-unsupported');
});

test('ring and rendezvous: a heavier node only gains', () => {
  const ring = new Ring(nodesNamed(8), { virtualNodes: 64 });
  const heavier = ring.reweigh('node-2', 1.7);
  for (const key of KEYS) if (heavier.locate(key) !== ring.locate(key)) expect(heavier.locate(key)).toBe('node-2');
  const plain = new Rendezvous(nodesNamed(8));
  const weighted = new Rendezvous(nodesNamed(8).map((node) => (node.id === 'node-2' ? { ...node, weight: 1.7 } : node)));
  for (const key of KEYS) if (weighted.locate(key) !== plain.locate(key)) expect(weighted.locate(key)).toBe('node-2');
});

test('the shares of a ring are what its lookups show, and add up to one', () => {
  const ring = new Ring(nodesNamed(5), { virtualNodes: 8 });
  const shares = ring.shares();
  expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
  const { loads } = measureBalance(ring, MANY);
  for (const [at, { id, load }] of loads.entries()) {
    expect(ring.nodes[at]!.id).toBe(id);
    expect(load / MANY.length).toBeCloseTo(shares[at]!, 2);
  }
});

test('the deviation of a ring is the square root of (1 - 1/n) / V', () => {
  const [n, virtualNodes, rings] = [40, 64, 30];
  let squares = 0;
  for (let at = 0; at < rings; at++)
    for (const share of new Ring(nodesNamed(n, `ring-${at}`), { virtualNodes }).shares()) squares += (share * n - 1) ** 2;
  const deviation = Math.sqrt(squares / (n * rings));
  expect(deviation / Math.sqrt((1 - 1 / n) / virtualNodes)).toBeGreaterThan(0.93);
  expect(deviation / Math.sqrt((1 - 1 / n) / virtualNodes)).toBeLessThan(1.07);
});

test('jump is the function of the paper: it agrees with another implementation on every key', () => {
  const { jumpConsistentHash } = require('@subspace/jump-consistent-hash') as {
    jumpConsistentHash(key: Uint8Array, buckets: number): number;
  };
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 8, maxLength: 8 }), fc.integer({ min: 1, max: 100_000 }), (key, buckets) => {
      const view = new DataView(key.buffer);
      expect(jump(view.getUint32(0), view.getUint32(4), buckets)).toBe(jumpConsistentHash(key, buckets));
    }),
    { numRuns: 2000 },
  );
});

test('the portable logarithm is that of the platform, to the last bits, and rises with its argument', () => {
  const word = fc.oneof(fc.nat(2 ** 32 - 1), fc.constantFrom(0, 1, 2, 3, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 2));
  fc.assert(
    fc.property(word, (value) => {
      const exact = Math.log((2 * value + 1) / 2 ** 33);
      expect(Math.abs(portableLog(value) / exact - 1)).toBeLessThan(1e-14);
      if (value < 2 ** 32 - 1) expect(portableLog(value + 1)).toBeGreaterThan(portableLog(value));
    }),
    { numRuns: 2000 },
  );
});

test('another process, and this one later, find the same: the answers are fixed', () => {
  const specs = [{ id: 'a', weight: 2 }, { id: 'b' }, { id: 'ç' }, { id: 'd', weight: 0.5 }];
  const answers = HASH_KINDS.map((kind) => {
    const hash = build(kind, kind === 'jump' ? nodesNamed(4) : specs);
    return `${kind} ${keysNamed(24)
      .map((key) => hash.locate(key).at(-1))
      .join('')}`;
  });
  expect(answers).toMatchInlineSnapshot(`
    [
      "ring adabadbaaaaçbdbbçaççççad",
      "jump 002212232311132132111202",
      "rendezvous aabababbabbbçadbaaaadaaa",
      "maglev ççbbbaaaççaaabbbabaçdaaa",
    ]
  `);
});

test('a process of its own answers the same for what it reads', () => {
  const ring = new Ring(nodesNamed(7), { virtualNodes: 32 });
  const script = `
    import { deserialize } from ${JSON.stringify(import.meta.resolve('../dist/index.js'))};
    const ring = deserialize(process.argv[1]);
    console.log(JSON.stringify(Array.from({ length: 300 }, (_, at) => ring.replicas('key:' + at, 3))));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script, serialize(ring)], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual(KEYS.map((key) => ring.replicas(key, 3)));
});

test('a text that is not ours, is damaged, or comes from the future is refused as such', () => {
  const text = serialize(new Ring(nodesNamed(3), { virtualNodes: 8 }));
  for (const foreign of ['', 'no JSON', '3', 'null', '{}', '{"format":"hashring"}'])
    expectRefusal(() => deserialize(foreign), 'foreign');
  expectRefusal(() => deserialize(text.replace('node-1', 'node-9')), 'damaged');
  expectRefusal(() => deserialize(text.replace('"formatVersion":1', '"formatVersion":2')), 'later-format');
  expectRefusal(() => deserialize(text.replace('"formatVersion":1,', '')), 'damaged');
});

test('settings out of range are refused', () => {
  expectRefusal(() => new Ring(nodesNamed(2), { virtualNodes: 0 }), 'bad-option');
  expectRefusal(() => new Ring(nodesNamed(2), { virtualNodes: 1.5 }), 'bad-option');
  expectRefusal(() => new Ring([{ id: 'a', weight: 1e9 }]), 'too-many-points');
  expectRefusal(() => new Maglev(nodesNamed(2), { tableSize: 65_536 }), 'bad-option');
  expectRefusal(() => new Maglev(nodesNamed(20), { tableSize: 13 }), 'bad-option');
});

test('the ideal movement is the share that a joiner or a leaver has', () => {
  const before = new Ring(nodesNamed(9), { virtualNodes: 8 });
  expect(idealMovement(before, before.with({ id: 'joiner' }))).toBeCloseTo(1 / 10, 12);
  expect(idealMovement(before, before.without('node-0'))).toBeCloseTo(1 / 9, 12);
  expect(idealMovement(before, before.replace('node-0', { id: 'other' }))).toBeCloseTo(1 / 9, 12);
});

test('keys and ids live apart: a key that equals an id is not drawn to that node', () => {
  const ring = new Ring(nodesNamed(100), { virtualNodes: 64 });
  const own = ring.nodes.filter(({ id }) => ring.locate(id) === id).length;
  expect(own).toBeLessThan(8);
  expect(hash64('node-1').high).not.toBe(hash64('node-1', 1).high);
});
