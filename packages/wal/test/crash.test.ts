import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { payload, runScenario, scenario } from './crash-run.js';
import { Model } from './model.js';
import { Bench } from './support.js';

describe('after any crash at any moment', () => {
  it.each([0, 0.5, 1])('everything acknowledged is there and nothing is invented (sectors kept: %d)', (keepSector) => {
    fc.assert(
      fc.property(scenario, (each) => runScenario(each, keepSector)),
      { numRuns: 60 },
    );
  });

  it('a disk that tears within sectors, or leaves noise, costs nothing: it is mended, or refused untouched', () => {
    let opened = 0;
    let refused = 0;
    const cuts = fc.record({
      seed: fc.nat(),
      payloads: fc.array(payload, { minLength: 1, maxLength: 8 }),
      garbage: fc.constantFrom(0, 0.5),
    });
    fc.assert(
      fc.property(cuts, ({ seed, payloads, garbage }) => {
        const bench = new Bench({ seed, disk: { tornSector: 0.5, garbage } });
        const model = new Model();
        const wal = bench.open();
        payloads.forEach((bytes, at) => {
          model.apply(wal, { kind: 'append', group: 1, payloads: [bytes], vote: true });
          if (at % 3 === 0) bench.world.step();
        });
        bench.machine.crash();
        const before = bench.fingerprint();
        const result = bench.tryOpen();
        if (result.ok) {
          opened++;
          model.reopened(result.wal);
        } else {
          refused++;
          expect(bench.fingerprint()).toEqual(before);
        }
      }),
      { numRuns: 150 },
    );
    expect(opened).toBeGreaterThan(refused);
  });
});
