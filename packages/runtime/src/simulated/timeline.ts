// Virtual time and what hangs on it: the one queue of a world, its seed and its trace.
import { assert, type Millis } from '@reknit/base';
import { EventQueue, ScheduledEvent } from './event-queue.js';
import { Prng } from './prng.js';
import { Trace } from './trace.js';

/** So many events at one instant are a loop that never lets time pass. */
const EVENTS_PER_INSTANT_MAX = 1_000_000;

export class Timeline {
  readonly trace: Trace = new Trace();
  readonly #seed: Prng;
  readonly #queue: EventQueue = new EventQueue();
  #now: Millis = 0;
  #atThisInstant: number = 0;

  constructor(seed: number | string) {
    this.#seed = new Prng(`seed ${seed}`);
  }

  get now(): Millis {
    return this.#now;
  }

  /** Events that are scheduled, those that were cancelled included. */
  get pending(): number {
    return this.#queue.length;
  }

  prng(purpose: string): Prng {
    return this.#seed.fork(purpose);
  }

  at(time: Millis, event: ScheduledEvent): void {
    this.#queue.push(time < this.#now ? this.#now : time, event);
  }

  /** For what is rare: one closure per event. */
  callAt(time: Millis, action: () => void): void {
    this.at(time, new WorldEvent(action));
  }

  /** @returns false when nothing is left to happen */
  step(): boolean {
    const event = this.#queue.pop();
    if (event === undefined) return false;
    this.#advance(event.time);
    event.fire();
    return true;
  }

  run(until: Millis): void {
    for (;;) {
      const next = this.#queue.peek();
      if (next === undefined || next.time > until) break;
      this.step();
    }
    if (until > this.#now) this.#advance(until);
  }

  #advance(time: Millis): void {
    this.#atThisInstant = time > this.#now ? 0 : this.#atThisInstant + 1;
    assert(this.#atThisInstant < EVENTS_PER_INSTANT_MAX, 'virtual time passes', () => this.#now);
    this.#now = time;
  }
}

class WorldEvent extends ScheduledEvent {
  readonly #action: () => void;

  constructor(action: () => void) {
    super();
    this.#action = action;
  }

  override fire(): void {
    this.#action();
  }
}
