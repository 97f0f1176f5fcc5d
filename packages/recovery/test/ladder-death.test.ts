// The agent dies before each single effect of each ladder, and a new one takes over: the incident is finished, and nothing
// takes effect twice.
import { describe, expect, it } from 'vitest';
import type { Action, Incident, Ladder } from '../src/index.js';
import { failing } from './support/components.js';
import { bearKilledAgents } from './support/killed-rejections.js';
import { type Skills, skills } from './support/skills.js';
import { Killed, World } from './support/world.js';

bearKilledAgents();

interface Course {
  readonly world: World;
  readonly skills: Skills;
  readonly incidents: readonly Incident[];
  readonly pages: readonly string[];
  /** Lives of the subject, the first among them. */
  readonly lives: number;
}

/** One subject falls ill, and is well once `cure` was done to it. */
async function course(ladder: Ladder, cure: Action, death: number): Promise<Course> {
  let ill = false;
  const pages: string[] = [];
  const heal = (by: Action): void => {
    if (by === cure) ill = false;
  };
  const all = skills({
    actions: ['compact', 'hand-over', 'relocate', 'rebuild', 'roll-back', 'throttle', 'replace'],
    checks: ['identity', 'probe', 'soak'],
    policy: () => ({ group: 'web', ladder }),
    signals: (subject) => (ill && subject === 'n2' ? [failing(world.clock.wall())] : []),
    onEffect: (_subject, action) => heal(action),
  });
  const channel = { name: 'the test', send: ({ key }: { key: string }) => Promise.resolve(void pages.push(key)) };
  const world: World = new World({
    skills: all,
    pages: [channel],
    settings: { patienceMs: 500, verification: { soakMs: 300, timeoutMs: 2000, retryMs: 50 } },
  });
  await world.healthy();
  await world.clock.advance(3000);
  world.onStart = () => heal('restart');
  ill = true;
  world.effects = 0;
  world.killAtEffect = death;
  await settleOrDie(world);
  while (!world.agent!.alive) {
    world.killAtEffect = Number.POSITIVE_INFINITY;
    restart(world);
    await settleOrDie(world);
  }
  const lives = world.starts.filter(({ subject }) => subject === 'n2').length;
  return { world, skills: all, incidents: world.agent!.engine.incidents(), pages, lives };
}

async function settleOrDie(world: World): Promise<void> {
  const isOver = ({ phase }: Incident): boolean => phase.kind === 'resolved' || phase.kind === 'escalated';
  await world.clock.until(() => !world.agent!.alive || world.agent!.engine.incidents().some(isOver));
  await world.clock.advance(5000);
}

function restart(world: World): void {
  try {
    world.startAgent();
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
  }
}

/** Each ladder with what cures it, and what must have taken effect in the end. */
const LADDERS: readonly {
  readonly name: string;
  readonly ladder: Ladder;
  readonly cure: Action;
  readonly effects: readonly string[];
}[] = [
  { name: 'restart', ladder: [['restart'], ['page']], cure: 'restart', effects: [] },
  { name: 'fence, restart', ladder: [['fence', 'restart'], ['page']], cure: 'restart', effects: [] },
  { name: 'stop, restart', ladder: [['stop', 'restart'], ['page']], cure: 'restart', effects: [] },
  { name: 'wait; restart', ladder: [['wait'], ['restart'], ['page']], cure: 'restart', effects: [] },
  { name: 'compact', ladder: [['compact'], ['restart'], ['page']], cure: 'compact', effects: ['n2 compact'] },
  {
    name: 'hand-over, compact',
    ladder: [['hand-over', 'compact'], ['restart'], ['page']],
    cure: 'compact',
    effects: ['n2 hand-over', 'n2 compact'],
  },
  { name: 'throttle; restart', ladder: [['throttle'], ['restart'], ['page']], cure: 'restart', effects: ['n2 throttle'] },
  { name: 'rebuild', ladder: [['rebuild'], ['restart'], ['page']], cure: 'rebuild', effects: ['n2 rebuild'] },
  { name: 'relocate', ladder: [['relocate'], ['restart'], ['page']], cure: 'relocate', effects: ['n2 relocate'] },
  { name: 'roll-back', ladder: [['roll-back'], ['restart'], ['page']], cure: 'roll-back', effects: ['n2 roll-back'] },
  { name: 'replace', ladder: [['replace'], ['restart'], ['page']], cure: 'replace', effects: ['n2 replace'] },
  {
    name: 'nothing helps',
    ladder: [['compact'], ['rebuild'], ['restart'], ['page']],
    cure: 'page',
    effects: ['n2 compact', 'n2 rebuild'],
  },
];

describe('the death of the agent before each effect of the ladder', () => {
  it.each(LADDERS)(
    '"$name" leaves an incident that the next one finishes, and no step that takes effect twice',
    async ({ ladder, cure, effects }) => {
      const whole = await course(ladder, cure, Number.POSITIVE_INFINITY);
      expect(whole.skills.effects).toEqual(effects);
      const last = whole.world.effects;
      for (let death = 1; death <= last; death++) {
        const died = await course(ladder, cure, death);
        const where = `death before effect ${death}`;
        const over = died.incidents.filter(({ phase }) => phase.kind !== 'expired').map(({ phase }) => phase.kind);
        expect(over, where).toEqual([cure === 'page' ? 'escalated' : 'resolved']);
        expect(died.skills.effects, where).toEqual(effects);
        expect(died.lives, where).toBe(whole.lives);
        expect(died.world.collisions, where).toBe(0);
        if (cure === 'page') expect(new Set(died.pages).size, where).toBe(1);
      }
    },
  );
});
