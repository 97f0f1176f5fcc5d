import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseCpuSeconds, parseWaitedSeconds } from '../src/cluster/proc.js';
import { Histogram } from '../src/load/histogram.js';
import { keyAt } from '../src/load/requests.js';
import { packageOf, selfTimes } from '../src/profile.js';
import { median, percentile, ratioOf } from '../src/report/statistics.js';
import { parseRate } from '../src/suites/h2load.js';
import { type Evidence, faultOf } from '../src/suites/verify.js';

const exact = (values: readonly number[], share: number): number =>
  [...values].sort((left, right) => left - right)[Math.max(1, Math.ceil(share * values.length)) - 1]!;

test('a percentile of the histogram is the exact one, or up to a 64th above it', () => {
  const values = fc.array(fc.integer({ min: 0, max: 0x7fff_ffff }), { minLength: 1, maxLength: 300 });
  fc.assert(
    fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (list, share) => {
      const histogram = new Histogram();
      for (const value of list) histogram.add(value);
      const found = histogram.percentile(share);
      expect(found).toBeGreaterThanOrEqual(exact(list, share));
      expect(found).toBeLessThanOrEqual(exact(list, share) * (1 + 1 / 64));
      expect(histogram.summary().max).toBe(Math.max(...list));
    }),
  );
});

test('percentiles of a list are values of the list; the median of an even number lies in the middle', () => {
  expect(percentile([3, 1, 2], 0.9)).toBe(3);
  expect(percentile([3, 1, 2], 0)).toBe(1);
  expect(percentile([10, 20, 30, 40, 50, 60, 70, 80, 90, 100], 0.9)).toBe(90);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([5, 1, 3])).toBe(3);
  expect(() => median([])).toThrow('nothing');
});

test('a ratio is that of the medians, with the range of the single rounds', () => {
  expect(ratioOf([10, 30, 20], [10, 10, 10])).toEqual({ of: 2, lowest: 1, highest: 3 });
  expect(() => ratioOf([1], [1, 2])).toThrow('same rounds');
});

test('keys are never the same twice', () => {
  const keys = new Set(Array.from({ length: 100_000 }, (_, at) => Buffer.from(keyAt(at)).toString('latin1')));
  expect(keys.size).toBe(100_000);
  expect([...keys].every((key) => /^\/bench\/k[0-9a-f]{8}$/.test(key))).toBe(true);
});

describe('a run counts only when the store shows it', () => {
  const good: Evidence = {
    requests: 100,
    refused: 0,
    expectedGrowth: 100,
    growth: 100,
    termsPassed: 0,
    sampledKeys: 10,
    wrongKeys: 0,
  };
  test.each<readonly [string, Partial<Evidence>, string | undefined]>([
    ['all stored', {}, undefined],
    ['a read', { expectedGrowth: 0, growth: 0 }, undefined],
    ['refusals', { refused: 1, growth: 99 }, '1 of 100 requests were refused'],
    ['a server that accepts and forgets', { growth: 0 }, 'the revision grew by 0 instead of 100'],
    ['a write that was applied twice', { growth: 101 }, 'the revision grew by 101 instead of 100'],
    ['another value', { wrongKeys: 2 }, '2 of 10 sampled keys hold a wrong value'],
    ['an election under load', { termsPassed: 1 }, 'the leader changed 1 times'],
  ])('%s', (_, change, fault) => {
    expect(faultOf({ ...good, ...change })).toBe(fault);
  });
});

test('the processor time of a process whose name holds blanks and parentheses', () => {
  expect(parseCpuSeconds('7 (a) b (c)) S 1 7 7 0 -1 4194560 1 2 3 4 250 50 9 9 20 0')).toBe(3);
});

test('how long a thread waited for a processor', () => {
  expect(parseWaitedSeconds('8123456789 1500000000 4242\n')).toBe(1.5);
});

test('the rate that h2load prints', () => {
  expect(parseRate('starting\n\nfinished in 5.23s, 19120.50 req/s, 1.2MB/s\nrequests: 1')).toBe(19_120.5);
  expect(() => parseRate('could not connect')).toThrow('did not finish');
});

test('a profile is summed by node and package', () => {
  expect(selfTimes({ nodes: [], samples: [1, 2, 1], timeDeltas: [10, 20, 30] })).toEqual(
    new Map([
      [1, 40],
      [2, 20],
    ]),
  );
  const at = (url: string, functionName = 'f'): string => packageOf({ id: 1, callFrame: { url, functionName, lineNumber: 0 } });
  expect(at('file:///x/packages/wal/dist/log.js')).toBe('wal');
  expect(at('file:///x/node_modules/lmdb/index.js')).toBe('lmdb');
  expect(at('node:net')).toBe('node');
  expect(at('', '(garbage collector)')).toBe('(garbage collector)');
});
