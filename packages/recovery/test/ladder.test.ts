// Ladders: what comes after what, when it is futile, and how an act that may have been done is never done twice.
import { describe, expect, it } from 'vitest';
import type { Incident } from '../src/index.js';
import { components, resolved } from './support/components.js';

const only = (incidents: readonly Incident[]): Incident => {
  expect(incidents).toHaveLength(1);
  return incidents[0]!;
};
const steps = ({ runs }: Incident): string[] => runs.map(({ action, outcome }) => `${action} ${outcome}`);
describe('a subject that answers and is ill', () => {
  it('is suspected by its detectors, diagnosed, restarted, verified', async () => {
    const ill = await components({ actions: [] }, (_subject, by) => by === 'restart');
    ill.ill.add('n2');
    const incident = only(await resolved(ill));
    expect(incident).toMatchObject({ phase: { kind: 'resolved', by: 'engine' }, diagnosis: { verdict: 'unhealthy' } });
    expect(steps(incident)).toEqual(['restart succeeded']);
    expect(incident.moments.onsetSource).toBe('signal');
    expect(ill.world.fenced).toEqual([]);
    expect(ill.world.collisions).toBe(0);
  });

  it('that is well again before anything was done is verified and left alone', async () => {
    const ill = await components({ actions: [] }, () => false);
    ill.agent.engine.setMode({ mode: 'observe', by: 'the test' });
    ill.ill.add('n2');
    await ill.world.clock.advance(2000);
    ill.ill.clear();
    const incident = only(await resolved(ill));
    expect(incident.phase).toMatchObject({ kind: 'resolved', by: 'itself' });
    expect(incident.runs).toEqual([]);
  });
});

describe('a rung that does not help', () => {
  it('leads to the next one', async () => {
    const ill = await components({ actions: ['relocate'] }, (_subject, by) => by === 'relocate');
    ill.ill.add('n2');
    const incident = only(await resolved(ill));
    expect(steps(incident)).toEqual(['restart succeeded', 'relocate succeeded']);
    expect(incident.phase.kind).toBe('resolved');
    expect(ill.skills.effects).toEqual(['n2 relocate']);
  });

  it('that the driver cannot carry out is skipped, and the plan says so', async () => {
    const ill = await components({ actions: [] }, () => false);
    ill.ill.add('n2');
    await ill.world.clock.until(() => ill.agent.engine.incidents().some(({ phase }) => phase.kind === 'escalated'));
    const incident = only(ill.agent.engine.incidents());
    expect(incident.plan?.steps.map(({ action, skipped }) => [action, skipped === undefined])).toEqual([
      ['restart', true],
      ['relocate', false],
      ['page', true],
    ]);
    expect(steps(incident)).toEqual(['restart succeeded']);
  });

  it('as the last but one asks a human, once; and when it is mended by hand, that is recognised and verified', async () => {
    const ill = await components({ actions: [] }, () => false);
    ill.ill.add('n2');
    await ill.world.clock.advance(60_000);
    expect(only(ill.agent.engine.incidents()).phase.kind).toBe('escalated');
    ill.ill.clear();
    await ill.world.clock.advance(2000);
    expect(only(ill.agent.engine.incidents()).phase).toMatchObject({ kind: 'resolved', by: 'operator' });
  });
});

describe('what ends again and again', () => {
  it('is looked at again each time: a graver cause that shows by then is acted upon, not restarted through the whole budget', async () => {
    let rebuilt = false;
    let starts = 0;
    const rot = {
      kind: 'store',
      at: Number.POSITIVE_INFINITY,
      alarm: 'rot',
      detail: 'its log is damaged below what is durable',
    } as const;
    const all = await components(
      {
        actions: ['rebuild'],
        signals: (subject) => (subject === 'n2' && starts >= 2 && !rebuilt ? [rot] : []),
        onEffect: () => {
          rebuilt = true;
        },
      },
      () => false,
      { failing: (subject, nth) => subject === 'n2' && nth > 0 && !rebuilt },
    );
    all.world.onStart = () => void starts++;
    all.world.kill('n2');
    const [incident] = await resolved(all);
    expect(incident).toMatchObject({ phase: { kind: 'resolved' }, diagnosis: { verdict: 'corruption' } });
    expect(incident?.runs.filter(({ action }) => action === 'restart').length).toBeLessThanOrEqual(3);
    expect(incident?.runs.at(-1)).toMatchObject({ action: 'rebuild', outcome: 'succeeded' });
  });
});

