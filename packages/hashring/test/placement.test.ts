import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HASH_KINDS, type NodeSpec, placeAll, placeReplicas } from '../src/index.js';
import { build, expectRefusal, inZones, keysNamed, nodesNamed } from './support.js';

const KEYS = keysNamed(100);

/** How many replicas each domain of a level holds. */
function countsOf(nodes: readonly NodeSpec[], placed: readonly string[], levels: number): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { id, domain = [] } of nodes) {
    const name = domain.slice(0, levels).join('/');
    counts.set(name, (counts.get(name) ?? 0) + Number(placed.includes(id)));
  }
  return counts;
}

const topologies = fc.record({
  zones: fc.array(fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 5 }),
  replicas: fc.integer({ min: 1, max: 5 }),
});
const nodesOf = (zones: readonly (readonly number[])[]): readonly NodeSpec[] =>
  zones.flatMap((racks, zone) =>
    racks.flatMap((hosts, rack) =>
      Array.from({ length: hosts }, (_, host) => ({ id: `${zone}-${rack}-${host}`, domain: [`z${zone}`, `r${rack}`] })),
    ),
  );

describe.each(HASH_KINDS)('over %s', (kind) => {
  test('no two replicas share a zone while there are as many zones', () => {
    const nodes = inZones(4, 3, 2);
    const hash = build(kind, nodes, 32);
    for (const key of KEYS) {
      const placed = placeReplicas(hash, key, { replicas: 4 });
      expect(new Set(placed).size).toBe(4);
      expect(Math.max(...countsOf(nodes, placed, 1).values())).toBe(1);
      expect(placed[0]).toBe(hash.locate(key));
    }
  });

  test('with fewer zones they are spread evenly, and over racks within a zone', () => {
    const nodes = inZones(2, 3, 2);
    const hash = build(kind, nodes, 32);
    for (const key of KEYS) {
      const placed = placeReplicas(hash, key, { replicas: 5, spread: 'prefer' });
      expect([...countsOf(nodes, placed, 1).values()].sort()).toEqual([2, 3]);
      expect(Math.max(...countsOf(nodes, placed, 2).values())).toBe(1);
    }
  });
});

test('domains of any shape: each zone gets its even share, or all that it has', () => {
  fc.assert(
    fc.property(topologies, ({ zones, replicas }) => {
      const nodes = nodesOf(zones);
      fc.pre(nodes.length >= replicas);
      const hash = build('ring', nodes, 16);
      for (const key of KEYS.slice(0, 10)) {
        const placed = placeReplicas(hash, key, { replicas, spread: 'prefer' });
        expect(new Set(placed).size).toBe(replicas);
        for (const levels of [1, 2]) expectEven(nodes, placed, levels);
      }
    }),
    { numRuns: 60 },
  );
});

/** Among the domains of one parent, none has two replicas more than another that has a node to spare. */
function expectEven(nodes: readonly NodeSpec[], placed: readonly string[], levels: number): void {
  const held = countsOf(nodes, placed, levels);
  const sizes = countsOf(
    nodes,
    nodes.map(({ id }) => id),
    levels,
  );
  for (const [name, count] of held) {
    for (const [other, otherCount] of held) {
      if (parentOf(name) !== parentOf(other) || otherCount === sizes.get(other)) continue;
      expect(count - otherCount).toBeLessThanOrEqual(1);
    }
  }
}
const parentOf = (name: string): string => name.split('/').slice(0, -1).join('/');

test.each(['ring', 'rendezvous'] as const)(
  '%s: with zones to choose from, a node that joins or leaves changes at most one replica of a key, to or from itself',
  (kind) => {
    fc.assert(
      fc.property(topologies, fc.nat(), ({ zones, replicas }, chosen) => {
        const all = nodesOf(zones);
        const changing = all[chosen % all.length]!;
        const rest = all.filter(({ id }) => id !== changing.id);
        fc.pre(new Set(rest.map(({ domain }) => domain![0])).size >= replicas);
        const without = build(kind, rest, 16);
        const within = without.with(changing);
        for (const key of KEYS.slice(0, 30)) {
          const fewer = placeReplicas(without, key, { replicas });
          const more = placeReplicas(within, key, { replicas });
          const fresh = more.filter((id) => !fewer.includes(id));
          expect([[], [changing.id]]).toContainEqual(fresh);
        }
      }),
      { numRuns: 60 },
    );
  },
);

test('nodes without domains are each a domain of their own', () => {
  const hash = build('ring', nodesNamed(5));
  for (const key of KEYS) expect(placeReplicas(hash, key, { replicas: 3 })).toEqual(hash.replicas(key, 3));
});

test('a placement is the same wherever it is computed', () => {
  const nodes = inZones(3, 2, 2);
  const forth = placeAll(build('ring', nodes), KEYS, { replicas: 3 });
  const back = placeAll(build('ring', nodes.toReversed()), KEYS.toReversed(), { replicas: 3 });
  for (const key of KEYS) expect(back.keys.get(key)).toEqual(forth.keys.get(key));
});

test('more replicas than nodes, or than domains, are refused', () => {
  const hash = build('ring', inZones(2, 2, 1));
  expectRefusal(() => placeReplicas(hash, 'key', { replicas: 5 }), 'too-many-replicas');
  expectRefusal(() => placeReplicas(hash, 'key', { replicas: 3 }), 'too-few-domains');
  expectRefusal(() => placeReplicas(hash, 'key', { replicas: 0 }), 'bad-option');
  expect(placeReplicas(hash, 'key', { replicas: 3, spread: 'prefer' })).toHaveLength(3);
});
