// When the engine must not act, or has given up: it goes on observing, says why it does nothing, and recognises a mend by hand.
import { describe, expect, it } from 'vitest';
import type { Incident, SwitchState } from '../src/index.js';
import { type Agent, World, type WorldOptions } from './support/world.js';

const only = (incidents: readonly Incident[]): Incident => {
  expect(incidents).toHaveLength(1);
  return incidents[0]!;
};
const now = (agent: Agent, subject?: string): string => agent.engine.why(subject).now.join('\n');
/** The engine asks a quorum first: a moment passes. */
async function restart(world: World, agent: Agent, subject: string, force = false): Promise<Incident> {
  const asked = agent.engine.restart(subject, { by: 'the test', force });
  asked.catch(() => undefined);
  await world.clock.advance(2);
  return asked;
}

const loops: WorldOptions = { failing: (subject, nth) => subject === 'n3' && nth > 0 && nth < 6 };

async function looping(): Promise<{ world: World; agent: Agent }> {
  const world = new World(loops);
  const agent = await world.healthy();
  world.kill('n3');
  await world.clock.until(() => agent.stateOf('n3') === 'halted');
  return { world, agent };
}

describe('a crash loop', () => {
  it('is not restarted for ever: after five ends alike it is named, left down, and told to a human', async () => {
    const { world, agent } = await looping();
    const starts = world.starts.length;
    await world.clock.advance(10 * 60_000);
    expect(world.starts).toHaveLength(starts);
    const incident = only(agent.engine.incidents());
    expect(incident).toMatchObject({ phase: { kind: 'escalated' }, diagnosis: { verdict: 'crash-loop' } });
    expect(now(agent, 'n3')).toMatch(/^n3: halted: crash loop: 5 times exit code 1 without a healthy soak/);
  });

  it('stays down over the agent’s own restart', async () => {
    const { world, agent: first } = await looping();
    const starts = world.starts.length;
    first.kill();
    const agent = world.startAgent();
    await world.clock.advance(10_000);
    expect(agent.stateOf('n3')).toBe('halted');
    expect(world.starts).toHaveLength(starts);
  });

  it('ends with a restart that somebody asks for: verified, closed as mended by operator', async () => {
    const { world, agent } = await looping();
    const asked = await restart(world, agent, 'n3');
    await agent.settled();
    const incident = only(agent.engine.incidents());
    expect(incident.id).toBe(asked.id);
    expect(incident.phase).toMatchObject({ kind: 'resolved', by: 'operator', boot: { bootId: world.living('n3')?.bootId } });
  });

  it('ends with a start by hand, which is recognised', async () => {
    const { world, agent } = await looping();
    world.launch('n3', 'by hand');
    await world.clock.advance(3000);
    await agent.settled();
    expect(only(agent.engine.incidents()).phase).toMatchObject({ kind: 'resolved', by: 'operator' });
    expect(world.collisions).toBe(0);
  });

  it('is none when a soak was held in between', async () => {
    const world = new World();
    const agent = await world.healthy();
    for (let round = 0; round < 8; round++) {
      world.kill('n3');
      await world.clock.advance(1);
      await agent.settled();
    }
    expect(agent.engine.incidents().map(({ phase }) => phase.kind)).toEqual(Array(8).fill('resolved'));
    expect(agent.engine.status().subjects.find(({ subject }) => subject === 'n3')?.restarts).toBe(0);
  });

  it('starts anew after a stop of all: whoever stops and starts everything has looked', async () => {
    const { world, agent: first } = await looping();
    void first.engine.stopAll('reknit down');
    await world.clock.advance(100);
    void first.engine.stop();
    first.kill();
    await world.healthy();
  });
});

describe('the budget of restarts', () => {
  it('is spent by ends of ever other kinds too; then a human is asked', async () => {
    const world = new World({ failing: (subject, nth) => subject === 'n3' && nth > 0, exitCode: (nth) => nth });
    const agent = await world.healthy();
    world.kill('n3');
    await world.clock.until(() => agent.stateOf('n3') === 'halted');
    expect(only(agent.engine.incidents())).toMatchObject({
      attempt: 10,
      phase: { kind: 'escalated', reason: 'the budget of 10 restarts without a healthy soak is spent' },
      diagnosis: { verdict: 'crash' },
    });
  });
});

