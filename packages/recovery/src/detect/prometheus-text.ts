// Reads samples out of a page in Prometheus's text format (version 0.0.4), as far as thresholds need it: name, labels, value.
// A line that is damaged is skipped and counted; it never spoils the others. OpenMetrics pages can be read too: what follows
// a value (a timestamp, an exemplar) is ignored.
//
// Surprising: only lines that begin with the wanted name are parsed. A page may have tens of thousands, and one is asked for.

export interface Sample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

export interface Samples {
  readonly samples: readonly Sample[];
  /** Lines with the wanted name that could not be read. */
  readonly malformed: number;
}

export function samplesNamed(page: string, name: string): Samples {
  const samples: Sample[] = [];
  let malformed = 0;
  for (let start = 0; start < page.length; ) {
    const newline = page.indexOf('\n', start);
    const end = newline === -1 ? page.length : newline;
    if (page.startsWith(name, start) && endsName(page.charAt(start + name.length))) {
      const sample = parseSample(page.slice(start, end));
      if (sample === undefined) malformed++;
      else samples.push(sample);
    }
    start = end + 1;
  }
  return { samples, malformed };
}

/** Of the series that carry these labels; undefined when there is none. NaN is no value. */
export function extreme(
  { samples }: Samples,
  labels: Readonly<Record<string, string>>,
  which: 'largest' | 'smallest',
): number | undefined {
  const wanted = Object.entries(labels);
  let found: number | undefined;
  for (const sample of samples) {
    if (Number.isNaN(sample.value) || !wanted.every(([label, value]) => sample.labels.get(label) === value)) continue;
    const isFurther = found === undefined || (which === 'largest' ? sample.value > found : sample.value < found);
    if (isFurther) found = sample.value;
  }
  return found;
}

const endsName = (character: string): boolean => character === '{' || character === ' ' || character === '\t';

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const LABEL = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(,|(?=\}))/y;
const VALUE = /^\s*(\S+)/;

/** Undefined for what is no sample: a comment, or a damaged line. */
export function parseSample(line: string): Sample | undefined {
  const name = NAME.exec(line)?.[0];
  if (name === undefined) return undefined;
  let at = name.length;
  while (line.charAt(at) === ' ' || line.charAt(at) === '\t') at++;
  const labels = new Map<string, string>();
  if (line.charAt(at) === '{') {
    const after = parseLabels(line, at + 1, labels);
    if (after === undefined) return undefined;
    at = after;
  }
  const value = parseValue(VALUE.exec(line.slice(at))?.[1] ?? '');
  return value === undefined ? undefined : { name, labels, value };
}

/** @returns where the value begins */
function parseLabels(line: string, start: number, into: Map<string, string>): number | undefined {
  let at = start;
  for (;;) {
    LABEL.lastIndex = at;
    const found = LABEL.exec(line);
    if (found === null) break;
    into.set(found[1]!, unescaped(found[2]!));
    at = LABEL.lastIndex;
  }
  while (line.charAt(at) === ' ') at++;
  return line.charAt(at) === '}' ? at + 1 : undefined;
}

const unescaped = (text: string): string =>
  text.replace(/\\(.)/g, (_all, character: string) => (character === 'n' ? '\n' : character));

const SPECIAL: Readonly<Record<string, number>> = {
  '+inf': Number.POSITIVE_INFINITY,
  inf: Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
  nan: Number.NaN,
};

/** As Go's ParseFloat reads it, less hexadecimal numbers, which no exporter writes. */
function parseValue(text: string): number | undefined {
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text);
  return SPECIAL[text.toLowerCase()];
}
