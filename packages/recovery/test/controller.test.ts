// The controller: one at a time, whoever is cut off or dies; and at whatever step it dies, the next one finishes.
import { describe, expect, it } from 'vitest';
import { FINAL_MAX } from '../src/controller/duties.js';
import { CONTROLLER_KEY, INCIDENT_PREFIX, type Incident, incidentKey, isFinal, openIncident } from '../src/index.js';
import { bearKilledAgents } from './support/killed-rejections.js';
import { type Agent, World, type WorldOptions } from './support/world.js';

bearKilledAgents();

/** Agent a owns n1, agent b the rest; c and d own nothing and can still be controllers. */
async function severalAgents(options: WorldOptions = {}): Promise<{ world: World; a: Agent; b: Agent; c: Agent }> {
  const world = new World({ settings: { verification: { soakMs: 300, timeoutMs: 10_000, retryMs: 50 } }, ...options });
  const a = world.startAgent('a', ['n1']);
  const b = world.startAgent('b', ['n2', 'n3']);
  await world.clock.until(() => a.stateOf('n1') === 'living' && ['n2', 'n3'].every((name) => b.stateOf(name) === 'living'));
  await world.clock.until(() => a.engine.status().controller !== undefined && b.engine.status().controller !== undefined);
  const c = world.startAgent('c', []);
  await world.clock.until(() => c.engine.status().controller !== undefined);
  return { world, a, b, c };
}

const controllers = (agents: readonly Agent[]): Agent[] =>
  agents.filter((agent) => agent.alive && agent.engine.status().controller?.mine === true);

async function oneController(world: World, agents: readonly Agent[]): Promise<Agent> {
  await world.clock.until(() => controllers(agents).length === 1);
  return controllers(agents)[0]!;
}

const stored = (world: World): Incident[] =>
  [...world.store]
    .filter(([name]) => name.startsWith(`_system/${INCIDENT_PREFIX}`))
    .map(([, { value }]) => JSON.parse(value) as Incident);

describe('the election of the controller', () => {
  it('makes one of several agents the controller, known to all under one epoch: the create revision of its key', async () => {
    const { world, a, b, c } = await severalAgents();
    await world.clock.advance(3000);
    const epochs = [a, b, c].map((agent) => agent.engine.status().controller?.epoch);
    expect(controllers([a, b, c])).toHaveLength(1);
    expect(new Set(epochs)).toEqual(new Set([world.store.get(`_system/${CONTROLLER_KEY}`)?.createRevision]));
  });

  it('replaces one that dies, under a higher epoch', async () => {
    const { world, a, b, c } = await severalAgents();
    const first = await oneController(world, [a, b, c]);
    const { epoch } = first.engine.status().controller!;
    first.kill();
    const next = await oneController(world, [a, b, c]);
    expect(next.engine.status().controller!.epoch).toBeGreaterThan(epoch);
  });

  it('replaces one that ends in order without waiting for its session to run out', async () => {
    const { world, a, b, c } = await severalAgents();
    const first = await oneController(world, [a, b, c]);
    const since = world.clock.now();
    const gone = first.engine.stop();
    await world.clock.advance(2);
    await gone;
    first.kill();
    await oneController(world, [a, b, c]);
    expect(world.clock.now() - since).toBeLessThan(1500);
  });

  it('never has two that believe in themselves: one that is cut off ends its term before the store does', async () => {
    const { world, a, b, c } = await severalAgents();
    for (let round = 0; round < 4; round++) {
      const [first] = controllers([a, b, c]);
      world.cutOff.add(first!.name);
      for (let step = 0; step < 100; step++) {
        await world.clock.advance(100);
        expect(controllers([a, b, c]).length).toBeLessThanOrEqual(1);
      }
      expect(controllers([a, b, c])[0]).not.toBe(first);
      world.cutOff.clear();
      await world.clock.advance(5000);
    }
  });

  it('waits while there is no majority, and nothing but the store makes a controller', async () => {
    const { world, a, b, c } = await severalAgents();
    for (const agent of [a, b, c]) agent.engine.pause({ forMs: 20_000, by: 'the test' });
    for (const subject of ['n2', 'n3']) world.kill(subject);
    await world.clock.advance(10_000);
    expect(controllers([a, b, c])).toEqual([]);
    await world.clock.advance(30_000);
    expect(controllers([a, b, c])).toHaveLength(1);
  });

  it('lets a deposed controller change nothing: every write of its office compares its epoch', async () => {
    const { world, a, b, c } = await severalAgents();
    world.kill('n1');
    await world.clock.until(() => stored(world).length === 1);
    a.kill();
    await world.clock.advance(60_000);
    const office = world.transactions.filter(({ transaction }) =>
      transaction.writes.some(({ key }) => key.startsWith(INCIDENT_PREFIX)),
    );
    expect(office.length).toBeGreaterThan(0);
    for (const { transaction } of office) {
      expect(transaction.when[0]).toEqual({ key: CONTROLLER_KEY, createRevision: expect.any(Number) });
      expect(
        transaction.when
          .slice(1)
          .every(({ key, modRevision, createRevision }) => key !== '' && (modRevision ?? createRevision) !== undefined),
      ).toBe(true);
    }
    expect(controllers([b, c])).toHaveLength(1);
  });
});