describe('a pause', () => {
  it('lets the engine observe and plan, but not act; at its end it acts', async () => {
    const world = new World();
    const agent = await world.healthy();
    agent.engine.pause({ forMs: 20_000, by: 'the test' });
    world.kill('n2');
    await world.clock.advance(10_000);
    expect(world.living('n2')).toBeUndefined();
    expect(only(agent.engine.incidents())).toMatchObject({ phase: { kind: 'recovering' }, diagnosis: { verdict: 'crash' } });
    expect(now(agent)).toContain('healing is paused by the test for another 10 s: only observing');
    expect(now(agent, 'n2')).toContain('n2: held: healing is paused by the test');
    await world.clock.advance(12_000);
    await agent.settled();
    expect(only(agent.engine.incidents()).phase).toMatchObject({ kind: 'resolved', by: 'engine' });
  });

  it('keeps a hung process from being fenced, until it is resumed', async () => {
    const world = new World();
    const agent = await world.healthy();
    agent.engine.pause({ subject: 'n2', forMs: 600_000, by: 'the test' });
    world.living('n2')!.silent = true;
    await world.clock.advance(20_000);
    expect(world.fenced).toEqual([]);
    expect(only(agent.engine.incidents()).phase.kind).toBe('planned');
    expect(agent.engine.resume({ subject: 'n2', by: 'the test' })).toEqual([]);
    await world.clock.until(() => world.fenced.length > 0);
    await agent.settled();
  });

  it('of one subject leaves the others to the engine', async () => {
    const world = new World();
    const agent = await world.healthy();
    agent.engine.pause({ subject: 'n2', forMs: 600_000, by: 'the test' });
    for (const subject of ['n2', 'n3']) world.kill(subject);
    await world.clock.advance(5000);
    expect(world.living('n2')).toBeUndefined();
    expect(world.living('n3')).toBeDefined();
  });

  it('outlives the agent', async () => {
    const world = new World();
    const first = await world.healthy();
    first.engine.pause({ forMs: 20_000, by: 'the test' });
    first.kill();
    world.kill('n2');
    const agent = world.startAgent();
    await world.clock.advance(5000);
    expect(world.living('n2')).toBeUndefined();
    await world.clock.advance(20_000);
    await agent.settled();
  });

  it('recognises what was mended by hand meanwhile', async () => {
    const world = new World();
    const agent = await world.healthy();
    agent.engine.pause({ forMs: 600_000, by: 'the test' });
    world.living('n2')!.silent = true;
    world.kill('n3');
    await world.clock.advance(5000);
    world.living('n2')!.silent = false;
    world.launch('n3', 'by hand');
    await world.clock.advance(3000);
    await agent.settled();
    expect(agent.engine.incidents().map(({ phase }) => phase)).toMatchObject([
      { kind: 'resolved', by: 'operator' },
      { kind: 'resolved', by: 'operator' },
    ]);
    expect(world.starts).toHaveLength(4);
  });
});

describe('the kill switch', () => {
  const thrown = async (state: SwitchState): Promise<{ world: World; agent: Agent; killSwitch: { state: SwitchState } }> => {
    const killSwitch: { state: SwitchState } = { state: 'absent' };
    const world = new World({ killSwitch });
    const agent = await world.healthy();
    killSwitch.state = state;
    return { world, agent, killSwitch };
  };

  it('lets the engine only observe while it is there', async () => {
    const { world, agent, killSwitch } = await thrown('present');
    world.living('n1')!.silent = true;
    world.kill('n2');
    await world.clock.advance(20_000);
    expect(world.living('n2')).toBeUndefined();
    expect(world.fenced).toEqual([]);
    expect(
      agent.engine
        .incidents()
        .map(({ diagnosis }) => diagnosis?.verdict)
        .sort(),
    ).toEqual(['crash', 'hang']);
    expect(now(agent)).toContain('only observing: the kill switch /agent/kill-switch is present');
    await expect(restart(world, agent, 'n3', true)).rejects.toThrow(/kill switch .* is present/);
    killSwitch.state = 'absent';
    await world.clock.advance(3000);
    await agent.settled();
  });

  it('that cannot be read leaves reflexes to its last known value, and nothing else', async () => {
    const { world, agent } = await thrown('unreadable');
    world.kill('n2');
    await world.clock.advance(1);
    await agent.settled();
    await expect(restart(world, agent, 'n3')).rejects.toThrow(/cannot be read/);
    expect(now(agent)).toContain('cannot be read');
  });

  it('that could never be read is taken for thrown', async () => {
    const world = new World({ killSwitch: { state: 'unreadable' } });
    world.startAgent();
    await world.clock.advance(10_000);
    expect(world.starts).toEqual([]);
  });
});

describe('without a majority', () => {
  it('reflexes go on, and why says that only they do', async () => {
    const world = new World({ bootMs: 20_000 });
    const agent = await world.healthy();
    for (const subject of ['n1', 'n2']) world.kill(subject);
    await world.clock.advance(10_000);
    expect(now(agent)).toContain('only reflexes act');
    await agent.settled();
    expect(now(agent)).toMatch(/^all quiet/);
  });
});

