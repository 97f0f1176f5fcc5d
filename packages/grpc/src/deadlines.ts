// Deadlines of thousands of calls under one timer: a wheel of slots, each a linked list, so that setting and clearing one
// costs a few assignments. A deadline never fires early; it may fire late by two ticks, which a client that has given up
// itself does not see.
import type { Millis } from '@reknit/base';

export const TICK_MS: Millis = 10;
const SLOTS = 1024;

export interface Expiring {
  expire(): void;
}

export class Deadline {
  readonly #owner: Expiring;
  /** Turns of the wheel still to wait. */
  rounds = 0;
  previous: Deadline = this;
  next: Deadline = this;

  constructor(owner: Expiring) {
    this.#owner = owner;
  }

  expire(): void {
    this.#owner.expire();
  }
}

export class Deadlines {
  readonly #slots: readonly Deadline[];
  #tick = 0;
  #count = 0;

  constructor() {
    const nobody = { expire: () => undefined };
    this.#slots = Array.from({ length: SLOTS }, () => new Deadline(nobody));
  }

  /** While it is zero nobody needs to call `advance`. */
  get size(): number {
    return this.#count;
  }

  set(owner: Expiring, delay: Millis): Deadline {
    const deadline = new Deadline(owner);
    const ticks = Math.ceil(delay / TICK_MS) + 1;
    deadline.rounds = Math.floor((ticks - 1) / SLOTS);
    insertBefore(this.#slots[(this.#tick + ticks) % SLOTS]!, deadline);
    this.#count++;
    return deadline;
  }

  /** Idempotent. */
  clear(deadline: Deadline): void {
    if (deadline.next === deadline) return;
    remove(deadline);
    this.#count--;
  }

  /** One tick: expires what is due. */
  advance(): void {
    this.#tick = (this.#tick + 1) % SLOTS;
    const slot = this.#slots[this.#tick]!;
    for (const deadline of dueOf(slot)) {
      this.clear(deadline);
      deadline.expire();
    }
  }
}

/** Collected first: expiring one call may clear or set others in the same slot. */
function dueOf(slot: Deadline): Deadline[] {
  const due: Deadline[] = [];
  for (let deadline = slot.next; deadline !== slot; deadline = deadline.next) {
    if (deadline.rounds === 0) due.push(deadline);
    else deadline.rounds--;
  }
  return due;
}

function insertBefore(place: Deadline, deadline: Deadline): void {
  deadline.next = place;
  deadline.previous = place.previous;
  place.previous.next = deadline;
  place.previous = deadline;
}

function remove(deadline: Deadline): void {
  deadline.previous.next = deadline.next;
  deadline.next.previous = deadline.previous;
  deadline.next = deadline;
  deadline.previous = deadline;
}
