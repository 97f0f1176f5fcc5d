// How much the engine may do, and what waits for a human's word: modes, plans that need an approval, and what is refused.
import { describe, expect, it } from 'vitest';
import type { Incident } from '../src/index.js';
import { type Components, components } from './support/components.js';
import type { World } from './support/world.js';

const only = (incidents: readonly Incident[]): Incident => {
  expect(incidents).toHaveLength(1);
  return incidents[0]!;
};

/** The engine looks once more before it takes an approval: a moment passes. */
async function answered<Result>(world: World, asked: Promise<Result>): Promise<Result> {
  asked.catch(() => undefined);
  await world.clock.advance(200);
  return asked;
}

async function waiting(options: { readonly approvalMs?: number } = {}): Promise<Components & { readonly id: string }> {
  const all = await components(
    { actions: [], policy: () => ({ group: 'web', voters: undefined, mode: 'passive' }) },
    (_subject, by) => by === 'restart',
    { settings: options },
  );
  all.ill.add('n2');
  await all.world.clock.until(() => all.agent.engine.incidents().some(({ phase }) => phase.kind === 'awaiting-approval'));
  return { ...all, id: only(all.agent.engine.incidents()).id };
}

describe('a passive component', () => {
  it('is not touched: its plan says what would be done, what it may cost, and until when it is good', async () => {
    const { world, agent, id } = await waiting();
    await world.clock.advance(60_000);
    const incident = only(agent.engine.incidents());
    expect(incident.plan).toMatchObject({
      blastRadius: 'n2 only',
      steps: [{ action: 'restart' }, { action: 'relocate' }, { action: 'page' }],
    });
    expect(incident.phase).toMatchObject({ kind: 'awaiting-approval', fingerprint: expect.stringMatching(/^[0-9a-f]{8}$/) });
    expect(incident.runs).toEqual([]);
    expect(agent.engine.why('n2').now.join('\n')).toContain(`waits for an approval, reknit approve ${id}`);
  });

  it('is mended once its plan is approved, and the record says by whom', async () => {
    const { world, agent, id } = await waiting();
    await answered(world, agent.engine.approve(id, { by: 'Ada' }));
    await agent.settled();
    expect(only(agent.engine.incidents())).toMatchObject({ phase: { kind: 'resolved', by: 'engine' }, approval: { by: 'Ada' } });
  });

  it('that is dead stays down until its plan is approved', async () => {
    const { world, agent } = await components(
      { actions: [], policy: () => ({ group: 'web', voters: undefined, mode: 'passive' }) },
      () => false,
    );
    world.kill('n3');
    await world.clock.advance(30_000);
    expect(world.living('n3')).toBeUndefined();
    const { id, phase } = only(agent.engine.incidents());
    expect(phase.kind).toBe('awaiting-approval');
    await answered(world, agent.engine.approve(id, { by: 'Ada' }));
    await agent.settled();
    expect(only(agent.engine.incidents()).phase.kind).toBe('resolved');
  });

  it('whose plan is approved is mended by the next agent, too', async () => {
    const { world, agent, id } = await waiting();
    await answered(world, agent.engine.approve(id, { by: 'Ada' }));
    agent.kill();
    const next = world.startAgent();
    await next.settled();
    expect(next.engine.incident(id)?.phase.kind).toBe('resolved');
  });

  it('that is rejected is left alone, and a mend by hand is recognised', async () => {
    const { world, agent, ill, id } = await waiting();
    agent.engine.reject(id, { by: 'Ada' }, 'it is busy');
    await world.clock.advance(60_000);
    expect(only(agent.engine.incidents()).phase).toMatchObject({ kind: 'rejected', by: 'Ada', reason: 'it is busy' });
    ill.clear();
    await world.clock.advance(3000);
    expect(only(agent.engine.incidents()).phase).toMatchObject({ kind: 'resolved', by: 'operator' });
  });
});

