// A YAML document as it is read: values with the place where they stand, and every mistake that was found, so that all of
// them can be told at once. A value that is missing or wrong reads as undefined; whether anything was wrong is asked at the end.
//
// Surprising: a reader that met a mistake goes on. What is built from a sheet with mistakes must not be used.
import { formatDuration, parseDuration } from '@reknit/base';
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument, type YAMLMap } from 'yaml';
import { nearest } from './nearest.js';

export interface Problem {
  /** From 1. */
  readonly line: number;
  readonly column: number;
  /** `components.web.detect[0].every`; empty: the file as a whole. */
  readonly path: string;
  /** What stands there and what was expected, as one sentence. */
  readonly text: string;
}

/** A longer file is no declaration of components. */
const TEXT_MAX = 1024 * 1024;
/** A person mends a few at a time, and a hundred have one cause. */
const PROBLEMS_MAX = 100;

/** What takes longer than a week is nobody's pace, and no patience. */
const DURATION_MAX_MS = 7 * 24 * 3_600_000;

export class Sheet {
  readonly #lines: LineCounter = new LineCounter();
  readonly #problems: Problem[] = [];
  readonly #document: ReturnType<typeof parseDocument> | undefined;

  constructor(text: string) {
    if (text.length > TEXT_MAX) {
      this.fail(0, '', `is longer than ${TEXT_MAX} characters: it is something else than a declaration of components`);
      return;
    }
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false });
    for (const { message, pos } of this.#document.errors) this.fail(pos[0], '', `is not YAML: ${message}`);
  }

  /** In the order of the file. */
  get problems(): readonly Problem[] {
    return [...this.#problems].sort((a, b) => a.line - b.line || a.column - b.column);
  }

  get root(): Field {
    return new Field(this, this.#document?.contents ?? undefined, { path: '', offset: 0 });
  }

  fail(offset: number, path: string, text: string): void {
    const { line, col } = this.#lines.linePos(offset);
    if (this.#problems.length < PROBLEMS_MAX)
      this.#problems.push({ line: Math.max(1, line), column: Math.max(1, col), path, text });
  }

  /** What an alias stands for. */
  resolve(node: Node | null | undefined): Node | undefined {
    if (node === null || node === undefined) return undefined;
    return isAlias(node) && this.#document !== undefined ? node.resolve(this.#document) : node;
  }
}

interface Place {
  readonly path: string;
  /** Of what names it, for when it is missing. */
  readonly offset: number;
}

/** One value, present or not. */
export class Field {
  readonly path: string;
  readonly #sheet: Sheet;
  readonly #node: Node | undefined;
  readonly #offset: number;

  constructor(sheet: Sheet, node: Node | undefined, { path, offset }: Place) {
    this.#sheet = sheet;
    this.#node = node;
    this.path = path;
    this.#offset = node?.range?.[0] ?? offset;
  }

  /** `key:` with nothing behind it is nothing. */
  get isPresent(): boolean {
    return this.#node !== undefined && !(isScalar(this.#node) && this.#node.value === null);
  }

  get isMap(): boolean {
    return isMap(this.#node);
  }

  get isList(): boolean {
    return isSeq(this.#node);
  }

  /** A mistake here. @param behind characters into the value, where they are known */
  fail(text: string, behind = 0): undefined {
    this.#sheet.fail(this.#offset + behind, this.path, text);
    return undefined;
  }

  /** @param expected completes "expected …" */
  wrong(expected: string): undefined {
    return this.fail(this.isPresent ? `is ${this.#spoken()}: expected ${expected}` : `is missing: expected ${expected}`);
  }

  text(expected: string): string | undefined {
    if (!this.isPresent) return undefined;
    const value = this.#scalar();
    if (typeof value === 'string' && value !== '') return value;
    if (typeof value === 'number') return this.source;
    return this.wrong(expected);
  }

  /** As it stands in the file, without quotes. */
  get source(): string | undefined {
    if (!isScalar(this.#node)) return undefined;
    return this.#node.source ?? String(this.#node.value);
  }

  whole(min: number, max: number): number | undefined {
    if (!this.isPresent) return undefined;
    const value = this.#scalar();
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
    return this.wrong(`a whole number from ${min} to ${max}`);
  }

  oneOf<Choice extends string>(choices: readonly Choice[]): Choice | undefined {
    if (!this.isPresent) return undefined;
    const value = this.#scalar();
    const found = choices.find((choice) => choice === value);
    if (found !== undefined) return found;
    const near = typeof value === 'string' ? nearest(value, choices) : undefined;
    return this.wrong(`${choices.join(', ')}${near === undefined ? '' : ` (did you mean "${near}"?)`}`);
  }

  /** In milliseconds. */
  duration({ minMs = 1 }: { readonly minMs?: number } = {}): number | undefined {
    if (!this.isPresent) return undefined;
    const value = this.#scalar();
    const ms = typeof value === 'string' ? parseDuration(value) : undefined;
    if (ms !== undefined && ms >= minMs && ms <= DURATION_MAX_MS) return ms;
    return this.wrong(
      `a duration with its unit, such as 500ms, 1s or 10m${minMs > 1 ? `, of at least ${formatDuration(minMs)}` : ''}`,
    );
  }

  list(expected: string): readonly Field[] {
    if (!this.isPresent) return [];
    if (!isSeq(this.#node)) {
      this.wrong(expected);
      return [];
    }
    return this.#node.items.map((item, at) => {
      const node = this.#sheet.resolve(item as Node);
      return new Field(this.#sheet, node, { path: `${this.path}[${at}]`, offset: this.#offset });
    });
  }

  fields(expected: string): Fields | undefined {
    if (!this.isPresent) return undefined;
    if (isMap(this.#node)) return new Fields(this.#sheet, this.#node, { path: this.path, offset: this.#offset });
    return this.wrong(expected);
  }

  #scalar(): unknown {
    return isScalar(this.#node) ? this.#node.value : undefined;
  }

  #spoken(): string {
    if (isMap(this.#node)) return 'a map';
    if (isSeq(this.#node)) return 'a list';
    return JSON.stringify(this.#scalar());
  }
}

/** A map, field by field; what nobody asked for is a mistake. */
export class Fields {
  readonly path: string;
  readonly #sheet: Sheet;
  readonly #offset: number;
  readonly #pairs: ReadonlyMap<string, Pair>;
  readonly #asked: Set<string> = new Set();

  constructor(sheet: Sheet, map: YAMLMap, { path, offset }: Place) {
    this.#sheet = sheet;
    this.path = path;
    this.#offset = offset;
    this.#pairs = new Map(map.items.map((pair) => [keyOf(pair), pair]));
  }

  get names(): readonly string[] {
    return [...this.#pairs.keys()];
  }

  has(name: string): boolean {
    return this.#pairs.has(name);
  }

  get(name: string): Field {
    this.#asked.add(name);
    const pair = this.#pairs.get(name);
    const offset = pair === undefined ? this.#offset : offsetOf(pair);
    return new Field(this.#sheet, this.#sheet.resolve(pair?.value as Node | null | undefined), {
      path: this.#below(name),
      offset,
    });
  }

  /** A mistake of the map as a whole. */
  fail(text: string): undefined {
    this.#sheet.fail(this.#offset, this.path, text);
    return undefined;
  }

  /** A mistake in a name. */
  failAt(name: string, text: string): undefined {
    const pair = this.#pairs.get(name);
    this.#sheet.fail(pair === undefined ? this.#offset : offsetOf(pair), this.#below(name), text);
    return undefined;
  }

  /** Ends the reading. */
  close(): void {
    const known = [...this.#asked];
    for (const name of this.names) {
      if (this.#asked.has(name)) continue;
      const near = nearest(name, known);
      this.failAt(name, `is not known here: ${near === undefined ? `there are ${known.join(', ')}` : `did you mean "${near}"?`}`);
    }
  }

  #below(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`;
  }
}

const keyOf = ({ key }: Pair): string => String(isScalar(key) ? key.value : key);
const offsetOf = ({ key }: Pair): number => (isScalar(key) ? (key.range?.[0] ?? 0) : 0);
