// Seeded faults, the same for every protocol. CONSENSUS_SEEDS and CONSENSUS_FIRST_SEED widen the search:
// `CONSENSUS_SEEDS=20000 npx vitest run packages/consensus/test/raft/random`.
import { describe, expect, it } from 'vitest';
import type { Protocol } from '../../src/index.js';
import { type RunReport, randomRun } from './random-run.js';
import { walk } from './walk.js';

const SEEDS = Number(process.env.CONSENSUS_SEEDS ?? 150);
const FIRST_SEED = Number(process.env.CONSENSUS_FIRST_SEED ?? 1);
const STEPS = 4_000;
/** A walk takes a fraction of what a run takes. */
const WALKS_PER_RUN = 4;

export function describeRandomRuns<Message>(protocol: Protocol<Message>): void {
  describe('under loss, repetition, reordering, partitions and crashes', () => {
    it('nothing decided changes, reads are never stale, and a healed group goes on', { timeout: 3_600_000 }, () => {
      const reports: RunReport[] = [];
      for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
        try {
          reports.push(randomRun(protocol, seed, STEPS));
        } catch (error) {
          throw new Error(`seed ${seed}: replay with CONSENSUS_FIRST_SEED=${seed} CONSENSUS_SEEDS=1`, { cause: error });
        }
      }
      // A quiet run is no evidence: the faults must have been fired, and the work done in spite of them.
      const total = (of: (report: RunReport) => number): number => reports.reduce((sum, report) => sum + of(report), 0);
      const totals = {
        crashes: total((report) => report.crashes),
        leaders: total((report) => report.leaders),
        decided: total((report) => report.decided),
        reads: total((report) => report.reads),
        snapshots: total((report) => report.snapshots),
      };
      if (process.env.CONSENSUS_SEEDS !== undefined) console.log(totals);
      if (SEEDS < 100) return;
      expect(totals.crashes).toBeGreaterThan(SEEDS);
      expect(totals.leaders).toBeGreaterThan(3 * SEEDS);
      expect(totals.decided).toBeGreaterThan(20 * SEEDS);
      expect(totals.reads).toBeGreaterThan(5 * SEEDS);
      expect(totals.snapshots).toBeGreaterThan(0);
    });

    it('in short lives, too, nothing decided changes and reads are never stale', { timeout: 3_600_000 }, () => {
      for (let seed = FIRST_SEED; seed < FIRST_SEED + WALKS_PER_RUN * SEEDS; seed++) {
        try {
          walk(protocol, seed);
        } catch (error) {
          throw new Error(`walk ${seed}: replay with CONSENSUS_FIRST_SEED=${seed} CONSENSUS_SEEDS=1`, { cause: error });
        }
      }
    });

    it('a seed replays to the same end', () => {
      expect(randomRun(protocol, 7, STEPS)).toEqual(randomRun(protocol, 7, STEPS));
    });
  });
}
