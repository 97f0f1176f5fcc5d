// Components of their own in the small world: whoever is in `ill` has a probe that fails, until what cures it was done.
import type { Incident, Signal } from '../../src/index.js';
import { type Skills, skills } from './skills.js';
import { type Agent, World, type WorldOptions } from './world.js';

export interface Components {
  readonly world: World;
  readonly agent: Agent;
  readonly skills: Skills;
  readonly ill: Set<string>;
}

export const failing = (at: number): Signal => ({
  kind: 'probe',
  name: 'http /health',
  at,
  outcome: 'bad',
  detail: '500',
  tookMs: 3,
  failuresInARow: 3,
  failing: true,
});

/** @param cures whether this makes it well again; every start is tried as `restart` */
export async function components(
  given: Partial<Skills> & Pick<Skills, 'actions'>,
  cures: (subject: string, by: string) => boolean,
  options: WorldOptions = {},
): Promise<Components> {
  const ill = new Set<string>();
  const heal = (subject: string, by: string): void => void (cures(subject, by) && ill.delete(subject));
  const all = skills({
    checks: ['identity', 'probe', 'soak'],
    policy: () => ({ group: 'web', voters: undefined }),
    signals: (subject) => (ill.has(subject) ? [failing(world.clock.wall())] : []),
    onEffect: heal,
    ...given,
  });
  const world: World = new World({
    skills: all,
    ...options,
    settings: { verification: { soakMs: 300, timeoutMs: 5000, retryMs: 50 }, ...options.settings },
  });
  world.onStart = (subject) => heal(subject, 'restart');
  const agent = await world.healthy();
  await world.clock.advance(3000);
  return { world, agent, skills: all, ill };
}

export const resolved = async ({ world, agent }: Components): Promise<readonly Incident[]> => {
  await world.clock.until(() => agent.engine.incidents().length > 0);
  await agent.settled();
  return agent.engine.incidents();
};
