// Faults that a member may answer by ending itself or by staying away: nothing else may go wrong with them.
import { describe, expect, it } from 'vitest';
import { describeReport, type FaultKind, runSimulation } from '../../src/index.js';

const DISK_FAULTS: readonly FaultKind[] = ['full-disk', 'failed-sync', 'bit-rot', 'lost-write', 'wiped-disk'];

describe.each(DISK_FAULTS)('a disk with %s', (fault) => {
  it('breaks no promise that a majority with good disks can keep', () => {
    for (const seed of [1, 2]) {
      const report = runSimulation({ seed, faults: [fault, 'kill'], workloads: [], duration: 8000 });
      expect(report.violations, describeReport(report).join('\n')).toEqual([]);
      expect(report.fired[fault]).toBeGreaterThan(0);
    }
  });
});

describe('leaving out a fault event', () => {
  it('leaves the others what they were, as far as they come in the same time', () => {
    const options = { seed: 4, faults: ['pause', 'clog', 'transfer'], workloads: [], duration: 6000 } as const;
    const { faults } = runSimulation(options);
    const left = runSimulation({ ...options, without: [2] });
    expect(left.faults).toEqual(faults.filter(({ number }) => number !== 2));
  });

  it('leaving out a kind leaves the events of the others', () => {
    const options = { seed: 4, workloads: [], duration: 6000 } as const;
    const all = runSimulation({ ...options, faults: ['pause', 'clog', 'transfer'] });
    const fewer = runSimulation({ ...options, faults: ['pause', 'clog'] });
    const kept = all.faults.filter(({ kind }) => kind !== 'transfer');
    expect(fewer.faults.filter(({ number }) => kept.some((one) => one.number === number))).toEqual(kept);
  });
});
