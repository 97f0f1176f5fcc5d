import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  LocalHealth,
  overrides,
  type Rumor,
  type Standing,
  Suspicion,
  type SwimOptions,
  suspicionTimeout,
} from '../src/index.js';
import { SwimWorld, type Told } from './support/swim-world.js';

const deaths = (told: readonly Told[]): readonly Told[] => told.filter(({ to }) => to === 'dead');

describe('the order of rumors', () => {
  const standing = fc.constantFrom<Standing>('alive', 'suspect', 'dead', 'left');
  const said = fc.record({ incarnation: fc.nat(4), standing });

  test('whatever the order in which rumors arrive, and how often, all come to believe the same', () => {
    fc.assert(
      fc.property(fc.array(said, { minLength: 1, maxLength: 12 }), fc.infiniteStream(fc.nat()), (rumors, random) => {
        const believe = (order: readonly Pick<Rumor, 'incarnation' | 'standing'>[]): unknown =>
          order.reduce((believed, rumor) => (overrides(rumor, believed) ? rumor : believed));
        const keys = rumors.map(() => random.next().value);
        const shuffled = rumors.map((rumor, at) => [keys[at], rumor] as const).sort(([a], [b]) => a - b);
        expect(believe([...shuffled.map(([, rumor]) => rumor), ...rumors])).toEqual(believe(rumors));
      }),
    );
  });

  test('a suspicion overrides the same incarnation only, and a higher incarnation refutes even a death', () => {
    expect(overrides({ incarnation: 1, standing: 'suspect' }, { incarnation: 1, standing: 'alive' })).toBe(true);
    expect(overrides({ incarnation: 1, standing: 'suspect' }, { incarnation: 2, standing: 'alive' })).toBe(false);
    expect(overrides({ incarnation: 1, standing: 'alive' }, { incarnation: 1, standing: 'suspect' })).toBe(false);
    expect(overrides({ incarnation: 2, standing: 'alive' }, { incarnation: 1, standing: 'dead' })).toBe(true);
  });
});

describe('a suspicion', () => {
  test('lasts the longest with one accuser, the shortest with all confirmations, and never longer with more', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 1, max: 1000 }),
        fc.integer({ min: 1, max: 8 }),
        (k, min, spread) => {
          const times = { min, max: min * spread, confirmations: k };
          const waits = Array.from({ length: k + 3 }, (_, confirmed) => suspicionTimeout(times, confirmed));
          expect(waits[0]).toBeCloseTo(times.max);
          expect(waits[k]).toBeCloseTo(min);
          for (let at = 1; at < waits.length; at++) expect(waits[at]).toBeLessThanOrEqual(waits[at - 1]!);
          expect(waits.at(-1)).toBe(min);
        },
      ),
    );
  });

  test('one accuser who repeats itself confirms nothing', () => {
    const suspicion = new Suspicion({ min: 10, max: 100, confirmations: 2 }, 'a', 0);
    expect(suspicion.confirm('a')).toBe(false);
    expect([suspicion.confirm('b'), suspicion.confirm('b'), suspicion.confirm('c'), suspicion.confirm('d')]).toEqual([
      true,
      false,
      true,
      false,
    ]);
    expect([suspicion.isOver(9), suspicion.isOver(10)]).toEqual([false, true]);
  });
});

test('the doubt in oneself stays between nothing and its maximum', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean()), fc.nat(8), (events, max) => {
      const health = new LocalHealth(max);
      for (const worse of events) {
        if (worse) health.worse();
        else health.better();
        expect(health.score).toBeGreaterThanOrEqual(0);
        expect(health.score).toBeLessThanOrEqual(max);
        expect(health.multiplier).toBe(health.score + 1);
      }
    }),
  );
});

