// One declared detector at work, for one subject: asks at its pace, judges, and keeps its newest signal. Each kind of detector
// is a *round*; this is the loop around it.
//
// Surprising: a round that takes longer than the pace is followed by the next one at its next due time, never by two at once,
// and what was missed in between is not made up for.
import { type Millis, unreachable } from '@reknit/base';
import type { Clock, Timer } from '@reknit/runtime';
import { DiskSpaceJudge } from './disk-space.js';
import { Hysteresis } from './hysteresis.js';
import type { Instruments, LogTail, TailPosition } from './instruments.js';
import type { Lanes } from './lanes.js';
import { LogPattern } from './log-pattern.js';
import { extreme, samplesNamed } from './prometheus-text.js';
import type { SelfWatch } from './self-watch.js';
import type { Signal } from './signal.js';
import type { DetectSpec } from './spec.js';
import { MetricJudge, worstOf } from './threshold.js';

export interface Bench {
  readonly clock: Clock;
  readonly instruments: Instruments;
  readonly lanes: Lanes;
  readonly self: SelfWatch;
  /** The moment of a signal, ms. */
  stamp(): number;
  /** Something about a detector that a person should know, once. */
  readonly warn: (text: string) => void;
}

export interface Round {
  readonly everyMs: Millis;
  /** A new signal, or undefined where this round has taught nothing. Never rejects. */
  run(): Promise<Signal | undefined>;
  end(): void;
}

/** A component that fails once in between is not yet well; the pace makes two of them a matter of seconds. */
const SUCCESSES = 2;
/** A log is looked at four times a second: a stat of a file. */
const LOG_EVERY_MS: Millis = 250;
/** Lines of one look are at most a megabyte: a pattern that needs this long for it explodes on some of them. */
const PATTERN_MS_MAX: Millis = 500;

export function roundOf(spec: DetectSpec, bench: Bench, output: OutputLog | undefined): Round {
  switch (spec.kind) {
    case 'probe':
      return probeRound(spec, bench);
    case 'metric':
      return metricRound(spec, bench);
    case 'log':
      return logRound(spec, bench, output);
    case 'disk':
      return diskRound(spec, bench);
    default:
      return unreachable(spec);
  }
}

/** Where the subject's own output goes, and from where on it matters. */
export interface OutputLog {
  readonly path: string;
  readonly from: TailPosition | 'end';
}

function probeRound(spec: Extract<DetectSpec, { kind: 'probe' }>, bench: Bench): Round {
  const { probe, timeoutMs, failures } = spec;
  const hysteresis = new Hysteresis({ failures, successes: Math.min(failures, SUCCESSES) });
  const ask = async (): Promise<Signal | undefined> => {
    const [since, at] = [bench.self.now(), bench.clock.now()];
    const { outcome, detail } = await bench.instruments.ask(probe, timeoutMs);
    if (outcome === 'silent' && !bench.self.wasPresent(since, timeoutMs)) return undefined;
    hysteresis.note(outcome === 'good' ? 'good' : 'bad');
    const tookMs = bench.clock.now() - at;
    const { failing, badInARow } = hysteresis;
    return {
      kind: 'probe',
      name: probe.name,
      at: bench.stamp(),
      outcome,
      detail,
      tookMs,
      failuresInARow: badInARow,
      failing,
    };
  };
  return { everyMs: spec.everyMs, run: () => bench.lanes.run(ask), end: () => undefined };
}

function metricRound(spec: Extract<DetectSpec, { kind: 'metric' }>, bench: Bench): Round {
  const judge = new MetricJudge(spec.name, spec);
  let warned = false;
  const missed = (reason: string): undefined => {
    judge.missed();
    if (!warned) bench.warn(`${spec.name}: no reading of ${spec.metric}: ${reason}`);
    warned = true;
    return undefined;
  };
  const scrape = async (): Promise<Signal | undefined> => {
    const page = await bench.instruments.scrape(spec.url, spec.timeoutMs);
    if (page.kind === 'none') return missed(page.detail);
    const value = extreme(samplesNamed(page.text, spec.metric), spec.labels, worstOf(spec.comparison));
    if (value === undefined) return missed(`${spec.url} shows no such sample`);
    warned = false;
    return judge.note(value, bench.stamp());
  };
  return { everyMs: spec.everyMs, run: () => bench.lanes.run(scrape), end: () => undefined };
}

function logRound(spec: Extract<DetectSpec, { kind: 'log' }>, bench: Bench, output: OutputLog | undefined): Round {
  const { name, pattern, count, withinMs, source } = spec;
  const matcher = new LogPattern({ name, pattern: new RegExp(pattern), count, withinMs });
  const tail = openTail(source, bench, output);
  if (tail === undefined) bench.warn(`${name}: its output goes nowhere that could be read, so the pattern is never tried`);
  let given = tail === undefined;
  const read = (): Signal | undefined => {
    if (given || tail === undefined) return undefined;
    const { lines } = tail.read();
    const before = bench.clock.now();
    matcher.note(lines, bench.stamp());
    given = bench.clock.now() - before > PATTERN_MS_MAX;
    if (given) bench.warn(`${name}: the pattern ${pattern} needs too long for its lines and is not tried any more: simplify it`);
    return matcher.signal(bench.stamp());
  };
  return { everyMs: LOG_EVERY_MS, run: () => Promise.resolve(read()), end: () => tail?.close() };
}

function openTail(
  source: Extract<DetectSpec, { kind: 'log' }>['source'],
  { instruments }: Bench,
  output: OutputLog | undefined,
): LogTail | undefined {
  if (source.kind === 'file') return instruments.tail(source.path, 'end');
  return output === undefined ? undefined : instruments.tail(output.path, output.from);
}

function diskRound(spec: Extract<DetectSpec, { kind: 'disk' }>, bench: Bench): Round {
  const judge = new DiskSpaceJudge(spec);
  const measure = async (): Promise<Signal | undefined> => {
    const room = await bench.instruments.room(spec.path);
    return room === undefined ? undefined : judge.note(room, bench.stamp());
  };
  return { everyMs: spec.everyMs, run: measure, end: () => undefined };
}

/** Runs rounds until it is ended. */
export class Detector {
  readonly #round: Round;
  readonly #clock: Clock;
  readonly #onSignal: (signal: Signal) => void;
  #timer: Timer | undefined;
  #dueAt: Millis;
  #ended = false;

  /** @param firstAfterMs spreads the first rounds of many, so that they do not all fall together for ever */
  constructor(round: Round, clock: Clock, firstAfterMs: Millis, onSignal: (signal: Signal) => void) {
    this.#round = round;
    this.#clock = clock;
    this.#onSignal = onSignal;
    this.#dueAt = clock.now() + firstAfterMs;
    this.#timer = clock.after(firstAfterMs, () => void this.#run());
  }

  end(): void {
    this.#ended = true;
    this.#timer?.cancel();
    this.#round.end();
  }

  async #run(): Promise<void> {
    const signal = await this.#round.run();
    if (this.#ended) return;
    if (signal !== undefined) this.#onSignal(signal);
    const { everyMs } = this.#round;
    const now = this.#clock.now();
    const missed = Math.max(0, Math.floor((now - this.#dueAt) / everyMs));
    this.#dueAt += (missed + 1) * everyMs;
    this.#timer = this.#clock.after(this.#dueAt - now, () => void this.#run());
  }
}
