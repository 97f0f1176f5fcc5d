// A threshold as people write it, and the judge that holds readings against it:
//
//   process_resident_memory_bytes > 500MB for 10s
//   rate(http_requests_total{status="500"}) >= 5 for 30s
//
// Units are part of the number: kB, MB, GB, TB (powers of 1000), KiB to TiB, `%` (of 1), and times, which become seconds as
// Prometheus wants them. A rate is per second; a counter that fell was reset, and has counted from 0 since.
//
// Surprising: a reading that could not be had interrupts the run. What was not read is not known to have been beyond the limit.
import { type Millis, parseDuration } from '@reknit/base';
import type { MetricSignal } from './signal.js';
import type { Comparison } from './spec.js';

export interface Threshold {
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly comparison: Comparison;
  readonly limit: number;
  /** Held against how the sample rises per second. */
  readonly asRate: boolean;
  /** 0: one reading is enough. */
  readonly forMs: Millis;
}

export type ParsedThreshold =
  | { readonly ok: true; readonly threshold: Threshold }
  /** `column` counts from 1. */
  | { readonly ok: false; readonly column: number; readonly expected: string };

const SERIES = /\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*/y;
const RATE = /\s*rate\s*\(/y;
const CLOSE = /\s*\)/y;
const OPEN_LABELS = /\{/y;
const LABEL = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*,?/y;
const CLOSE_LABELS = /\s*\}/y;
const COMPARISON = /\s*(<=|>=|==|!=|<|>)/y;
const AMOUNT = /\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(?:\s*(?!for\b)([a-zA-Zµ%]+))?/iy;
const FOR = /\s+for\s+(\S+)/y;
const END = /\s*$/y;

const BYTES = ['k', 'M', 'G', 'T'];
const UNITS: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['B', 1],
  ['%', 0.01],
  ...BYTES.map((prefix, at): [string, number] => [`${prefix}B`, 1000 ** (at + 1)]),
  ...BYTES.map((prefix, at): [string, number] => [`${prefix.toUpperCase()}iB`, 1024 ** (at + 1)]),
]);

/** Never throws: where it goes wrong, and what was expected there, is the answer. */
export function parseThreshold(text: string): ParsedThreshold {
  const reader = new Reader(text);
  const asRate = reader.take(RATE) !== undefined;
  const metric = reader.take(SERIES)?.[1];
  if (metric === undefined) return reader.wrong('the name of a metric, or rate(NAME)');
  const labels = reader.take(OPEN_LABELS) === undefined ? {} : readLabels(reader);
  if (labels === undefined) return reader.wrong('labels like {name="value"}');
  if (asRate && reader.take(CLOSE) === undefined) return reader.wrong('")" after the metric of rate(');
  const comparison = asComparison(reader.take(COMPARISON)?.[1]);
  if (comparison === undefined) return reader.wrong('a comparison: <, <=, >, >=, == or !=');
  const limit = readAmount(reader);
  if (limit === undefined) return reader.wrong('a number, with a unit or without: 500MB, 2GiB, 80%, 250ms, 5');
  const held = reader.take(FOR)?.[1];
  const forMs = held === undefined ? 0 : parseDuration(held);
  if (forMs === undefined) return reader.wrong('a time after "for", like 10s');
  if (reader.take(END) === undefined) return reader.wrong('the end, or "for" and a time');
  return { ok: true, threshold: { metric, labels, comparison, limit, asRate, forMs } };
}

class Reader {
  readonly #text: string;
  #at = 0;
  #before = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** @param pattern sticky */
  take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    this.#before = this.#at;
    if (found === null) return undefined;
    this.#at = pattern.lastIndex;
    return found;
  }

  wrong(expected: string): ParsedThreshold {
    const blanks = /^\s*/.exec(this.#text.slice(this.#before))![0].length;
    return { ok: false, column: this.#before + blanks + 1, expected };
  }
}

function readLabels(reader: Reader): Readonly<Record<string, string>> | undefined {
  const labels: Record<string, string> = {};
  for (let found = reader.take(LABEL); found !== undefined; found = reader.take(LABEL))
    labels[found[1]!] = found[2]!.replace(/\\(.)/g, '$1');
  return reader.take(CLOSE_LABELS) === undefined ? undefined : labels;
}

function readAmount(reader: Reader): number | undefined {
  const found = reader.take(AMOUNT);
  if (found === undefined) return undefined;
  const [, amount, unit = ''] = found;
  const factor = UNITS.get(unit);
  if (factor !== undefined) return Number(amount) * factor;
  const ms = parseDuration(`1${unit}`);
  return ms === undefined ? undefined : (Number(amount) * ms) / 1000;
}

const COMPARE: Readonly<Record<Comparison, (value: number, limit: number) => boolean>> = {
  '<': (value, limit) => value < limit,
  '<=': (value, limit) => value <= limit,
  '>': (value, limit) => value > limit,
  '>=': (value, limit) => value >= limit,
  '==': (value, limit) => value === limit,
  '!=': (value, limit) => value !== limit,
};

/** Which of several series comes the closest to the limit: one that breaks it is enough. */
export const worstOf = (comparison: Comparison): 'largest' | 'smallest' => (comparison.startsWith('<') ? 'smallest' : 'largest');

const asComparison = (text: string | undefined): Comparison | undefined =>
  text !== undefined && isComparison(text) ? text : undefined;
const isComparison = (text: string): text is Comparison => Object.hasOwn(COMPARE, text);

export function describeThreshold({ metric, labels, comparison, limit, asRate, forMs }: Threshold): string {
  const carried = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
  const series = carried.length === 0 ? metric : `${metric}{${carried.join(',')}}`;
  const left = asRate ? `rate(${series})` : series;
  return `${left} ${comparison} ${limit}${forMs === 0 ? '' : ` for ${forMs / 1000}s`}`;
}

interface Reading {
  readonly value: number;
  readonly at: number;
}

export class MetricJudge {
  readonly #name: string;
  readonly #threshold: Threshold;
  readonly #text: string;
  /** Of a counter, to tell how it rises. */
  #before: Reading | undefined;
  #beyondSince: number | undefined;

  constructor(name: string, threshold: Threshold) {
    this.#name = name;
    this.#threshold = threshold;
    this.#text = describeThreshold(threshold);
  }

  /** Undefined for the first reading of a rate: nothing is known of its rise yet. */
  note(reading: number, at: number): MetricSignal | undefined {
    const value = this.#threshold.asRate ? this.#rise(reading, at) : reading;
    if (value === undefined) return undefined;
    const { comparison, limit, forMs } = this.#threshold;
    this.#beyondSince = COMPARE[comparison](value, limit) ? (this.#beyondSince ?? at) : undefined;
    const beyondMs = this.#beyondSince === undefined ? 0 : at - this.#beyondSince;
    const breached = this.#beyondSince !== undefined && beyondMs >= forMs;
    return { kind: 'metric', name: this.#name, at, value, threshold: this.#text, breached, forMs: beyondMs };
  }

  /** The page could not be had, or lacks the metric. */
  missed(): void {
    this.#beyondSince = undefined;
    this.#before = undefined;
  }

  #rise(value: number, at: number): number | undefined {
    const before = this.#before;
    this.#before = { value, at };
    if (before === undefined || at <= before.at) return undefined;
    const more = value >= before.value ? value - before.value : value;
    return (more * 1000) / (at - before.at);
  }
}
