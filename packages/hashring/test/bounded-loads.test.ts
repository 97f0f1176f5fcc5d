import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BoundedLoads, type BoundedMove, type ConsistentHash, HASH_KINDS, type NodeSpec } from '../src/index.js';
import { build, expectRefusal, inZones, keysNamed, nodesNamed } from './support.js';

const EPSILON = 0.05;
const filled = (hash: ConsistentHash, keys: readonly string[], epsilon = EPSILON, replicas = 1): BoundedLoads => {
  const loads = new BoundedLoads(hash, { epsilon, replicas });
  for (const key of keys) loads.assign(key);
  return loads;
};
const loadsOf = (loads: BoundedLoads, { nodes }: ConsistentHash): readonly number[] => nodes.map(({ id }) => loads.load(id));

function expectBounds(loads: BoundedLoads, { nodes }: ConsistentHash): void {
  for (const { id } of nodes) expect(loads.load(id)).toBeLessThanOrEqual(loads.bound(id));
}

test.each(HASH_KINDS)('%s: no node exceeds ⌈(1 + ε) · mean⌉ at any time', (kind) => {
  const hash = build(kind, nodesNamed(20), 32);
  const loads = new BoundedLoads(hash, { epsilon: EPSILON });
  for (const [at, key] of keysNamed(500).entries()) {
    loads.assign(key);
    expect(Math.max(...loadsOf(loads, hash))).toBeLessThanOrEqual(Math.ceil((1 + EPSILON) * ((at + 1) / 20)));
  }
});

test('a hundred nodes stay within 1.05 of their mean', () => {
  const hash = build('ring', nodesNamed(100), 256);
  const loads = filled(hash, keysNamed(20_000));
  expect(Math.max(...loadsOf(loads, hash)) / 200).toBeLessThanOrEqual(1.05);
});

const operation = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('assign' as const), value: fc.nat(80) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('release' as const), value: fc.nat(80) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('join' as const), value: fc.nat(8) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), value: fc.nat(8) }) },
);
const nodeAt = (at: number): NodeSpec => ({ id: `n${at}`, weight: 1 + (at % 3), domain: [`z${at % 3}`] });

test('whatever comes, goes, joins or leaves: bounds hold, domains hold, and the moves tell all that changed', () => {
  fc.assert(
    fc.property(
      fc.array(operation, { minLength: 20, maxLength: 120 }),
      fc.constantFrom(1, 2, 3),
      fc.constantFrom(0, 0.1, 0.5),
      (operations, replicas, epsilon) => {
        let hash = build('ring', [0, 1, 2, 3, 4, 5].map(nodeAt), 16);
        const loads = new BoundedLoads(hash, { epsilon, replicas });
        const seen = new Map<string, string[]>();
        const follow = (moves: readonly BoundedMove[]): void => {
          for (const { key, from, to } of moves) seen.get(key)!.splice(seen.get(key)!.indexOf(from), 1, to);
        };
        for (const { kind, value } of operations) {
          const { id, ...spec } = nodeAt(value);
          const present = hash.nodes.some((node) => node.id === id);
          if (kind === 'assign') {
            const { nodes, moves } = loads.assign(`k${value}`);
            follow(moves);
            seen.set(`k${value}`, [...nodes]);
          } else if (kind === 'release') {
            seen.delete(`k${value}`);
            follow(loads.release(`k${value}`));
          } else if (kind === 'join' && !present) follow(loads.update((hash = hash.with({ id, ...spec }))));
          else if (kind === 'leave' && present && stillEnoughZones(hash, id)) follow(loads.update((hash = hash.without(id))));
          expectBounds(loads, hash);
          expectApart(loads, hash, replicas);
          for (const [key, nodes] of seen) expect([...loads.locate(key)!].sort()).toEqual([...nodes].sort());
        }
      },
    ),
    { numRuns: 60 },
  );
});

const stillEnoughZones = ({ nodes }: ConsistentHash, leaver: string): boolean =>
  new Set(nodes.filter(({ id }) => id !== leaver).map(({ domain }) => domain[0])).size === 3;

function expectApart(loads: BoundedLoads, { nodes }: ConsistentHash, replicas: number): void {
  const zones = new Map(nodes.map(({ id, domain }) => [id, domain[0]]));
  for (const placed of loads.placement().keys.values()) {
    expect(placed).toHaveLength(replicas);
    expect(new Set(placed.map((id) => zones.get(id))).size).toBe(replicas);
  }
}

