// The agent dies before each single effect that it has (journal line, sync, start, store write), and a new one takes
// over. Whatever the moment: one incident, finished, and never two lives of one node.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareProgress, type Incident } from '../src/index.js';
import { bearKilledAgents } from './support/killed-rejections.js';
import { Killed, World, type WorldOptions } from './support/world.js';

bearKilledAgents();

interface Run {
  readonly world: World;
  readonly incidents: readonly Incident[];
}

/** Kills `victims`, or does else what `strike` does to them, and kills the agents before their given effects, counted from then; agents follow each other at once. */
async function run(
  victims: readonly string[],
  deaths: readonly number[],
  options: WorldOptions = {},
  strike: (world: World, victim: string) => void = (world, victim) => world.kill(victim),
): Promise<Run> {
  const world = new World(options);
  await world.healthy();
  await world.clock.advance(200);
  world.effects = 0;
  let lastDeath = 0;
  for (const victim of victims) strike(world, victim);
  for (const death of deaths) {
    lastDeath += death;
    world.killAtEffect = lastDeath;
    await settleOrDie(world);
    if (world.agent?.alive) break;
    restart(world);
  }
  world.killAtEffect = Number.POSITIVE_INFINITY;
  await settleOrDie(world);
  return { world, incidents: world.agent!.engine.incidents() };
}

async function settleOrDie(world: World): Promise<void> {
  await world.clock.advance(world.processes.size === world.subjects.length ? 1500 : 5);
  await world.agent!.settled();
}

/** The new agent may be the one that dies, as soon as it opens its journal. */
function restart(world: World): void {
  for (;;) {
    try {
      world.startAgent();
      return;
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
    }
  }
}

function expectFinished({ world, incidents }: Run, victims: readonly string[]): void {
  expect(incidents.map((incident) => [incident.subject, incident.phase.kind])).toEqual(
    victims.map((victim) => [victim, 'resolved']),
  );
  for (const incident of incidents) {
    expect(incident.phase).toMatchObject({ boot: { bootId: world.living(incident.subject)?.bootId } });
    expectNeverBackwards(world, incident.id);
    expect(JSON.parse(world.store.get(`_system/reknit/incidents/${incident.id}`)!.value)).toEqual(incident);
  }
}

function expectNeverBackwards(world: World, id: string): void {
  const written = world.decodedWrites(`reknit/incidents/${id}`) as Incident[];
  for (let at = 1; at < written.length; at++) expect(compareProgress(written[at]!, written[at - 1]!)).toBeGreaterThanOrEqual(0);
}

describe('the death of an agent', () => {
  it('before any single effect leaves an incident that the next agent finishes, without two lives of a node', async () => {
    const { world } = await run(['n1'], []);
    const effects = world.effects;
    expect(effects).toBeGreaterThan(25);
    for (let at = 1; at <= effects; at++) {
      const died = await run(['n1'], [at]);
      expectFinished(died, ['n1']);
      expect(died.world.collisions, `death before effect ${at}`).toBe(0);
    }
  });

  it('just after a start, before the pid was written down, leaves a process that is found again however long it boots', async () => {
    const options = { bootMs: 5000 };
    const { world } = await run(['n1'], [], options);
    const start = world.starts.length;
    for (let at = 1; at <= 15; at++) {
      const died = await run(['n1'], [at], options);
      expectFinished(died, ['n1']);
      expect(died.world.starts).toHaveLength(start);
      expect(died.world.collisions, `death before effect ${at}`).toBe(0);
    }
  });

  it('is survived where a lost launch cannot be found again: the data directory bears the collision', async () => {
    const { world } = await run(['n2'], [], { canFindLaunched: false });
    for (let at = 1; at <= world.effects; at++) expectFinished(await run(['n2'], [at], { canFindLaunched: false }), ['n2']);
  });

  it('again and again, with every node down, still ends with every incident finished', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 6 }), async (deaths) => {
        const victims = ['n1', 'n2', 'n3'];
        const died = await run(victims, deaths);
        expectFinished({ ...died, incidents: [...died.incidents].sort((a, b) => (a.subject < b.subject ? -1 : 1)) }, victims);
      }),
      { numRuns: 40 },
    );
  });

  it('before any single effect of a fence leaves a hung process that is ended, never one that is doubled', async () => {
    const stop = (world: World, victim: string): void => void (world.living(victim)!.silent = true);
    const { world } = await run(['n2'], [], {}, stop);
    expect(world.fenced).toHaveLength(1);
    const { effects } = world;
    for (let at = 1; at <= effects; at++) {
      const died = await run(['n2'], [at], {}, stop);
      expect(died.incidents.filter(({ phase }) => phase.kind !== 'expired').map(({ phase }) => phase.kind)).toEqual(['resolved']);
      expect(
        died.world.fenced.map(({ pid }) => pid),
        `death before effect ${at}`,
      ).toEqual([world.fenced[0]!.pid]);
      expect(died.world.collisions, `death before effect ${at}`).toBe(0);
    }
  });

  it('before any single effect of a restart that was asked for leaves it done once, and recorded', async () => {
    const ask = (world: World, victim: string): void =>
      void world.agent!.engine.restart(victim, { by: 'the test', force: true }).catch(() => undefined);
    const { world } = await run(['n2'], [], {}, ask);
    const { effects } = world;
    expect(effects).toBeGreaterThan(15);
    for (let at = 1; at <= effects; at++) {
      const died = await run(['n2'], [at], {}, ask);
      const starts = died.world.starts.filter(({ subject }) => subject === 'n2').length;
      expect(
        died.incidents.map(({ phase }) => phase.kind),
        `death before effect ${at}`,
      ).toEqual(starts === 1 ? [] : ['resolved']);
      expect(starts).toBeLessThanOrEqual(2);
      expect(died.world.collisions, `death before effect ${at}`).toBe(0);
    }
  });
});
