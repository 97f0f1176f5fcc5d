// The last rung: a human is told, at least once, and by every way that there is.
import { describe, expect, it } from 'vitest';
import type { HumanPage, PageChannel } from '../src/index.js';
import { components } from './support/components.js';

interface Post extends PageChannel {
  readonly got: HumanPage[];
  broken: boolean;
}

const post = (name: string): Post => {
  const channel: Post = {
    name,
    got: [],
    broken: false,
    send: (page) => {
      if (channel.broken) return Promise.reject(new Error('503'));
      channel.got.push(page);
      return Promise.resolve();
    },
  };
  return channel;
};

async function escalated(channels: readonly Post[]) {
  const all = await components({ actions: [] }, () => false, { pages: channels });
  all.ill.add('n2');
  await all.world.clock.until(() => all.agent.engine.incidents().some(({ phase }) => phase.kind === 'escalated'));
  await all.world.clock.advance(10);
  return all;
}

describe('a page', () => {
  it('says which incident of whom it is about and what is the matter, on every channel', async () => {
    const [a, b] = [post('a'), post('b')];
    const { agent } = await escalated([a, b]);
    const { id } = agent.engine.incidents()[0]!;
    expect(a.got).toEqual([
      {
        key: expect.stringContaining(id),
        at: expect.any(Number),
        incident: id,
        subject: 'n2',
        verdict: 'unhealthy',
        text: expect.any(String),
      },
    ]);
    expect(b.got).toEqual(a.got);
  });

  it('is tried again until it is taken, with the same key, and nobody else is told twice', async () => {
    const [a, b] = [post('a'), post('b')];
    b.broken = true;
    const { world } = await escalated([a, b]);
    await world.clock.advance(30_000);
    expect([a.got.length, b.got.length]).toEqual([1, 0]);
    b.broken = false;
    await world.clock.advance(60_000);
    expect([a.got.length, b.got.length]).toEqual([1, 1]);
    expect(b.got[0]?.key).toBe(a.got[0]?.key);
  });

  it('that the agent could not deliver is delivered by the next one', async () => {
    const a = post('a');
    a.broken = true;
    const { world, agent } = await escalated([a]);
    agent.kill();
    a.broken = false;
    world.startAgent();
    await world.clock.advance(1000);
    expect(a.got.map(({ subject }) => subject)).toEqual(['n2']);
  });

  it('is not sent any more once somebody has acknowledged the incident', async () => {
    const a = post('a');
    a.broken = true;
    const { world, agent } = await escalated([a]);
    const { id } = agent.engine.incidents()[0]!;
    expect(agent.engine.acknowledge(id, 'Ada').acknowledged).toMatchObject({ by: 'Ada' });
    a.broken = false;
    await world.clock.advance(600_000);
    expect(a.got).toEqual([]);
    expect(agent.engine.incident(id)?.phase.kind).toBe('escalated');
  });
});
