// Which checks a repair has to pass, and what each kind of subject is asked.
import { describe, expect, it } from 'vitest';
import type { Check, Incident, Signal } from '../src/index.js';
import { checksFor } from '../src/verify/checks-for.js';
import { components } from './support/components.js';

const only = (incidents: readonly Incident[]): Incident => {
  expect(incidents).toHaveLength(1);
  return incidents[0]!;
};

describe('the checks of a repair', () => {
  it('are those of its class that the driver calls sensible: a component of its own has no replicas', () => {
    const checks = checksFor('crash', new Set<Check>(['identity', 'probe', 'own', 'metrics', 'soak']));
    expect(checks).toContain('probe');
    for (const check of ['canary', 'lag', 'redundancy', 'hash'] as const) expect(checks).not.toContain(check);
    expect(checks.at(0)).toBe('identity');
    expect(checks.at(-1)).toBe('identity');
  });

  it('look at metrics after the soak, and at probes before', () => {
    const checks = checksFor('crash', new Set<Check>(['identity', 'probe', 'own', 'metrics', 'soak']));
    expect(checks.indexOf('probe')).toBeLessThan(checks.indexOf('soak'));
    expect(checks.indexOf('own')).toBeLessThan(checks.indexOf('soak'));
    expect(checks.indexOf('metrics')).toBeGreaterThan(checks.indexOf('soak'));
  });
});

describe('a component that is killed', () => {
  const breached = (at: number): Signal => ({
    kind: 'metric',
    name: 'rss',
    at,
    value: 9,
    threshold: 'rss > 5',
    breached: true,
    forMs: 0,
  });

  it('is not resolved while a metric is out of band, and is once it is back', async () => {
    let high = false;
    const { world, agent } = await components(
      {
        actions: [],
        checks: ['identity', 'probe', 'metrics', 'soak'],
        policy: () => ({ group: 'web', voters: undefined, mode: 'active' }),
        signals: () => (high ? [{ ...breached(world.clock.wall()), at: 0 }] : []),
      },
      () => false,
    );
    high = true;
    world.kill('n2');
    await world.clock.advance(2000);
    const incident = only(agent.engine.incidents());
    expect(incident.phase.kind).toBe('verifying');
    expect(incident.readings.at(-1)).toMatchObject({ check: 'metrics', ok: false, detail: expect.stringContaining('rss > 5') });
    high = false;
    await agent.settled();
    expect(only(agent.engine.incidents()).phase.kind).toBe('resolved');
  });
});
