// The ledger of simulated runs counts honestly, and the page is what the ledger says.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { countDistinct, EVIDENCE_MD, nextSeed, rangesOf, readEvidence, renderEvidence } from '../scripts/evidence.mjs';

const share = (...seeds: readonly (readonly [number, number])[]) => ({
  seeds: [...seeds],
  runs: countDistinct(seeds),
  violations: 0,
  virtualMs: 3_600_000,
  operations: 1000,
  faults: { kill: 2 },
});
const entry = (protocols: Readonly<Record<string, ReturnType<typeof share>>>) => ({
  commit: 'abc',
  date: '2026-01-01',
  node: 'v20',
  realMs: 0,
  protocols,
});

test('a seed counts once, on however many protocols and commits it ran', () => {
  const evidence = {
    format: 1 as const,
    entries: [entry({ raft: share([1, 10]), zab: share([1, 10]) }), entry({ raft: share([6, 15]) })],
  };
  expect(
    countDistinct([
      [1, 10],
      [1, 10],
      [6, 15],
      [20, 20],
    ]),
  ).toBe(16);
  expect(renderEvidence(evidence)).toContain('15 distinct seeds in 30 runs, 3.0 virtual hours');
  expect(nextSeed(evidence)).toBe(16);
});

test('ranges hold exactly the seeds that ran', () => {
  expect(rangesOf([3, 1, 2, 7, 2])).toEqual([
    [1, 3],
    [7, 7],
  ]);
  expect(rangesOf([])).toEqual([]);
  expect(nextSeed({ format: 1, entries: [] })).toBe(1);
});

test('docs/evidence.md is made from docs/evidence.json', () => {
  expect(readFileSync(EVIDENCE_MD, 'utf8')).toBe(renderEvidence(readEvidence()));
});