describe('an approval is refused', () => {
  it('when it is about another plan than the one that stands', async () => {
    const { world, agent, id } = await waiting();
    await expect(answered(world, agent.engine.approve(id, { by: 'Ada', fingerprint: '00000000' }))).rejects.toThrow(
      /another one now/,
    );
  });

  it('when the state has changed, with what has changed', async () => {
    const { world, agent, id } = await waiting();
    world.living('n2')!.silent = true;
    await expect(answered(world, agent.engine.approve(id, { by: 'Ada' }))).rejects.toThrow(
      /the diagnosis was unhealthy, and is .*its state was running, and is stopped/,
    );
  });

  it('when it comes too late; the plan is then made anew, from what is seen now', async () => {
    const { world, agent, id } = await waiting({ approvalMs: 5000 });
    const first = only(agent.engine.incidents()).phase;
    agent.engine.setMode({ mode: { kind: 'maintenance', until: world.clock.wall() + 20_000 }, by: 'the test' });
    await world.clock.advance(10_000);
    await expect(answered(world, agent.engine.approve(id, { by: 'Ada' }))).rejects.toThrow(/too late/);
    await world.clock.advance(20_000);
    const { phase } = only(agent.engine.incidents());
    expect(phase).toMatchObject({ kind: 'awaiting-approval' });
    expect(phase.at).toBeGreaterThan(first.at);
  });

  it('when nothing waits for one', async () => {
    const { world, agent } = await components({ actions: [] }, (_subject, by) => by === 'restart');
    world.kill('n2');
    await world.clock.advance(1);
    await agent.settled();
    const { id } = only(agent.engine.incidents());
    await expect(answered(world, agent.engine.approve(id, { by: 'Ada' }))).rejects.toThrow(/nothing of n2 waits/);
    await expect(async () => agent.engine.approve('n9-xyz', { by: 'Ada' })).rejects.toThrow(/no incident n9-xyz/);
  });
});

describe('the mode', () => {
  it('observe says what is seen and would be done, and does nothing', async () => {
    const { world, agent, ill } = await components({ actions: [] }, () => false);
    agent.engine.setMode({ mode: 'observe', by: 'Ada' });
    ill.add('n1');
    world.kill('n2');
    await world.clock.advance(30_000);
    expect(world.living('n2')).toBeUndefined();
    expect(world.starts).toHaveLength(3);
    expect(
      agent.engine
        .incidents()
        .map(({ diagnosis }) => diagnosis?.verdict)
        .sort(),
    ).toEqual(['crash', 'unhealthy']);
    expect(agent.engine.why('n1').now).toEqual([
      'everything is in mode observe, set by Ada',
      expect.stringMatching(/^n1: living, not acted on: mode observe \(set for everything by Ada\): only observing/),
    ]);
    agent.engine.setMode({ mode: undefined, by: 'Ada' });
    await world.clock.advance(5000);
    expect(world.living('n2')).toBeDefined();
  });

  it('of one component leaves the others to the engine, and outlives the agent', async () => {
    const { world, agent } = await components({ actions: [] }, () => false);
    agent.engine.setMode({ subject: 'n2', mode: 'observe', by: 'Ada' });
    agent.kill();
    const next = world.startAgent();
    await world.clock.advance(3000);
    for (const subject of ['n2', 'n3']) world.kill(subject);
    await world.clock.advance(5000);
    expect([world.living('n2') === undefined, world.living('n3') === undefined]).toEqual([true, false]);
    expect(next.engine.status().modes).toEqual([{ subject: 'n2', mode: 'observe', by: 'Ada' }]);
  });

  it('maintenance has an end, after which the engine acts', async () => {
    const { world, agent, ill } = await components({ actions: [] }, (_subject, by) => by === 'restart');
    agent.engine.setMode({ mode: { kind: 'maintenance', until: world.clock.wall() + 20_000 }, by: 'Ada' });
    ill.add('n2');
    await world.clock.advance(15_000);
    expect(only(agent.engine.incidents()).runs).toEqual([]);
    await world.clock.advance(20_000);
    expect(only(agent.engine.incidents()).phase.kind).toBe('resolved');
  });
});