test('a change moves what the bounds require, and not one key more', () => {
  fc.assert(
    fc.property(fc.integer({ min: 3, max: 12 }), fc.constantFrom(0, 0.05, 0.3), fc.boolean(), (count, epsilon, joins) => {
      const before = build('ring', nodesNamed(count), 32);
      const loads = filled(before, keysNamed(400), epsilon);
      const after = joins ? before.with({ id: 'joiner' }) : before.without('node-1');
      const held = loadsOf(loads, before);
      const moves = loads.update(after);
      const lost = joins ? 0 : held[before.nodes.findIndex(({ id }) => id === 'node-1')]!;
      const excess = before.nodes.reduce(
        (sum, { id }, at) => sum + (after.nodes.some((node) => node.id === id) ? Math.max(0, held[at]! - loads.bound(id)) : 0),
        0,
      );
      expect(moves).toHaveLength(lost + excess);
      expectBounds(loads, after);
    }),
    { numRuns: 40 },
  );
});

test('a key goes where the hash would have it while there is room', () => {
  const hash = build('ring', nodesNamed(10), 64);
  const loads = filled(hash, keysNamed(200));
  for (const key of keysNamed(300, 'later')) {
    const owner = hash.locate(key);
    const held = loads.load(owner);
    const [node] = loads.assign(key).nodes;
    if (held < loads.bound(owner)) expect(node).toBe(owner);
    else expect(node).not.toBe(owner);
  }
});

test('weights scale the bounds; a zone that is too small for its weight gets what it can hold', () => {
  const hash = build('ring', [{ id: 'a', weight: 9 }, { id: 'b' }, { id: 'c' }], 64);
  const loads = filled(hash, keysNamed(110), 0, 2);
  expect(loadsOf(loads, hash)).toEqual([110, 55, 55]);
});

test('zones that replicas shared are left as soon as the nodes say that they are zones', () => {
  const plain = build('ring', nodesNamed(6), 32);
  const zoned = build(
    'ring',
    nodesNamed(6).map(({ id }, at) => ({ id, domain: [`z${at % 3}`] })),
    32,
  );
  const loads = filled(plain, keysNamed(60), 0.2, 3);
  const moves = loads.update(zoned);
  expect(new Set(moves.map(({ why }) => why))).toContain('crowded');
  expectApart(loads, zoned, 3);
  expectBounds(loads, zoned);
});

test('more replicas than zones: a zone of one node holds one of each key, and the bounds still add up', () => {
  const hash = build('ring', [{ id: 'a', domain: ['z0'] }, ...[1, 2, 3].map((at) => ({ id: `b${at}`, domain: ['z1'] }))], 32);
  const loads = new BoundedLoads(hash, { epsilon: 0, replicas: 3, spread: 'prefer' });
  for (const key of keysNamed(30)) loads.assign(key);
  expect(hash.nodes.map(({ id }) => loads.bound(id))).toEqual([30, 20, 20, 20]);
  expect(loadsOf(loads, hash)).toEqual([30, 20, 20, 20]);
});

test('a placement that is restored goes on as it was', () => {
  const hash = build('ring', inZones(3, 2, 2), 32);
  const loads = filled(hash, keysNamed(100), 0.1, 3);
  const again = new BoundedLoads(hash, { epsilon: 0.1, replicas: 3 });
  expect(again.restore(loads.placement())).toEqual([]);
  expect(again.placement()).toEqual(loads.placement());
  const joined = hash.with({ id: 'joiner', domain: ['z0', 'r9'] });
  expect(again.update(joined)).toEqual(loads.update(joined));
});

test('bad settings are refused', () => {
  const hash = build('ring', inZones(2, 1, 2));
  for (const epsilon of [-0.1, Number.NaN, Number.POSITIVE_INFINITY])
    expectRefusal(() => new BoundedLoads(hash, { epsilon }), 'bad-option');
  expectRefusal(() => new BoundedLoads(hash, { epsilon: 0.1, replicas: 5 }), 'too-many-replicas');
  expectRefusal(() => new BoundedLoads(hash, { epsilon: 0.1, replicas: 3 }), 'too-few-domains');
  const loads = filled(hash, ['a']);
  expectRefusal(() => loads.bound('absent'), 'unknown-node');
  expectRefusal(() => loads.restore(loads.placement()), 'other-plan');
});
