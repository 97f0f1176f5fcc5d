// Makes a failing run small: fewer kinds of fault, fewer events of them, fewer clients and keys, less time; as long as it breaks
// the same rule. Each try is a whole run, so they are bounded; what is left is a replay that a person can follow.
import type { SimulationOptions, SimulationReport } from '../cluster/options.js';
import { runSimulation } from '../cluster/simulation.js';

export interface ShrinkLimits {
  /** Runs at most: each takes about as long as the failing one, mostly less. */
  readonly attemptsMax: number;
  /** Asked before each of them. */
  readonly goesOn: () => boolean;
  readonly onStep?: (step: ShrinkStep) => void;
}

export interface ShrinkStep {
  readonly attempts: number;
  readonly what: string;
  readonly options: SimulationOptions;
}

export interface Shrunk {
  readonly options: SimulationOptions;
  readonly report: SimulationReport;
  readonly attempts: number;
}

export const SHRINK_ATTEMPTS_DEFAULT = 150;

/** Before the first fault a cluster needs to begin; and a bit of room, since what is cut short runs differently. */
const DURATION_MIN = 500;
const WARM_UP = 2000;

type Run = (options: SimulationOptions) => SimulationReport;

/** @param report of a run with `options` that broke a rule */
export function shrink(
  options: SimulationOptions,
  report: SimulationReport,
  limits: ShrinkLimits,
  run: Run = runSimulation,
): Shrunk {
  const shrinker = new Shrinker(options, report, limits, run);
  let before: SimulationOptions;
  do {
    before = shrinker.options;
    shrinker.pass();
  } while (shrinker.options !== before && shrinker.mayTry);
  return shrinker;
}

class Shrinker implements Shrunk {
  options: SimulationOptions;
  report: SimulationReport;
  attempts = 0;
  readonly #rule: string;
  readonly #limits: ShrinkLimits;
  readonly #run: Run;

  constructor(options: SimulationOptions, report: SimulationReport, limits: ShrinkLimits, run: Run) {
    const { plan } = report;
    this.options = { ...options, faults: plan.kinds, workloads: plan.load.kinds };
    this.report = report;
    this.#rule = report.violations[0]?.rule ?? 'none';
    this.#limits = limits;
    this.#run = run;
  }

  get mayTry(): boolean {
    return this.attempts < this.#limits.attemptsMax && this.#limits.goesOn();
  }

  pass(): void {
    this.#shorten();
    this.#fewer('kinds of fault', this.options.faults ?? [], (faults) => ({ faults }));
    this.#fewer('workloads', this.options.workloads ?? [], (workloads) => ({ workloads }));
    this.#lower('clients', this.options.clients ?? 16, [1, 2, 4, 8], (clients) => ({ clients }));
    this.#lower('keys', this.options.keys ?? 12, [1, 2, 4], (keys) => ({ keys }));
    this.#fewerEvents();
    this.#shorten();
  }

  /** To where it broke, then by halves. */
  #shorten(): void {
    const duration = this.options.duration ?? 15_000;
    const broken = Math.ceil(this.report.virtualMs - WARM_UP);
    for (const shorter of [broken, duration / 4, duration / 2, (duration * 3) / 4]) {
      if (shorter >= DURATION_MIN && shorter < duration && this.#try('time', { duration: Math.ceil(shorter) })) return;
    }
  }

  #lower(what: string, now: number, fewer: readonly number[], change: (count: number) => Partial<SimulationOptions>): void {
    for (const count of fewer) if (count < now && this.#try(what, change(count))) return;
  }

  #fewerEvents(): void {
    const without = this.options.without ?? [];
    const happened = this.report.faults.map(({ number }) => number);
    this.#fewer('events', happened, (kept) => ({
      without: [...without, ...happened.filter((number) => !kept.includes(number))],
    }));
  }

  /** Delta debugging (Zeller & Hildebrandt 2002): leaves out halves, then quarters, and so on down to single ones. */
  #fewer<T>(what: string, all: readonly T[], change: (kept: readonly T[]) => Partial<SimulationOptions>): void {
    let kept = all;
    for (let size = Math.ceil(kept.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
      for (let at = 0; at < kept.length; ) {
        const rest = [...kept.slice(0, at), ...kept.slice(at + size)];
        if (this.#try(what, change(rest))) kept = rest;
        else at += size;
      }
    }
  }

  #try(what: string, change: Partial<SimulationOptions>): boolean {
    if (!this.mayTry) return false;
    this.attempts++;
    const options = { ...this.options, ...change };
    const report = this.#run(options);
    if (!report.violations.some(({ rule }) => rule === this.#rule)) return false;
    this.options = options;
    this.report = report;
    this.#limits.onStep?.({ attempts: this.attempts, what, options });
    return true;
  }
}
