import { describe, expect, it } from 'vitest';
import { runSimulation, type SimulationOptions, type SimulationReport, shrink } from '../../src/index.js';

const HEALTHY = runSimulation({ seed: 1, faults: ['kill', 'partition', 'clog'], duration: 3000, workloads: ['lists'] });

/** A run that breaks a rule as long as clogs are possible and event 2 happens, with at least two clients. */
function pretended(options: SimulationOptions): SimulationReport {
  const { faults = [], without = [], clients = 16 } = options;
  const broken = faults.includes('clog') && !without.includes(2) && clients >= 2;
  const happened = [1, 2, 3, 4, 5].filter((number) => !without.includes(number));
  return {
    ...HEALTHY,
    faults: happened.map((number) => ({ number, at: number, kind: 'clog' })),
    violations: broken ? [{ rule: 'stale read', detail: 'pretended' }] : [],
  };
}

const limits = { attemptsMax: 200, goesOn: () => true };

describe('shrinking a failing run', () => {
  it('leaves what it takes to break the rule, and nothing else', () => {
    const options = { seed: 1, duration: 3000 };
    const { options: small, report } = shrink(options, pretended({ ...options, faults: HEALTHY.plan.kinds }), limits, pretended);
    expect(small).toMatchObject({ seed: 1, faults: ['clog'], workloads: [], clients: 2, keys: 1, without: [1, 3, 4, 5] });
    expect(small.duration).toBeLessThan(1000);
    expect(report.violations).toHaveLength(1);
    expect(report.faults.map(({ number }) => number)).toEqual([2]);
  });

  it('ends where it may not go on', () => {
    const options = { seed: 1, duration: 3000 };
    const begin = pretended({ ...options, faults: HEALTHY.plan.kinds });
    expect(shrink(options, begin, { ...limits, attemptsMax: 3 }, pretended).attempts).toBe(3);
    expect(shrink(options, begin, { ...limits, goesOn: () => false }, pretended).attempts).toBe(0);
  });
});
