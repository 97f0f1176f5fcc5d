// A deterministic world: the same seed and the same calls give the same run, event for event, on every platform. All
// of it happens within `step` and `run`, in one thread and without promises. Virtual time costs nothing: only events do.
import { assert, type Millis } from '@reknit/base';
import { DEFAULT_DISK, DEFAULT_NETWORK, type DiskFaults, type NetworkFaults } from './faults.js';
import { Links } from './links.js';
import { Machine } from './machine.js';
import { type FrameListener, SimulatedNetwork } from './network.js';
import type { Prng } from './prng.js';
import type { Program } from './processes.js';
import { Timeline } from './timeline.js';
import type { TraceKind, TraceListener } from './trace.js';

export interface WorldOptions {
  readonly seed: number | string;
  readonly network?: Partial<NetworkFaults>;
  readonly disk?: Partial<DiskFaults>;
  /** Every event, as it happens; the digest does not need it. */
  readonly trace?: TraceListener;
  /** Every frame that arrives between machines. */
  readonly frames?: FrameListener;
}

/** Of a cut or clog between `a` and `b`: which way nothing passes. */
export type Direction = 'both' | 'a-to-b' | 'b-to-a';

export interface World {
  readonly now: Millis;
  /** Events that are scheduled, those that were cancelled included. */
  readonly pending: number;
  trace: TraceListener | undefined;
  /** By name, made when first asked for; the name is its host name. */
  machine(name: string): Machine;
  /** What `processes.spawn` finds under this command, on every machine. */
  program(name: string, start: Program): void;
  /** False when nothing is left to happen. */
  step(): boolean;
  /** Everything up to and including this instant. */
  run(until: Millis): void;
  /** For nemeses and workloads that stand outside of all machines. */
  after(delay: Millis, action: () => void): void;
  /** Draws that shift nobody else's. */
  prng(purpose: string): Prng;
  networkFaults(change: Partial<NetworkFaults>): void;
  cut(a: string, b: string, options?: { readonly direction?: Direction }): void;
  /** Only members of the same group reach each other; machines in no group reach nobody that is in one. */
  partition(groups: readonly (readonly string[])[]): void;
  /** Nothing arrives for this long, then all of it. */
  clog(a: string, b: string, duration: Millis, options?: { readonly direction?: Direction }): void;
  /** Ends every cut and clog, or those between these two machines. */
  heal(a?: string, b?: string): void;
  /** Equal for two runs exactly if the same happened in both. */
  traceDigest(): string;
  /** How often each kind of event has happened so far. */
  traceCounts(): Readonly<Record<TraceKind, number>>;
}

export const createWorld = (options: WorldOptions): World => new SimulatedWorld(options);

class SimulatedWorld implements World {
  readonly #timeline: Timeline;
  readonly #links: Links;
  readonly #network: SimulatedNetwork;
  readonly #diskFaults: DiskFaults;
  readonly #programs: Map<string, Program> = new Map();
  readonly #machines: Map<string, Machine> = new Map();

  constructor(options: WorldOptions) {
    this.#timeline = new Timeline(options.seed);
    this.#timeline.trace.listener = options.trace;
    this.#links = new Links({ ...DEFAULT_NETWORK, ...options.network }, this.#timeline.prng('network'));
    this.#network = new SimulatedNetwork(this.#timeline, this.#links, (name) => this.#machines.get(name));
    this.#network.onFrame = options.frames;
    this.#diskFaults = { ...DEFAULT_DISK, ...options.disk };
  }

  get now(): Millis {
    return this.#timeline.now;
  }

  get pending(): number {
    return this.#timeline.pending;
  }

  get trace(): TraceListener | undefined {
    return this.#timeline.trace.listener;
  }

  set trace(listener: TraceListener | undefined) {
    this.#timeline.trace.listener = listener;
  }

  machine(name: string): Machine {
    const known = this.#machines.get(name);
    if (known !== undefined) return known;
    const shared = { timeline: this.#timeline, network: this.#network, programs: this.#programs, diskFaults: this.#diskFaults };
    const machine = new Machine(shared, name, this.#machines.size);
    this.#machines.set(name, machine);
    return machine;
  }

  program(name: string, start: Program): void {
    this.#programs.set(name, start);
  }

  step(): boolean {
    return this.#timeline.step();
  }

  run(until: Millis): void {
    this.#timeline.run(until);
  }

  after(delay: Millis, action: () => void): void {
    this.#timeline.callAt(this.now + delay, action);
  }

  prng(purpose: string): Prng {
    return this.#timeline.prng(`world ${purpose}`);
  }

  networkFaults(change: Partial<NetworkFaults>): void {
    this.#links.faults = { ...this.#links.faults, ...change };
  }

  cut(a: string, b: string, options: { readonly direction?: Direction } = {}): void {
    for (const [from, to] of this.#directed(a, b, options.direction)) this.#cut(from, to);
  }

  partition(groups: readonly (readonly string[])[]): void {
    const groupOf = new Map(groups.flatMap((names, group) => names.map((name) => [name, group] as const)));
    for (const from of this.#machines.values()) {
      for (const to of this.#machines.values()) {
        if (from !== to && groupOf.get(from.name) !== groupOf.get(to.name)) this.#cut(from, to);
      }
    }
  }

  clog(a: string, b: string, duration: Millis, options: { readonly direction?: Direction } = {}): void {
    for (const [from, to] of this.#directed(a, b, options.direction)) {
      this.#network.clog(this.#links.link(from, to), from, duration);
    }
  }

  heal(a?: string, b?: string): void {
    if (a === undefined || b === undefined) {
      for (const machine of this.#machines.values()) this.#record(machine, 'heal');
      for (const link of this.#links) link.heal();
      return;
    }
    for (const [from, to] of this.#directed(a, b)) {
      this.#record(from, 'heal', to.index);
      this.#links.link(from, to).heal();
    }
  }

  traceDigest(): string {
    return this.#timeline.trace.digest();
  }

  traceCounts(): Readonly<Record<TraceKind, number>> {
    return this.#timeline.trace.counts();
  }

  #cut(from: Machine, to: Machine): void {
    this.#record(from, 'cut', to.index);
    this.#links.link(from, to).cut = true;
  }

  #directed(a: string, b: string, direction: Direction = 'both'): readonly (readonly [Machine, Machine])[] {
    assert(a !== b, 'a link leads from one machine to another', () => a);
    const left = this.machine(a);
    const right = this.machine(b);
    if (direction === 'a-to-b') return [[left, right]];
    if (direction === 'b-to-a') return [[right, left]];
    return [
      [left, right],
      [right, left],
    ];
  }

  #record(machine: Machine, kind: 'cut' | 'heal', detail: number = 0): void {
    this.#timeline.trace.record(this.now, machine, kind, detail);
  }
}
