import type { Millis } from '@reknit/base';
import type { ProtocolName } from '@reknit/consensus';
import type { Coverage } from '../cluster/coverage.js';
import type { SimulationReport } from '../cluster/options.js';

export interface SeedsSummary {
  /** A seed counts once, on however many protocols it ran. */
  readonly seeds: number;
  readonly runs: number;
  readonly failed: readonly { readonly protocol: ProtocolName; readonly seed: number }[];
  readonly operations: number;
  readonly virtualMs: Millis;
  readonly realMs: Millis;
  readonly fired: Readonly<Record<string, number>>;
  readonly coverage: Readonly<Record<keyof Coverage, number>>;
}

/** Sums up what came from one process or from several. */
export class SeedsTotals {
  readonly #failed: { protocol: ProtocolName; seed: number }[] = [];
  readonly #distinct = new Set<number>();
  readonly #fired: Record<string, number> = {};
  readonly #coverage: Record<string, number> = {};
  #runs = 0;
  #operations = 0;
  #virtualMs: Millis = 0;

  add(
    report: Pick<SimulationReport, 'seed' | 'protocol' | 'violations' | 'operations' | 'virtualMs' | 'fired' | 'coverage'>,
  ): void {
    this.#runs++;
    this.#distinct.add(report.seed);
    this.#operations += report.operations;
    this.#virtualMs += report.virtualMs;
    if (report.violations.length > 0) this.#failed.push({ protocol: report.protocol, seed: report.seed });
    addTo(this.#fired, report.fired);
    addTo(this.#coverage, report.coverage);
  }

  summary(realMs: Millis): SeedsSummary {
    return {
      seeds: this.#distinct.size,
      runs: this.#runs,
      failed: this.#failed,
      operations: this.#operations,
      virtualMs: this.#virtualMs,
      realMs,
      fired: this.#fired,
      coverage: this.#coverage as Record<keyof Coverage, number>,
    };
  }
}

function addTo(sums: Record<string, number>, counts: Readonly<Record<string, number>> | Readonly<Coverage>): void {
  for (const [name, count] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + count;
}
