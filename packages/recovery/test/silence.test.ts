// Subjects that live and are silent: what is made of it, and that nothing is ever started beside a life that has not ended.
import { describe, expect, it } from 'vitest';
import type { Incident } from '../src/index.js';
import { type Agent, World, type WorldOptions } from './support/world.js';

const only = (incidents: readonly Incident[]): Incident => {
  expect(incidents).toHaveLength(1);
  return incidents[0]!;
};

async function mute(
  subject: string,
  how: 'stopped' | 'computes' | 'idle' | 'starved',
  options: WorldOptions = {},
): Promise<{ world: World; agent: Agent }> {
  const world = new World(options);
  const agent = await world.healthy();
  await world.clock.advance(5000);
  silence(world, subject, how);
  return { world, agent };
}

function silence(world: World, subject: string, how: 'stopped' | 'computes' | 'idle' | 'starved'): void {
  const process = world.living(subject)!;
  if (how === 'stopped') process.silent = true;
  else process.silence = { since: world.clock.now(), how };
}

const steps = ({ runs }: Incident): string[] => runs.map(({ action, outcome }) => `${action} ${outcome}`);
const told = (agent: Agent, subject: string): string =>
  agent.engine
    .why(subject)
    .decisions.map(({ text }) => text)
    .join('\n');

describe('a stopped process', () => {
  it('is a hang: fenced, replaced, verified, with its times counted from its last heartbeat', async () => {
    const { world, agent } = await mute('n3', 'stopped');
    const old = world.living('n3')!;
    const since = world.clock.wall();
    await world.clock.until(() => world.fenced.length > 0);
    await agent.settled();
    const incident = only(agent.engine.incidents());
    expect(incident).toMatchObject({ phase: { kind: 'resolved', by: 'engine' }, diagnosis: { verdict: 'hang' } });
    expect(steps(incident)).toEqual(['fence succeeded', 'restart succeeded']);
    expect(incident.moments.onsetSource).toBe('last heartbeat');
    expect(Math.abs(incident.moments.onset - since)).toBeLessThan(300);
    expect(incident.times.mttd).toBeLessThan(1500);
    expect(world.living('n3')!.bootId).not.toBe(old.bootId);
    expect(world.collisions).toBe(0);
  });

  it('leaves what was seen of it in the incident', async () => {
    const { world, agent } = await mute('n3', 'stopped');
    await world.clock.until(() => world.fenced.length > 0);
    await agent.settled();
    expect(only(agent.engine.incidents()).kept).toEqual([{ at: expect.any(Number), source: 'wchan', text: 'do_signal_stop' }]);
  });

  it('is let alone when it goes on in time: nothing is recorded of a blink', async () => {
    const { world, agent } = await mute('n3', 'stopped');
    await world.clock.advance(200);
    world.living('n3')!.silent = false;
    await world.clock.advance(10_000);
    expect(agent.engine.incidents().every(({ phase }) => phase.kind === 'expired')).toBe(true);
    expect(world.fenced).toEqual([]);
  });

  it('that the kernel cannot end is told to a human, and nothing is started beside it until it is gone', async () => {
    const { world, agent } = await mute('n3', 'stopped');
    world.living('n3')!.unkillable = true;
    const { pid } = world.living('n3')!.identity;
    await world.clock.advance(20_000);
    expect(only(agent.engine.incidents()).phase).toMatchObject({ kind: 'escalated', reason: expect.stringContaining('stuck') });
    expect(world.starts).toHaveLength(3);
    world.end(pid, { signal: 'SIGKILL' });
    await world.clock.advance(10_000);
    expect(only(agent.engine.incidents()).phase.kind).toBe('resolved');
    expect(world.collisions).toBe(0);
  });

  it('is replaced with all others, should all stop at once', async () => {
    const { world, agent } = await mute('n1', 'stopped');
    for (const subject of ['n2', 'n3']) silence(world, subject, 'stopped');
    await world.clock.until(() => world.fenced.length === 3);
    await agent.settled();
    expect(agent.engine.incidents().map(({ phase }) => phase.kind)).toEqual(['resolved', 'resolved', 'resolved']);
  });

  it('during the verification of an earlier repair is fenced in the same incident', async () => {
    const world = new World({ settings: { verification: { soakMs: 5000, timeoutMs: 60_000, retryMs: 50 } } });
    const agent = await world.healthy();
    world.kill('n2');
    await world.clock.until(() => world.events.some(({ text }) => text.includes('redundancy: 3 of 3')));
    silence(world, 'n2', 'stopped');
    await world.clock.until(() => world.fenced.length > 0);
    await agent.settled();
    const incident = only(agent.engine.incidents());
    expect(incident.phase.kind).toBe('resolved');
    expect(steps(incident)).toEqual(['restart succeeded', 'fence succeeded', 'restart succeeded']);
  });

  it('that a new agent finds is watched by what the journal knows of it, and fenced', async () => {
    const { world, agent: first } = await mute('n3', 'stopped');
    first.kill();
    await world.clock.advance(100);
    const agent = world.startAgent();
    await world.clock.until(() => world.fenced.length > 0);
    await agent.settled();
    expect(only(agent.engine.incidents())).toMatchObject({ phase: { kind: 'resolved' }, diagnosis: { verdict: 'hang' } });
  });
});

