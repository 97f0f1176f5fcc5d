// A network of members in virtual time: latencies, losses, cuts, and members that are slow to send and to receive while their
// timers go on, which is the fault that Lifeguard was made for.
import { Swim, type SwimChange, type SwimMessage, type SwimOptions } from '../../src/index.js';

export interface WorldOptions {
  readonly members: number;
  readonly seed: number;
  readonly loss?: number;
  readonly swim?: Partial<SwimOptions>;
}

export interface Told extends SwimChange {
  readonly observer: string;
  readonly at: number;
}

interface Flying {
  readonly at: number;
  readonly order: number;
  readonly to: string;
  readonly message: SwimMessage;
}

const TICK_MS = 50;
const LATENCY_MS = [1, 10] as const;

export class SwimWorld {
  readonly members: Map<string, Swim> = new Map();
  readonly told: Told[] = [];
  /** Messages by kind, over all. */
  readonly sent: Map<string, number> = new Map();
  now = 0;
  /** Extra delay of everything that this member sends or receives, ms. */
  readonly slowness: Map<string, (now: number) => number> = new Map();
  /** Whether a message from one to the other gets through. */
  reaches: (from: string, to: string) => boolean = () => true;
  readonly #options: WorldOptions;
  readonly #random: () => number;
  #flying: Flying[] = [];
  #order = 0;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.#random = prng(options.seed);
    for (let at = 1; at <= options.members; at++) this.start(`m${at}`);
  }

  start(name: string): Swim {
    const swim = new Swim(
      {
        self: { name, address: name, host: name, incarnation: 0 },
        tickEvery: TICK_MS,
        random: this.#random,
        ...this.#options.swim,
      },
      this.now,
    );
    this.members.set(name, swim);
    swim.join(['m1']);
    return swim;
  }

  crash(name: string): void {
    this.members.delete(name);
  }

  run(ms: number): void {
    for (const end = this.now + ms; this.now < end; this.now++) {
      this.#deliver();
      let at = 0;
      for (const [name, swim] of this.members) {
        // Everybody has a rhythm of its own.
        if ((this.now + 7 * at++) % TICK_MS === 0) swim.tick(this.now);
        this.#drain(name, swim);
      }
    }
  }

  standing(observer: string, of: string): string | undefined {
    return this.members.get(observer)?.members.find(({ name }) => name === of)?.standing;
  }

  /** What all others believe of one. */
  opinions(of: string): readonly (string | undefined)[] {
    return [...this.members.keys()].filter((name) => name !== of).map((name) => this.standing(name, of));
  }

  get messages(): number {
    return [...this.sent.values()].reduce((sum, count) => sum + count, 0);
  }

  #drain(from: string, swim: Swim): void {
    const { sends, changes } = swim.drain();
    for (const change of changes) this.told.push({ ...change, observer: from, at: this.now });
    for (const { to, message } of sends) {
      this.sent.set(message.body.kind, (this.sent.get(message.body.kind) ?? 0) + 1);
      if (!this.reaches(from, to) || this.#random() < (this.#options.loss ?? 0)) continue;
      const latency = LATENCY_MS[0] + this.#random() * (LATENCY_MS[1] - LATENCY_MS[0]);
      const slow = (this.slowness.get(from)?.(this.now) ?? 0) + (this.slowness.get(to)?.(this.now) ?? 0);
      // What is sent is sent as it is now.
      this.#flying.push({ at: this.now + latency + slow, order: this.#order++, to, message: structuredClone(message) });
    }
  }

  #deliver(): void {
    const due = this.#flying.filter(({ at }) => at <= this.now).sort((a, b) => a.at - b.at || a.order - b.order);
    if (due.length === 0) return;
    this.#flying = this.#flying.filter(({ at }) => at > this.now);
    for (const { to, message } of due) this.members.get(to)?.receive(message, this.now);
  }
}

/** Mulberry32. */
function prng(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
