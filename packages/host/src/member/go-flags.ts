// Command lines as Go's flag package reads them, because scripts that start etcd rely on it: `-f` or `--f`, `=value` or the
// next word, bare booleans, the last of several wins. A flag that is not given may come from the environment.
import { formatDuration, parseDuration } from '@reknit/base';

export type FlagSpec =
  | { readonly kind: 'string'; readonly fallback: string; readonly help: string }
  | {
      readonly kind: 'number';
      readonly fallback: number;
      readonly min: number;
      readonly max: number;
      readonly unit: string;
      readonly help: string;
    }
  /** Of Go's durations: `10m`, `1m30s`, `100ms`. In milliseconds. */
  | { readonly kind: 'duration'; readonly fallback: number; readonly help: string }
  | { readonly kind: 'boolean'; readonly fallback: boolean; readonly help: string }
  | { readonly kind: 'choice'; readonly fallback: string; readonly choices: readonly string[]; readonly help: string }
  | { readonly kind: 'urls'; readonly fallback: readonly string[]; readonly help: string };

export type FlagSpecs = Readonly<Record<string, FlagSpec>>;

type ValueOf<S extends FlagSpec> = S extends { kind: 'number' | 'duration' }
  ? number
  : S extends { kind: 'boolean' }
    ? boolean
    : S extends { kind: 'urls' }
      ? readonly string[]
      : string;

export type FlagValues<S extends FlagSpecs> = { readonly [Name in keyof S]: ValueOf<S[Name]> };

/** The words cannot be understood; nothing was done. */
export class FlagError extends Error {
  override readonly name: string = 'FlagError';
}

export interface ParsedFlags<S extends FlagSpecs> {
  readonly values: FlagValues<S>;
  /** Names that were given on the command line or in the environment. */
  readonly given: ReadonlySet<string>;
}

/** @param environmentPrefix `ETCD_` makes ETCD_DATA_DIR stand in for --data-dir */
export function parseFlags<S extends FlagSpecs>(
  specs: S,
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  environmentPrefix: string,
): ParsedFlags<S> {
  const texts = new Map<string, string>();
  for (const name of Object.keys(specs)) {
    const text = environment[environmentPrefix + name.toUpperCase().replaceAll('-', '_')];
    if (text !== undefined && text !== '') texts.set(name, text);
  }
  for (const [name, text] of splitWords(specs, words)) texts.set(name, text);
  const values: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(specs)) {
    const text = texts.get(name);
    values[name] = text === undefined ? spec.fallback : parseValue(name, spec, text);
  }
  return { values: values as FlagValues<S>, given: new Set(texts.keys()) };
}

/** One line a flag, for `--help`. */
export function describeFlags(specs: FlagSpecs): string {
  return Object.entries(specs)
    .map(([name, spec]) => `  --${name} ${placeholder(spec)}\n      ${spec.help}${fallbackText(spec)}`)
    .join('\n');
}

function* splitWords(specs: FlagSpecs, words: readonly string[]): Generator<readonly [name: string, text: string]> {
  for (let at = 0; at < words.length; at++) {
    const match = /^--?([^-=][^=]*)(?:=(.*))?$/s.exec(words[at]!);
    if (match === null)
      throw new FlagError(`unexpected argument ${JSON.stringify(words[at])}: flags are --name value or --name=value`);
    const name = match[1]!;
    const spec = specs[name];
    if (spec === undefined) throw new FlagError(`flag provided but not defined: -${name}${suggestion(specs, name)}`);
    const inline = match[2];
    if (inline !== undefined) yield [name, inline];
    else if (spec.kind === 'boolean') yield [name, 'true'];
    else if (at + 1 < words.length) yield [name, words[++at]!];
    else throw new FlagError(`flag needs an argument: -${name}`);
  }
}

function parseValue(name: string, spec: FlagSpec, text: string): unknown {
  switch (spec.kind) {
    case 'string':
      return text;
    case 'number':
      return parseNumber(name, spec, text);
    case 'duration':
      return durationOf(name, text);
    case 'boolean':
      if (/^(1|t|true|TRUE|True)$/.test(text)) return true;
      if (/^(0|f|false|FALSE|False)$/.test(text)) return false;
      throw new FlagError(`invalid boolean value ${JSON.stringify(text)} for -${name}: use true or false`);
    case 'choice':
      if (spec.choices.includes(text)) return text;
      throw new FlagError(`invalid value ${JSON.stringify(text)} for flag -${name}: use ${spec.choices.join(' or ')}`);
    case 'urls':
      return text.split(',').map((url) => checkUrl(name, url));
  }
}

function parseNumber(name: string, spec: FlagSpec & { kind: 'number' }, text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value))
    throw new FlagError(`invalid value ${JSON.stringify(text)} for flag -${name}: a whole number of ${spec.unit} is needed`);
  if (value < spec.min || value > spec.max)
    throw new FlagError(`invalid value ${value} for flag -${name}: from ${spec.min} to ${spec.max} ${spec.unit}`);
  return value;
}

function durationOf(name: string, text: string): number {
  const value = parseDuration(text);
  if (value !== undefined) return value;
  throw new FlagError(`invalid value ${JSON.stringify(text)} for flag -${name}: a duration is needed, as 10m, 1m30s or 500ms`);
}

function checkUrl(name: string, url: string): string {
  const match = /^(https?|unix|unixs):\/\/([^/]+)\/?$/.exec(url.trim());
  if (match === null)
    throw new FlagError(
      `invalid value ${JSON.stringify(url)} for flag -${name}: a URL is http://HOST:PORT, several are separated by commas`,
    );
  if (match[1] !== 'http')
    throw new FlagError(`invalid value ${JSON.stringify(url)} for flag -${name}: only http:// is served by this version`);
  const port = /:(\d+)$/.exec(match[2]!);
  if (port === null || Number(port[1]) > 65_535)
    throw new FlagError(`invalid value ${JSON.stringify(url)} for flag -${name}: the URL needs a port up to 65535`);
  return `http://${match[2]}`;
}

function suggestion(specs: FlagSpecs, name: string): string {
  const near = Object.keys(specs).find(
    (known) => known.startsWith(name) || name.startsWith(known) || known.replaceAll('-', '') === name.replaceAll(/[-_]/g, ''),
  );
  return near === undefined ? '' : ` (did you mean -${near}?)`;
}

function placeholder(spec: FlagSpec): string {
  if (spec.kind === 'choice') return spec.choices.join('|');
  return { string: 'TEXT', number: 'N', duration: 'DURATION', boolean: '', urls: 'URL[,URL]' }[spec.kind];
}

function fallbackText(spec: FlagSpec): string {
  if (spec.kind === 'duration') return ` (default ${formatDuration(spec.fallback)})`;
  const text = String(spec.fallback);
  if (text === '' || spec.kind === 'boolean') return '';
  return spec.kind === 'number' ? ` (default ${text} ${spec.unit})` : ` (default ${text})`;
}
