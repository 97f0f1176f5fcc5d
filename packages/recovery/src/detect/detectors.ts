// All detectors of an agent's components. `watch` begins with a subject and its declared detectors; from then on the newest
// signal of each can be read at any time, and a listener hears when one turns bad or good.
//
// Surprising: a new life of a subject begins with no signals. What was seen of the life before is no evidence against this one,
// so whoever starts a subject watches it anew.
import { assert } from '@reknit/base';
import type { Runtime } from '@reknit/runtime';
import { type Bench, Detector, type OutputLog, roundOf } from './detector.js';
import type { Instruments } from './instruments.js';
import { Lanes } from './lanes.js';
import { SelfWatch } from './self-watch.js';
import { isBadSignal, type Signal, signalKey } from './signal.js';
import type { DetectSpec } from './spec.js';
import { steadyStamp } from './stamp.js';

export interface DetectorsOptions {
  readonly runtime: Runtime;
  readonly instruments: Instruments;
  /** When a signal turns bad, or good again; not at its first being good. */
  readonly onTurn?: (subject: string, signal: Signal) => void;
  /** Questions under way at a time; default 16. */
  readonly lanes?: number;
}

export interface Watch {
  readonly specs: readonly DetectSpec[];
  /** Where the subject's own output goes; absent: patterns on its output are never tried. */
  readonly output?: OutputLog;
}

/** One subject has a handful; a file with more than this is a mistake. */
const DETECTORS_MAX = 64;

export class Detectors {
  readonly #options: DetectorsOptions;
  readonly #bench: Omit<Bench, 'warn'>;
  readonly #self: SelfWatch;
  readonly #subjects: Map<string, Watched> = new Map();

  constructor(options: DetectorsOptions) {
    const { runtime, instruments, lanes } = options;
    const { clock } = runtime;
    this.#options = options;
    this.#self = new SelfWatch(clock);
    const stamp = steadyStamp(clock);
    this.#bench = { clock, instruments, lanes: new Lanes(lanes), self: this.#self, stamp };
  }

  /** Begins anew with a subject: its earlier signals are forgotten. */
  watch(subject: string, { specs, output }: Watch): void {
    assert(specs.length <= DETECTORS_MAX, 'a component has a handful of detectors', () => specs.length);
    this.unwatch(subject);
    const warn = (text: string): void => this.#options.runtime.log.log('warn', text, { subject });
    const watched = new Watched(subject, this.#options.onTurn);
    watched.begin(specs, { ...this.#bench, warn }, output);
    this.#subjects.set(subject, watched);
  }

  /** Its signals are forgotten. */
  unwatch(subject: string): void {
    this.#subjects.get(subject)?.end();
    this.#subjects.delete(subject);
  }

  /** The newest of each; empty for a subject that is not watched. */
  signals(subject: string): readonly Signal[] {
    return this.#subjects.get(subject)?.signals ?? [];
  }

  /** How late this observer itself was of late, fading: ms. */
  get lateMs(): number {
    return this.#self.lateMs;
  }

  end(): void {
    for (const subject of [...this.#subjects.keys()]) this.unwatch(subject);
    this.#self.end();
  }
}

class Watched {
  readonly #subject: string;
  readonly #onTurn: DetectorsOptions['onTurn'];
  readonly #newest: Map<string, Signal> = new Map();
  #detectors: readonly Detector[] = [];

  constructor(subject: string, onTurn: DetectorsOptions['onTurn']) {
    this.#subject = subject;
    this.#onTurn = onTurn;
  }

  get signals(): readonly Signal[] {
    return [...this.#newest.values()];
  }

  begin(specs: readonly DetectSpec[], bench: Bench, output: OutputLog | undefined): void {
    this.#detectors = specs.map((spec, at) => {
      const round = roundOf(spec, bench, output);
      const firstAfterMs = (round.everyMs * at) / specs.length;
      return new Detector(round, bench.clock, firstAfterMs, (signal) => this.#note(signal));
    });
  }

  end(): void {
    for (const detector of this.#detectors) detector.end();
  }

  #note(signal: Signal): void {
    const key = signalKey(signal);
    const before = this.#newest.get(key);
    this.#newest.set(key, signal);
    const wasBad = before !== undefined && isBadSignal(before);
    if (isBadSignal(signal) !== wasBad) this.#onTurn?.(this.#subject, signal);
  }
}