/** Agent a dies before its effect `at`, counted from the kill of its node; its process is left as it is then. */
async function orphaned(at: number): Promise<{ world: World; b: Agent; c: Agent }> {
  const { world, a, b, c } = await severalAgents();
  await world.clock.advance(1000);
  world.counted = a;
  world.effects = 0;
  world.killAtEffect = at;
  world.kill('n1');
  await world.clock.until(() => !a.alive || a.stateOf('n1') === 'living');
  await world.clock.advance(3000);
  world.killAtEffect = Number.POSITIVE_INFINITY;
  a.kill();
  return { world, b, c };
}

function expectForward(world: World): void {
  const changes = new Map<string, number>();
  for (const { key, value } of world.writes) {
    if (!key.startsWith(INCIDENT_PREFIX)) continue;
    const { change } = JSON.parse(value) as Incident;
    expect(change).toBeGreaterThanOrEqual(changes.get(key) ?? 0);
    changes.set(key, change);
  }
}

describe('an incident whose agent is gone', () => {
  it('is told to a human by the controller when the node does not come back', async () => {
    const { world, a } = await severalAgents({ failing: (subject, nth) => subject === 'n1' && nth > 0 });
    world.kill('n1');
    await world.clock.until(() => a.stateOf('n1') === 'waiting' && stored(world).length === 1);
    a.kill();
    await world.clock.advance(30_000);
    expect(stored(world)).toMatchObject([
      { phase: { kind: 'escalated', reason: 'its agent is gone, and n1 does not prove that it serves' } },
    ]);
  });

  it('is finished by the controller, whenever its agent died', async () => {
    let finished = 0;
    for (let at = 1; at <= 40; at++) {
      const { world } = await orphaned(at);
      await world.clock.advance(40_000);
      for (const incident of stored(world)) {
        expect(incident.phase.kind, `death before effect ${at}`).toBe('resolved');
        finished++;
      }
      expectForward(world);
    }
    expect(finished).toBeGreaterThan(20);
  });

  it('is finished by the next controller, at whatever step the one before died', async () => {
    const count = async (): Promise<number> => {
      const { world, b, c } = await orphaned(24);
      await world.clock.advance(2000);
      world.counted = await oneController(world, [b, c]);
      world.effects = 0;
      await world.clock.advance(40_000);
      return world.effects;
    };
    const effects = await count();
    expect(effects).toBeGreaterThanOrEqual(3);
    for (let at = 1; at <= effects; at++) {
      const { world, b, c } = await orphaned(24);
      await world.clock.advance(2000);
      const first = await oneController(world, [b, c]);
      world.counted = first;
      world.effects = 0;
      world.killAtEffect = at;
      await world.clock.advance(90_000);
      expect(
        stored(world).map(({ phase }) => phase.kind),
        `death before effect ${at}`,
      ).toEqual(['resolved']);
      expectForward(world);
    }
  });

  it('waits while the controller is held back', async () => {
    const { world, b, c } = await orphaned(30);
    for (const agent of [b, c]) agent.engine.pause({ forMs: 60_000, by: 'the test' });
    const [before] = stored(world);
    await world.clock.advance(50_000);
    expect(stored(world)[0]).toEqual(before);
    await world.clock.advance(40_000);
    expect(stored(world)[0]?.phase.kind).toBe('resolved');
  });

  it('is left to its agent while that one lives, however long the repair takes', async () => {
    const { world, a } = await severalAgents({ bootMs: 30_000 });
    world.kill('n1');
    await world.clock.advance(40_000);
    await a.settled();
    expect(stored(world)).toMatchObject([{ owner: 'agent of a', phase: { kind: 'resolved', by: 'engine' } }]);
  });

  it('is not reopened by its agent’s return', async () => {
    const { world } = await orphaned(30);
    await world.clock.advance(40_000);
    const [before] = stored(world);
    expect(isFinal(before!)).toBe(true);
    const back = world.startAgent('a', ['n1']);
    await world.clock.advance(20_000);
    expect(stored(world)[0]).toEqual(before);
    expect(back.stateOf('n1')).toBe('living');
  });
});

describe('the archive', () => {
  it('keeps the last closed incidents and forgets older ones, under the controller’s epoch', async () => {
    const world = new World();
    for (let at = 0; at < FINAL_MAX + 100; at++) {
      const phase = { kind: 'detected', at } as const;
      const opened = openIncident(
        { subject: 'n1', phase, onset: at, onsetSource: 'found dead', evidence: '', observers: [], patient: {} },
        `old-${`${at}`.padStart(5, '0')}`,
      );
      const value = JSON.stringify({ ...opened, phase: { kind: 'expired', at, reason: 'old' } });
      world.store.set(`_system/${incidentKey(opened.id)}`, { value, modRevision: at + 1, createRevision: at + 1 });
    }
    world.revision = FINAL_MAX + 200;
    await world.healthy();
    await world.clock.advance(120_000);
    const left = stored(world).map(({ id }) => id);
    expect(left).toHaveLength(FINAL_MAX);
    expect(left[0]).toBe('old-00100');
  });
});