describe('an act of the driver', () => {
  const ladder = [['compact'], ['relocate'], ['page']] as const;

  it.each([
    ['retry', ['compact failed', 'compact failed', 'compact failed', 'relocate succeeded']],
    ['not-here', ['compact failed', 'relocate succeeded']],
    ['nowhere', ['compact failed']],
  ] as const)('that answers %s is followed by what that means', async (kind, expected) => {
    const ill = await components(
      {
        actions: ['compact', 'relocate'],
        policy: () => ({ group: 'web', ladder: [...ladder, ['restart']] }),
        outcome: (action) => (action === 'compact' ? kind : 'done'),
      },
      (_subject, by) => by === 'relocate',
    );
    ill.ill.add('n2');
    await ill.world.clock.until(() =>
      ill.agent.engine.incidents().some(({ phase }) => phase.kind === 'resolved' || phase.kind === 'escalated'),
    );
    expect(steps(only(ill.agent.engine.incidents()))).toEqual(expected);
  });

  it('whose outcome nobody knows is asked for again with the same order, and takes effect once', async () => {
    const ill = await components(
      {
        actions: ['compact'],
        policy: () => ({ group: 'web', ladder: [['compact'], ['restart'], ['page']] }),
        outcome: () => 'unknown',
      },
      (_subject, by) => by === 'compact',
    );
    ill.ill.add('n2');
    only(await resolved(ill));
    expect(ill.skills.effects).toEqual(['n2 compact']);
    expect(ill.skills.orders).toHaveLength(2);
    expect(ill.skills.orders[1]?.order).toEqual(ill.skills.orders[0]?.order);
  });

  it('that reaches further than its machine is not begun without a quorum', async () => {
    const ill = await components(
      { actions: ['relocate'], policy: () => ({ group: 'web', ladder: [['relocate'], ['restart'], ['page']] }) },
      () => false,
    );
    ill.world.cutOff.add('test');
    ill.ill.add('n2');
    const first = () => ill.agent.engine.incidents()[0]?.runs[0];
    await ill.world.clock.until(() => first()?.outcome !== undefined);
    expect(first()).toMatchObject({ action: 'relocate', outcome: 'failed', detail: expect.stringContaining('quorum') });
    expect(ill.skills.orders).toEqual([]);
  });

  it('waits for a controller that is not yet elected', async () => {
    const ill = await components(
      { actions: ['relocate'], policy: () => ({ group: 'web', ladder: [['relocate'], ['page']] }) },
      (_s, by) => by === 'relocate',
    );
    ill.world.cutOff.add('test');
    ill.ill.add('n2');
    await ill.world.clock.until(() => ill.agent.engine.incidents().some(({ phase }) => phase.kind === 'planned'));
    await ill.world.clock.advance(5000);
    expect(ill.skills.orders).toEqual([]);
    ill.world.cutOff.delete('test');
    const [incident] = await resolved(ill);
    expect(incident?.runs[0]).toMatchObject({ action: 'relocate', outcome: 'succeeded' });
  });

  it('names the controller’s epoch, the life that it is about, and when it is over', async () => {
    const ill = await components(
      { actions: ['relocate'], policy: () => ({ group: 'web', ladder: [['relocate'], ['restart'], ['page']] }) },
      (_s, by) => by === 'relocate',
    );
    const { identity } = ill.world.living('n2')!;
    ill.ill.add('n2');
    const incident = only(await resolved(ill));
    const epoch = ill.agent.engine.status().controller?.epoch;
    expect(epoch).toBeGreaterThan(0);
    expect(ill.skills.orders[0]?.order).toMatchObject({ incident: incident.id, step: 0, attempt: 1, epoch, process: identity });
  });
});
