// Members that are well, and links between them that are not: what an agent makes of who hears whom.
import { describe, expect, it } from 'vitest';
import { type Agent, World } from './support/world.js';

async function without(...deaf: readonly string[]): Promise<{ world: World; agent: Agent }> {
  const world = new World();
  const agent = await world.healthy();
  await world.clock.advance(10_000);
  for (const each of deaf) world.deaf.add(each);
  return { world, agent };
}

const verdicts = (agent: Agent): readonly string[] =>
  agent.engine
    .incidents()
    .map(({ subject, diagnosis }) => `${subject} ${diagnosis?.verdict ?? 'undiagnosed'}`)
    .sort();

describe('a bad link', () => {
  it.each([
    ['cut, while a third member hears both ends', ['n1>n2', 'n2>n1']],
    ['that works in one direction only', ['n1>n2']],
  ] as const)('%s, is a partial partition of its ends, found although nobody is silent', async (_name, deaf) => {
    const { world, agent } = await without(...deaf);
    await world.clock.advance(8000);
    expect(verdicts(agent)).toEqual(['n1 partial-partition', 'n2 partial-partition']);
    expect(world.fenced).toEqual([]);
    expect(world.starts).toHaveLength(3);
  });

  it('that is bad for a moment is nothing', async () => {
    const { world, agent } = await without('n1>n2');
    await world.clock.advance(3000);
    world.deaf.clear();
    await world.clock.advance(10_000);
    expect(agent.engine.incidents()).toEqual([]);
  });

  it('that is good again closes its incidents, whoever was asked meanwhile', async () => {
    const { world, agent } = await without('n1>n2', 'n2>n1');
    await world.clock.advance(8000);
    world.deaf.clear();
    await world.clock.advance(90_000);
    expect(agent.engine.incidents().map(({ phase }) => phase.kind)).toEqual(['resolved', 'resolved']);
    expect(world.starts).toHaveLength(3);
  });
});

describe('a member that all others have lost', () => {
  it('and that has lost all others, is cut off: nothing is restarted', async () => {
    const { world, agent } = await without('n1>n3', 'n3>n1', 'n2>n3', 'n3>n2');
    await world.clock.advance(10_000);
    expect(verdicts(agent)).toEqual(['n3 full-partition']);
    expect(world.fenced).toEqual([]);
    expect(world.starts).toHaveLength(3);
  });
});
