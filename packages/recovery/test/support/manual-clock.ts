import type { Clock, Timer } from '@reknit/runtime';

interface Waiting {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
  cancelled: boolean;
}

/** Virtual time. `advance` runs timers in order and lets every promise settle in between. */
export class ManualClock implements Clock {
  #now = 1000;
  #order = 0;
  #waiting: Waiting[] = [];

  now(): number {
    return this.#now;
  }

  wall(): number {
    return 1_790_000_000_000 + this.#now;
  }

  after(delay: number, callback: () => void): Timer {
    const waiting = { at: this.#now + Math.max(0, delay), order: this.#order++, callback, cancelled: false };
    this.#waiting.push(waiting);
    return { cancel: () => void (waiting.cancelled = true) };
  }

  soon(callback: () => void): void {
    this.after(0, callback);
  }

  /** Time passes, and nothing of what was due in it runs before its end: as for a process that was not scheduled. */
  stall(duration: number): void {
    this.#now += duration;
  }

  async advance(duration: number): Promise<void> {
    const end = this.#now + duration;
    await settle();
    for (let next = this.#due(end); next !== undefined; next = this.#due(end)) {
      this.#now = Math.max(this.#now, next.at);
      next.callback();
      await settle();
    }
    this.#now = end;
  }

  /** Advances until the condition holds; throws after `limit`. */
  async until(condition: () => boolean, limit = 600_000): Promise<void> {
    const end = this.#now + limit;
    await settle();
    while (!condition()) {
      const next = this.#due(end);
      if (next === undefined) throw new Error(`not within ${limit} ms of virtual time: ${condition.toString()}`);
      this.#now = next.at;
      next.callback();
      await settle();
    }
  }

  #due(end: number): Waiting | undefined {
    this.#waiting = this.#waiting.filter((waiting) => !waiting.cancelled).sort((a, b) => a.at - b.at || a.order - b.order);
    const next = this.#waiting[0];
    if (next === undefined || next.at > end) return undefined;
    this.#waiting.shift();
    return next;
  }
}

/** More turns than any chain of promises in the engine is long. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 60; turn++) await Promise.resolve();
}
