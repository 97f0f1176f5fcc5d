import type { Lease } from '@reknit/mvcc';
import { describe, expect, it } from 'vitest';
import { EtcdErrors } from '../../src/errors.js';
import { Lessor } from '../../src/group/leases/lessor.js';
import type { ReadWaiter } from '../../src/group/reads.js';

const leaseOf = (id: bigint, ttl: number): Lease => ({ id, ttl, granted: Number(id), keyCount: 0, keys: () => [] });

function setUp(...held: readonly Lease[]) {
  const leases = new Map(held.map((lease) => [lease.id, lease]));
  const barriers: ReadWaiter[] = [];
  const expired: { readonly round: number; readonly ids: readonly bigint[] }[] = [];
  const world = { accepts: true, now: 0 };
  const view = {
    get size() {
      return leases.size;
    },
    has: (id: bigint) => leases.has(id),
    get: (id: bigint) => leases.get(id),
    [Symbol.iterator]: () => leases.values(),
  };
  const lessor = new Lessor(() => view, 0, {
    read: (waiter) => void barriers.push(waiter),
    expire: (round, batch) => {
      if (world.accepts) expired.push({ round, ids: batch.map(({ id }) => id) });
      return world.accepts;
    },
  });
  const pass = (milliseconds: number): void => {
    for (const end = world.now + milliseconds; world.now < end; ) lessor.tick((world.now += 10));
  };
  return { lessor, barriers, expired, world, pass };
}

const A = leaseOf(1n, 2);

describe('a lessor', () => {
  it('does nothing while its member does not lead', () => {
    const { lessor, barriers, pass } = setUp(A);
    pass(10_000);
    expect(lessor.reign).toBeUndefined();
    expect(lessor.renew(A, 10_000)).toBe(false);
    expect(barriers).toEqual([]);
  });

  it('asks for a barrier no earlier than a tick after it has seen that the time is over', () => {
    const { lessor, barriers, world, pass } = setUp(A);
    lessor.observe(3, 0);
    pass(2000);
    expect(barriers).toHaveLength(0);
    while (lessor.remaining(A, world.now) > 0 || barriers.length === 0) {
      const before = world.now;
      pass(10);
      if (barriers.length > 0) expect(lessor.remaining(A, before)).toBe(0);
    }
  });

  it('lets a stall of the process pass, and looks at what was read after it before it goes on', () => {
    const { lessor, barriers, expired, world, pass } = setUp(A);
    lessor.observe(3, 0);
    pass(2090);
    world.now += 60_000;
    lessor.tick(world.now);
    expect(barriers).toHaveLength(0);
    expect(lessor.renew(A, world.now)).toBe(true);
    pass(1900);
    expect(barriers).toHaveLength(0);
    expect(expired).toEqual([]);
  });

  it('proposes the end only once a barrier begun after the deadline is confirmed, and then neither renews nor repeats', () => {
    const { lessor, barriers, expired, world, pass } = setUp(A);
    lessor.observe(3, 0);
    pass(5000);
    expect(barriers).toHaveLength(1);
    expect(expired).toEqual([]);
    barriers[0]!.ready();
    expect(expired).toEqual([{ round: 3, ids: [1n] }]);
    expect(lessor.renew(A, world.now)).toBe(false);
    pass(5000);
    expect(barriers).toHaveLength(1);
    lessor.gone(1n);
    pass(5000);
    expect(expired).toHaveLength(1);
  });

  it('keeps what was renewed before the confirmation, though its time is over again when that comes', () => {
    const { lessor, barriers, expired, world, pass } = setUp(A);
    lessor.observe(3, 0);
    pass(2500);
    expect(lessor.renew(A, world.now)).toBe(true);
    pass(2500);
    barriers[0]!.ready();
    expect(expired).toEqual([]);
    pass(20);
    barriers[1]!.ready();
    expect(expired).toHaveLength(1);
  });

  it('tries again when no barrier or no proposal can be had', () => {
    const { lessor, barriers, expired, world, pass } = setUp(A);
    lessor.observe(3, 0);
    pass(2500);
    barriers[0]!.failed(EtcdErrors.timeout);
    pass(10);
    world.accepts = false;
    barriers[1]!.ready();
    expect(lessor.renew(A, world.now)).toBe(true);
    pass(2500);
    world.accepts = true;
    barriers[2]!.ready();
    expect(expired).toEqual([{ round: 3, ids: [1n] }]);
  });

  it('forgets everything with its leadership, and a later one counts in full', () => {
    const { lessor, barriers, expired, world, pass } = setUp(A);
    lessor.observe(3, 0);
    pass(2500);
    lessor.observe(undefined, world.now);
    lessor.observe(5, world.now);
    barriers[0]!.ready();
    expect(expired).toEqual([]);
    expect(lessor.remaining(A, world.now)).toBe(2000);
    pass(1990);
    expect(barriers).toHaveLength(1);
    pass(500);
    barriers[1]!.ready();
    expect(expired).toEqual([{ round: 5, ids: [1n] }]);
  });

  it('ends no more leases at once than it may, and the others as those are gone', () => {
    const many = Array.from({ length: 1200 }, (_, at) => leaseOf(BigInt(at + 1), 2));
    const { lessor, barriers, expired, pass } = setUp(...many);
    lessor.observe(3, 0);
    pass(3000);
    for (let at = 0; at < 3; at++) {
      barriers[at]!.ready();
      pass(100);
      expect(barriers).toHaveLength(at + 1);
      for (const id of expired[at]!.ids) lessor.gone(id);
      pass(100);
    }
    expect(expired.map(({ ids }) => ids.length)).toEqual([500, 500, 200]);
    expect(new Set(expired.flatMap(({ ids }) => ids)).size).toBe(1200);
  });

  it('counts a lease that it takes over late no shorter', () => {
    const many = Array.from({ length: 12_000 }, (_, at) => leaseOf(BigInt(at + 1), 2));
    const { lessor, expired, barriers, pass } = setUp(...many);
    lessor.observe(3, 0);
    pass(2000);
    expect(barriers).toHaveLength(0);
    for (let at = 0; at < 30; at++) {
      pass(20);
      barriers.at(-1)?.ready();
      for (const id of expired.at(-1)?.ids ?? []) lessor.gone(id);
    }
    expect(new Set(expired.flatMap(({ ids }) => ids)).size).toBe(12_000);
  });
});
