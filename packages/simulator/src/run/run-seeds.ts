// Many seeds one after the other, for the command line and for soaks. Pure but for the clock that is handed in.
import type { Millis } from '@reknit/base';
import type { Coverage } from '../cluster/coverage.js';
import { FAULT_KINDS, type FaultKind } from '../cluster/plan.js';
import { runSimulation, type SimulationOptions, type SimulationReport } from '../cluster/simulation.js';

export interface SeedsRequest extends Omit<SimulationOptions, 'seed'> {
  readonly firstSeed: number;
  readonly seeds: number;
}

export interface SeedsOutlets {
  /** Real time: for the rate only. */
  now(): Millis;
  /** After each seed. @returns 'stop' to run no more */
  onReport(report: SimulationReport): 'go-on' | 'stop';
}

export interface SeedsSummary {
  readonly seeds: number;
  readonly failed: readonly number[];
  readonly operations: number;
  readonly virtualMs: Millis;
  readonly realMs: Millis;
  readonly fired: Readonly<Record<string, number>>;
  readonly coverage: Readonly<Record<keyof Coverage, number>>;
}

export function runSeeds(request: SeedsRequest, outlets: SeedsOutlets): SeedsSummary {
  const { firstSeed, seeds, ...options } = request;
  const begun = outlets.now();
  const totals = new SeedsTotals();
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    const report = runSimulation({ ...options, seed });
    totals.add(report);
    if (outlets.onReport(report) === 'stop') break;
  }
  return totals.summary(outlets.now() - begun);
}

/** Sums up what came from one process or from several. */
export class SeedsTotals {
  readonly #failed: number[] = [];
  readonly #fired: Record<string, number> = {};
  readonly #coverage: Record<string, number> = {};
  #seeds = 0;
  #operations = 0;
  #virtualMs: Millis = 0;

  add(report: Pick<SimulationReport, 'seed' | 'violations' | 'operations' | 'virtualMs' | 'fired' | 'coverage'>): void {
    this.#seeds++;
    this.#operations += report.operations;
    this.#virtualMs += report.virtualMs;
    if (report.violations.length > 0) this.#failed.push(report.seed);
    addTo(this.#fired, report.fired);
    addTo(this.#coverage, report.coverage);
  }

  summary(realMs: Millis): SeedsSummary {
    return {
      seeds: this.#seeds,
      failed: this.#failed,
      operations: this.#operations,
      virtualMs: this.#virtualMs,
      realMs,
      fired: this.#fired,
      coverage: this.#coverage as Record<keyof Coverage, number>,
    };
  }
}

/** Of a comma-separated list. @returns the first name that is no fault, where there is one */
export function parseFaults(text: string): { readonly faults: readonly FaultKind[] } | { readonly unknown: string } {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !isFaultKind(name));
  return unknown === undefined ? { faults: names.filter(isFaultKind) } : { unknown };
}

const isFaultKind = (name: string): name is FaultKind => (FAULT_KINDS as readonly string[]).includes(name);

function addTo(sums: Record<string, number>, counts: Readonly<Record<string, number>> | Readonly<Coverage>): void {
  for (const [name, count] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + count;
}
