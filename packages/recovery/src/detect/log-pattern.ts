// Counts the lines that match a pattern within a sliding window. Alarming is what has matched as often as was asked for, and
// stays so until the window has passed without that.
//
// Surprising: a pattern that needs too long for its lines is given up for good. A regular expression cannot be interrupted, and
// one that explodes would block the watcher of everything else.
import type { Millis } from '@reknit/base';
import type { LogSignal } from './signal.js';

export interface LogPatternOptions {
  readonly name: string;
  readonly pattern: RegExp;
  /** At least 1. */
  readonly count: number;
  readonly withinMs: Millis;
}

/** Matches remembered beyond those asked for: enough for a person to see "many". */
const REMEMBERED_MIN = 100;
/** Longer lines are judged by their beginning: a dump on one line is no message. */
const LINE_CHARACTERS_MAX = 4096;
/** Of a matching line as much as is shown. */
const SHOWN_CHARACTERS_MAX = 300;

export class LogPattern {
  readonly #options: LogPatternOptions;
  readonly #remembered: number;
  /** When lines matched, oldest first. */
  #matches: number[] = [];
  #line = '';

  constructor(options: LogPatternOptions) {
    this.#options = options;
    this.#remembered = Math.max(REMEMBERED_MIN, options.count);
  }

  /** @returns how many of them matched */
  note(lines: readonly string[], at: number): number {
    const { pattern } = this.#options;
    let matched = 0;
    for (const line of lines) {
      pattern.lastIndex = 0;
      if (!pattern.test(line.length > LINE_CHARACTERS_MAX ? line.slice(0, LINE_CHARACTERS_MAX) : line)) continue;
      matched++;
      this.#matches.push(at);
      this.#line = line;
    }
    if (this.#matches.length > this.#remembered) this.#matches = this.#matches.slice(-this.#remembered);
    return matched;
  }

  /** Undefined while nothing has ever matched. */
  signal(now: number): LogSignal | undefined {
    const { name, count: wanted, withinMs } = this.#options;
    const newest = this.#matches.at(-1);
    if (newest === undefined) return undefined;
    const count = this.#matches.filter((at) => at > now - withinMs).length;
    return { kind: 'log', name, at: newest, line: this.#line.slice(0, SHOWN_CHARACTERS_MAX), count, alarming: count >= wanted };
  }
}
