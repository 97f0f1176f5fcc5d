import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PhiAccrual, type PhiOptions } from '../src/phi-accrual.js';

const OPTIONS: PhiOptions = { interval: 100, acceptablePause: 0, deviationMin: 1, samplesMax: 100 };

/** After these gaps; the silence begins at the result's time. */
function heardAfter(gaps: readonly number[], options: PhiOptions = OPTIONS): { accrual: PhiAccrual; at: number } {
  const accrual = new PhiAccrual(options, 0);
  let at = 0;
  for (const gap of gaps) accrual.heard((at += gap));
  return { accrual, at };
}

test('phi is the formula of the paper: minus the decimal logarithm of the normal tail', () => {
  // A window full of 80 and 120: mean 100, deviation 20.
  const { accrual, at } = heardAfter(Array.from({ length: 100 }, (_, n) => (n % 2 === 0 ? 80 : 120)));
  expect(accrual.phi(at + 100)).toBeCloseTo(-Math.log10(0.5), 5);
  expect(accrual.phi(at + 120)).toBeCloseTo(-Math.log10(0.1586552539), 5);
  expect(accrual.phi(at + 160)).toBeCloseTo(-Math.log10(0.001349898032), 5);
  expect(accrual.phi(at + 160, 40)).toBeCloseTo(-Math.log10(0.1586552539), 5);
});

test('phi never falls while the silence lasts, and stays finite for a year', () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 150 });
  const steps = fc.array(fc.integer({ min: 0, max: 10_000 }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(gaps, steps, (before, waits) => {
      const { accrual, at } = heardAfter(before);
      let now = at;
      let last = 0;
      for (const wait of [...waits, 365 * 86_400_000]) {
        const phi = accrual.phi((now += wait));
        expect(phi).toBeGreaterThanOrEqual(last);
        last = phi;
      }
      expect(last).toBeLessThan(Number.POSITIVE_INFINITY);
    }),
  );
});

test('a subject that speaks a thousand times a second is not suspected when it falls back to its heartbeat', () => {
  const { accrual, at } = heardAfter([...Array(100).fill(100), ...Array(5000).fill(1)], { ...OPTIONS, deviationMin: 10 });
  expect(accrual.phi(at + 100)).toBeLessThan(1);
});

test('the more irregular the rhythm, the more patience', () => {
  const steady = heardAfter(Array.from({ length: 100 }, (_, n) => 95 + (n % 2) * 10));
  const unsteady = heardAfter(Array.from({ length: 100 }, (_, n) => 60 + (n % 2) * 80));
  expect(steady.accrual.phi(steady.at + 200)).toBeGreaterThan(unsteady.accrual.phi(unsteady.at + 200));
});

test('an outage of an hour teaches no patience with the next one', () => {
  const options = { ...OPTIONS, acceptablePause: 200, deviationMin: 25 };
  const { accrual, at } = heardAfter([...Array(100).fill(100), 3_600_000, ...Array(10).fill(100)], options);
  expect(accrual.phi(at + 1000)).toBeGreaterThan(8);
});
