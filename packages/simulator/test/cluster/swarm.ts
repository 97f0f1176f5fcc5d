// What every protocol must survive: seeds that draw their own faults, the same seeds for all. One file a protocol runs it, so that
// the protocols share the cores.
import { describeReport, runSimulation, WORKLOAD_KINDS } from '@reknit/simulator';
import { describe, expect, it } from 'vitest';
import { REGRESSIONS } from './regressions.js';

type Protocol = 'raft' | 'paxos' | 'zab';

/** Some forty seconds a protocol on a quiet core. */
const SEEDS = Array.from({ length: 80 }, (_, at) => 501 + at);
const SWARM_LIMIT_MS = 200_000;

const MUST_HAPPEN = [
  'overwritten',
  'snapshotsInstalled',
  'tornTails',
  'segmentsRemoved',
  'pageWrites',
  'forwarded',
  'watchEvents',
  'watchMarks',
  'watchCuts',
  'watchFragments',
  'watchesCompacted',
  'keepAlives',
  'leasesExpired',
  'locksHeld',
  'fencedWrites',
  'fencedOff',
  'listOperations',
  'transactions',
  'protocolSwitches',
  'membersAdded',
  'membersRemoved',
  'learnersPromoted',
  'membersReplaced',
  'plansCancelled',
] as const;

export function swarm(protocol: Protocol): void {
  const run = (options: Parameters<typeof runSimulation>[0]) => runSimulation({ ...options, protocol });

  describe(`a cluster that runs ${protocol}, under a swarm of faults`, () => {
    it('replays to the byte: the same seed gives the same report and the same trace', () => {
      const seed = 7;
      const traces: string[][] = [[], []];
      const reports = traces.map((trace) =>
        run({ seed, trace: (time, machine, kind, detail) => void trace.push(`${time} ${machine} ${kind} ${detail}`) }),
      );
      expect(reports[0]).toEqual(reports[1]);
      expect(traces[0]!.length).toBeGreaterThan(5_000);
      expect(traces[0]!.join('\n')).toBe(traces[1]!.join('\n'));
      expect(run({ seed }).digest).toBe(reports[0]!.digest);
      expect(run({ seed: seed + 1 }).digest).not.toBe(reports[0]!.digest);
    });

    it.each(REGRESSIONS.filter((one) => one.protocol === protocol))('seed $seed breaks no rule any more: $why', ({ seed }) => {
      const report = run({ seed });
      expect(report.violations, describeReport(report).join('\n')).toEqual([]);
    });

    it(
      'breaks no rule, and has been through what it should survive',
      () => {
        const reports = SEEDS.map((seed) => run({ seed }));
        for (const report of reports) expect(report.violations, describeReport(report).join('\n')).toEqual([]);
        const sum = (count: keyof (typeof reports)[0]['coverage']): number =>
          reports.reduce((total, { coverage }) => total + coverage[count], 0);
        expect(sum('elections')).toBeGreaterThan(3 * SEEDS.length);
        expect(sum('starts')).toBeGreaterThan(4 * SEEDS.length);
        for (const count of MUST_HAPPEN) expect(sum(count), count).toBeGreaterThan(0);
        expect(reports.reduce((total, { unknown }) => total + unknown, 0)).toBeGreaterThan(0);
      },
      SWARM_LIMIT_MS,
    );

    it('of five members breaks no rule either', () => {
      for (const seed of [901, 902]) expect(run({ seed, members: 5 }).violations).toEqual([]);
    });

    it('keeps its promises to watchers, leaseholders and lock holders while leaders are stopped and clocks go wrong', () => {
      const faults = ['pause-leader', 'stall', 'clock-jump', 'clock-drift'] as const;
      for (const seed of [911, 912]) {
        const report = run({ seed, faults, workloads: WORKLOAD_KINDS });
        expect(report.violations, describeReport(report).join('\n')).toEqual([]);
        expect(report.coverage.leasesExpired).toBeGreaterThan(0);
        expect(report.coverage.locksHeld).toBeGreaterThan(0);
      }
    });

    it('without faults has nothing unknown, and one election for each keyspace', () => {
      const { violations, unknown, coverage } = run({ seed: 1, faults: [] });
      expect({ violations, unknown }).toEqual({ violations: [], unknown: 0 });
      expect(coverage).toMatchObject({ elections: 2, starts: 3, overwritten: 0, snapshotsInstalled: 0, tornTails: 0 });
    });
  });
}