describe('a blocked event loop', () => {
  it('is recognised by what its thread does, given time, then fenced and replaced', async () => {
    const { world, agent } = await mute('n2', 'computes');
    const since = world.clock.now();
    await world.clock.until(() => world.fenced.length > 0);
    expect(world.fenced[0]!.at - since).toBeGreaterThan(4500);
    await agent.settled();
    const incident = only(agent.engine.incidents());
    expect(incident).toMatchObject({ phase: { kind: 'resolved', by: 'engine' }, diagnosis: { verdict: 'blocked-loop' } });
    expect(steps(incident)).toEqual(['wait failed', 'fence succeeded', 'restart succeeded']);
  });

  it('that ends by itself is verified and closed as that, without a fence', async () => {
    const { world, agent } = await mute('n2', 'computes');
    await world.clock.advance(3000);
    world.living('n2')!.silence = undefined;
    await world.clock.advance(1000);
    await agent.settled();
    const incident = only(agent.engine.incidents());
    expect(incident).toMatchObject({ phase: { kind: 'resolved', by: 'itself' }, diagnosis: { verdict: 'blocked-loop' } });
    expect(world.fenced).toEqual([]);
    expect(world.starts).toHaveLength(3);
  });

  it('waits for the repair of a crash elsewhere, and says so', async () => {
    const { world, agent } = await mute('n2', 'computes', {
      failing: (subject, nth) => subject === 'n1' && nth === 1,
      settings: { blockedPatienceMs: 500, verification: { soakMs: 6000, timeoutMs: 60_000, retryMs: 50 } },
    });
    world.kill('n1');
    await world.clock.advance(4000);
    expect(world.fenced).toEqual([]);
    expect(told(agent, 'n2')).toContain('blocked-loop, not acted on: the repair of n1 (crash) comes first');
    await world.clock.until(() => world.fenced.length > 0);
    await agent.settled();
  });
});

describe('silence without a cause that can be named', () => {
  it.each(['starved'] as const)('of a %s process leads to no act: there is not enough evidence, and why says so', async (how) => {
    const { world, agent } = await mute('n3', how);
    await world.clock.advance(20_000);
    expect(world.fenced).toEqual([]);
    expect(only(agent.engine.incidents()).phase.kind).toBe('suspected');
    expect(told(agent, 'n3')).toContain('not enough evidence');
    expect(told(agent, 'n3')).toContain('the machine is overloaded, not this process sick');
    world.living('n3')!.silence = undefined;
    await world.clock.advance(2000);
    expect(only(agent.engine.incidents()).phase).toMatchObject({ kind: 'expired', reason: 'it answers again' });
  });

  it('becomes a hang once it has idled for long', async () => {
    const { world, agent } = await mute('n3', 'idle');
    await world.clock.until(() => world.fenced.length > 0);
    await agent.settled();
    expect(only(agent.engine.incidents())).toMatchObject({ phase: { kind: 'resolved' }, diagnosis: { verdict: 'hang' } });
  });

  it('that the peers do not share is gray: the votes are kept, and one view alone decides nothing', async () => {
    const { world, agent } = await mute('n3', 'idle');
    world.heardByPeers.add('n3');
    await world.clock.advance(20_000);
    expect(world.fenced).toEqual([]);
    expect(told(agent, 'n3')).toContain('not suspected by its peers n1, n2');
    world.heardByPeers.clear();
    await world.clock.until(() => world.fenced.length > 0);
    await agent.settled();
    expect(only(agent.engine.incidents()).observers.map(({ name, vote }) => `${name} ${vote}`)).toEqual([
      'agent of test down',
      'peer n1 down',
      'peer n2 down',
    ]);
  });

  it('that the observer has slept through is nobody else’s fault', async () => {
    const world = new World();
    const agent = await world.healthy();
    await world.clock.advance(5000);
    world.clock.stall(20_000);
    await world.clock.advance(5000);
    expect(agent.engine.incidents()).toEqual([]);
  });
});