describe('a restart that somebody asks for', () => {
  it('ends the process in order, starts and verifies it, and is recorded as what it is', async () => {
    const world = new World();
    const agent = await world.healthy();
    const { bootId } = world.living('n2')!;
    const begun = await restart(world, agent, 'n2');
    expect(begun).toMatchObject({ request: { action: 'restart', by: 'the test' }, phase: { kind: 'recovering' } });
    await agent.settled();
    const incident = only(agent.engine.incidents());
    expect(incident.phase.kind).toBe('resolved');
    expect(incident.diagnosis).toBeUndefined();
    expect(incident.runs.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual(['stop succeeded', 'restart succeeded']);
    expect(world.living('n2')!.bootId).not.toBe(bootId);
    expect(world.exitMarks.get('n2')).toMatchObject({ bootId, reason: 'signal SIGTERM' });
  });

  it('is refused where it would cost the majority, unless it is forced', async () => {
    const world = new World();
    const agent = await world.healthy();
    agent.engine.pause({ subject: 'n3', forMs: 600_000, by: 'the test' });
    world.kill('n3');
    await world.clock.advance(1000);
    await expect(restart(world, agent, 'n2')).rejects.toThrow(/no majority: n3 is not well/);
    await restart(world, agent, 'n2', true);
    await world.clock.until(() => world.starts.length === 4);
  });

  it('is refused while the members themselves have no majority, though the engine’s own records are at hand', async () => {
    const world = new World({ recordsElsewhere: true });
    const agent = await world.healthy();
    // A moment ago: nobody has noticed.
    for (const subject of ['n1', 'n3']) world.living(subject)!.silent = true;
    await expect(restart(world, agent, 'n2')).rejects.toThrow(/could cost the majority: no quorum answers/);
  });

  it('is refused while the engine is at work on it', async () => {
    const world = new World();
    const agent = await world.healthy();
    world.kill('n2');
    await world.clock.until(() => world.starts.length === 4 && agent.stateOf('n2') === 'living');
    await expect(restart(world, agent, 'n2', true)).rejects.toThrow(/under repair already/);
  });

  it('is carried out during a pause, which holds back the engine and not its operator', async () => {
    const world = new World();
    const agent = await world.healthy();
    agent.engine.pause({ forMs: 600_000, by: 'the test' });
    await restart(world, agent, 'n2');
    await agent.settled();
    expect(only(agent.engine.incidents()).phase.kind).toBe('resolved');
    expect(world.starts).toHaveLength(4);
  });

  it('starts at once what waits for its next try', async () => {
    const world = new World({ failing: (subject, nth) => subject === 'n2' && nth > 0 && nth < 4 });
    const agent = await world.healthy();
    world.kill('n2');
    await world.clock.until(() => world.starts.length === 6 && agent.stateOf('n2') === 'waiting');
    const at = world.clock.now();
    await restart(world, agent, 'n2');
    await world.clock.until(() => world.starts.length === 7);
    expect(world.clock.now() - at).toBeLessThan(10);
    await agent.settled();
    expect(only(agent.engine.incidents()).phase).toMatchObject({ kind: 'resolved', by: 'operator' });
  });

  it('that is stopped by force does not count as a crash, and one that cannot be stopped is told to a human', async () => {
    const world = new World();
    const agent = await world.healthy();
    world.living('n2')!.unkillable = true;
    await restart(world, agent, 'n2');
    await world.clock.advance(30_000);
    expect(only(agent.engine.incidents()).phase).toMatchObject({ kind: 'escalated', reason: expect.stringContaining('stuck') });
    expect(world.starts).toHaveLength(3);
  });
});

describe('a subject at the end of its life', () => {
  it('stays down, and its end is no incident: not over the agent’s own restart either', async () => {
    const world = new World();
    const first = await world.healthy();
    const starts = world.starts.length;
    world.retired.set('n3', 'its member was removed');
    world.kill('n3');
    await world.clock.until(() => first.stateOf('n3') === 'retired');
    expect(first.engine.incidents()).toEqual([]);
    first.kill();
    const agent = world.startAgent();
    await world.clock.until(() => agent.stateOf('n3') === 'retired');
    await world.clock.advance(60_000);
    expect(world.starts).toHaveLength(starts);
    expect(agent.engine.incidents()).toEqual([]);
    expect(now(agent, 'n3')).toContain('its member was removed');
  });

  it('is not started by who asks for it, with the reason', async () => {
    const world = new World();
    const agent = await world.healthy();
    world.retired.set('n3', 'its member was removed');
    world.kill('n3');
    await world.clock.until(() => agent.stateOf('n3') === 'retired');
    await expect(restart(world, agent, 'n3')).rejects.toThrow('n3 is not restarted: its member was removed');
  });

  it('ends the repair that was under way', async () => {
    const world = new World();
    const agent = await world.healthy();
    world.kill('n3');
    world.retired.set('n3', 'its member was removed');
    await world.clock.until(() => agent.stateOf('n3') === 'retired');
    expect(agent.engine.incidents().every(({ phase }) => phase.kind === 'expired')).toBe(true);
  });

  it('lives again once what ended it is gone', async () => {
    const world = new World();
    const agent = await world.healthy();
    world.retired.set('n3', 'its member was removed');
    world.kill('n3');
    await world.clock.until(() => agent.stateOf('n3') === 'retired');
    world.retired.delete('n3');
    await world.clock.until(() => agent.stateOf('n3') === 'living');
  });
});
