// A rolling hash over everything that happens: two runs are the same exactly if their digests are. Reading it costs
// nothing; strings are made only for a listener.
import type { Millis } from '@reknit/base';

const KINDS = [
  'boot',
  'end',
  'stop',
  'resume',
  'timer',
  'soon',
  'connect',
  'refuse',
  'accept',
  'open',
  'frame',
  'frame-lost',
  'frame-cut',
  'frame-duplicated',
  'frame-reordered',
  'frame-damaged',
  'close',
  'cut',
  'heal',
  'clog',
  'disk-write',
  'disk-crash',
  'callback',
] as const;

export type TraceKind = (typeof KINDS)[number];

/** @param detail a number that tells events of a kind apart, e.g. a frame's checksum or a write's offset */
export type TraceListener = (time: Millis, machine: string, kind: TraceKind, detail: number) => void;

const CODES: Readonly<Record<TraceKind, number>> = Object.fromEntries(KINDS.map((kind, code) => [kind, code])) as Record<
  TraceKind,
  number
>;

export class Trace {
  listener: TraceListener | undefined;
  readonly #counts: Float64Array = new Float64Array(KINDS.length);
  #high: number = 0x243f6a88;
  #low: number = 0x85a308d3;
  readonly #time: Float64Array = new Float64Array(1);
  readonly #timeWords: Int32Array = new Int32Array(this.#time.buffer);

  record(time: Millis, machine: TracedMachine, kind: TraceKind, detail: number): void {
    const code = CODES[kind];
    this.#counts[code]!++;
    this.#time[0] = time;
    this.#mix(this.#timeWords[0]!);
    this.#mix(this.#timeWords[1]!);
    this.#mix((machine.index << 8) | code);
    this.#mix(detail);
    if (this.listener !== undefined) this.listener(time, machine.name, kind, detail);
  }

  /** How often each kind of event has happened. */
  counts(): Readonly<Record<TraceKind, number>> {
    return Object.fromEntries(KINDS.map((kind, code) => [kind, this.#counts[code]!])) as Record<TraceKind, number>;
  }

  digest(): string {
    return (this.#high >>> 0).toString(16).padStart(8, '0') + (this.#low >>> 0).toString(16).padStart(8, '0');
  }

  #mix(word: number): void {
    this.#high = Math.imul(this.#high ^ word, 0x9e3779b1) + this.#low;
    this.#low = Math.imul(this.#low ^ (word >>> 7), 0x85ebca77) ^ ((this.#high << 13) | (this.#high >>> 19));
  }
}

export interface TracedMachine {
  readonly index: number;
  readonly name: string;
}