describe('a group', () => {
  test('finds each other from one address, and stays quiet', () => {
    const world = new SwimWorld({ members: 12, seed: 1 });
    world.run(60_000);
    for (const name of world.members.keys()) expect(world.opinions(name)).toEqual(Array(11).fill('alive'));
    expect(world.told.filter(({ to }) => to !== 'alive')).toEqual([]);
    expect([...world.members.values()].map(({ doubt }) => doubt)).toEqual(Array(12).fill(0));
  });

  test('who crashes is dead to all within the time that the papers promise, and nobody else is', () => {
    for (const seed of [1, 2, 3]) {
      const world = new SwimWorld({ members: 8, seed });
      world.run(10_000);
      world.crash('m3');
      // 2n - 1 periods until it is probed at the latest, one until that has failed, the longest suspicion, and the gossip.
      world.run(15_000 + 1000 + 30_000 + 5000);
      expect(world.opinions('m3')).toEqual(Array(7).fill('dead'));
      expect(new Set(deaths(world.told).map(({ name }) => name))).toEqual(new Set(['m3']));
    }
  });

  test('confirmations shorten the wait: dead to all long before a single accuser would be believed', () => {
    const world = new SwimWorld({ members: 8, seed: 4 });
    world.run(10_000);
    world.crash('m3');
    const crashedAt = world.now;
    world.run(60_000);
    const first = deaths(world.told)[0]!;
    expect(first.at - crashedAt).toBeLessThan(20_000);
  });

  test('losing one message in five makes suspicions and kills nobody', () => {
    const world = new SwimWorld({ members: 8, seed: 5, loss: 0.2 });
    world.run(180_000);
    expect(deaths(world.told)).toEqual([]);
    for (const name of world.members.keys()) expect(world.opinions(name)).not.toContain('dead');
  });

  test('who is suspected and lives refutes by a higher incarnation', () => {
    const world = new SwimWorld({ members: 5, seed: 6 });
    world.run(5000);
    world.reaches = (from, to) => from !== 'm2' && to !== 'm2';
    while (!world.opinions('m2').includes('suspect')) world.run(100);
    world.reaches = () => true;
    world.run(20_000);
    expect(world.opinions('m2')).toEqual(Array(4).fill('alive'));
    expect(world.members.get('m2')!.self.incarnation).toBeGreaterThan(0);
    expect(deaths(world.told)).toEqual([]);
  });

  test('who leaves has left, and is neither suspected nor mourned', () => {
    const world = new SwimWorld({ members: 5, seed: 7 });
    world.run(5000);
    world.members.get('m4')!.leave();
    world.run(100);
    world.crash('m4');
    world.run(30_000);
    expect(world.opinions('m4')).toEqual(Array(4).fill('left'));
    expect(world.told.some(({ name, to }) => name === 'm4' && (to === 'suspect' || to === 'dead'))).toBe(false);
  });

  test('a new life of a dead member is taken in, though it knows nothing of its incarnation', () => {
    const world = new SwimWorld({ members: 5, seed: 8 });
    world.run(5000);
    world.crash('m5');
    world.run(60_000);
    expect(world.opinions('m5')).toEqual(Array(4).fill('dead'));
    world.start('m5');
    world.run(10_000);
    expect(world.opinions('m5')).toEqual(Array(4).fill('alive'));
  });

  test('halves that were cut apart find each other again', () => {
    const world = new SwimWorld({ members: 6, seed: 9, swim: { syncPeriods: 10 } });
    world.run(5000);
    const half = (name: string): boolean => Number(name.slice(1)) <= 3;
    world.reaches = (from, to) => half(from) === half(to);
    world.run(90_000);
    expect(world.standing('m1', 'm6')).toBe('dead');
    expect(world.standing('m6', 'm1')).toBe('dead');
    world.reaches = () => true;
    world.run(90_000);
    for (const name of world.members.keys()) expect(world.opinions(name)).toEqual(Array(5).fill('alive'));
  });

  test('a one-way cut is bridged by the others: nobody is suspected for long', () => {
    const world = new SwimWorld({ members: 5, seed: 10 });
    world.run(5000);
    world.reaches = (from, to) => !(from === 'm1' && to === 'm2');
    world.run(120_000);
    expect(deaths(world.told)).toEqual([]);
  });

  test('who is cut off from all finds itself alone, and those who remain do not', () => {
    const world = new SwimWorld({ members: 5, seed: 11 });
    world.run(5000);
    world.reaches = (from, to) => from !== 'm1' && to !== 'm1';
    world.run(60_000);
    expect(world.members.get('m1')!.isAlone).toBe(true);
    expect(world.members.get('m2')!.isAlone).toBe(false);
  });

  test('a member that did not run for a minute accuses nobody when it wakes', () => {
    const world = new SwimWorld({ members: 4, seed: 12 });
    world.run(5000);
    const sleeper = world.members.get('m4')!;
    world.members.delete('m4');
    world.run(4000);
    world.members.set('m4', sleeper);
    world.run(500);
    expect(world.told.filter(({ observer, to }) => observer === 'm4' && to !== 'alive')).toEqual([]);
    world.run(30_000);
    expect(deaths(world.told)).toEqual([]);
  });
});

describe('a slow member', () => {
  /** Messages to and from it are late by seconds, again and again, while its timers go on. */
  const falselyDead = (seed: number, swim: Partial<SwimOptions>): number => {
    const world = new SwimWorld({ members: 10, seed, swim });
    world.run(10_000);
    world.slowness.set('m5', (now) => (now % 20_000 < 15_000 ? 9000 : 0));
    world.run(180_000);
    return deaths(world.told).filter(({ name }) => name !== 'm5').length;
  };

  test('kills healthy members in plain SWIM, and hardly any with Lifeguard', () => {
    const count = (swim: Partial<SwimOptions>): number => [1, 2, 3].reduce((sum, seed) => sum + falselyDead(seed, swim), 0);
    // The table of docs/concepts/swim-and-lifeguard.md.
    expect({
      'plain SWIM': count({ healthMax: 0, suspicionSpread: 1 }),
      'LHA-Probe alone': count({ suspicionSpread: 1 }),
      'LHA-Suspicion alone': count({ healthMax: 0 }),
      both: count({}),
    }).toEqual({ 'plain SWIM': 411, 'LHA-Probe alone': 108, 'LHA-Suspicion alone': 0, both: 1 });
  });

  test('doubts itself', () => {
    const world = new SwimWorld({ members: 6, seed: 3 });
    world.run(5000);
    world.slowness.set('m2', () => 5000);
    world.run(30_000);
    expect(world.members.get('m2')!.doubt).toBeGreaterThan(2);
    expect(world.members.get('m1')!.doubt).toBeLessThanOrEqual(2);
  });
});

test('the load on a member does not grow with the group', () => {
  const perMemberAndPeriod = (members: number): number => {
    const world = new SwimWorld({ members, seed: 1 });
    world.run(10_000);
    const before = world.messages;
    world.run(60_000);
    return (world.messages - before) / members / 60;
  };
  // A ping and an acknowledgement, and rarely a synchronisation.
  expect(perMemberAndPeriod(5)).toBeLessThan(2.2);
  expect(perMemberAndPeriod(25)).toBeLessThan(2.2);
});

test('a message never carries more rumors than its bound, but when all is exchanged', () => {
  const world = new SwimWorld({ members: 40, seed: 2 });
  let most = 0;
  const receive = world.members.get('m7')!.receive.bind(world.members.get('m7'));
  world.members.get('m7')!.receive = (message, now) => {
    if (message.body.kind !== 'sync') most = Math.max(most, message.rumors.length);
    receive(message, now);
  };
  world.run(20_000);
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThanOrEqual(11);
});
