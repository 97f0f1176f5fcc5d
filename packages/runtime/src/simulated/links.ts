// The directed links between machines: what they carry, when it arrives, and how they are cut and clogged.
import type { Millis } from '@reknit/base';
import type { NetworkFaults } from './faults.js';
import type { Prng } from './prng.js';
import type { TracedMachine } from './trace.js';

/** Between processes of one machine; no fault ever touches it. */
const LOCAL_LATENCY_MS = 0.02;

export class Link {
  readonly local: boolean;
  cut: boolean = false;
  cloggedUntil: Millis = 0;

  constructor(local: boolean) {
    this.local = local;
  }

  heal(): void {
    this.cut = false;
    this.cloggedUntil = 0;
  }
}

export class Links {
  faults: NetworkFaults;
  readonly #prng: Prng;
  readonly #links: Map<string, Link> = new Map();

  constructor(faults: NetworkFaults, prng: Prng) {
    this.faults = faults;
    this.#prng = prng;
  }

  get prng(): Prng {
    return this.#prng;
  }

  /** The same object for as long as the world lives: sessions keep it. */
  link(from: TracedMachine, to: TracedMachine): Link {
    const key = `${from.index}-${to.index}`;
    let link = this.#links.get(key);
    if (link === undefined) {
      link = new Link(from.index === to.index);
      this.#links.set(key, link);
    }
    return link;
  }

  /** When something that leaves now is there; what a clogged link holds comes after the clog. */
  arrival(link: Link, departure: Millis): Millis {
    if (link.local) return departure + LOCAL_LATENCY_MS;
    const latency = this.faults.latencyMinMs + this.#prng.tail(this.faults.latencyTailMs);
    return Math.max(departure, link.cloggedUntil) + latency;
  }

  *[Symbol.iterator](): Iterator<Link> {
    yield* this.#links.values();
  }
}
