// What will happen, in order of (time, sequence): equal times keep the order of their scheduling. A binary heap of the
// event objects themselves; an event that is no longer wanted stays in it and does nothing when its time comes.

export abstract class ScheduledEvent {
  time: number = 0;
  sequence: number = 0;

  abstract fire(): void;
}

export class EventQueue {
  readonly #heap: ScheduledEvent[] = [];
  #sequence: number = 0;

  get length(): number {
    return this.#heap.length;
  }

  peek(): ScheduledEvent | undefined {
    return this.#heap[0];
  }

  push(time: number, event: ScheduledEvent): void {
    event.time = time;
    event.sequence = this.#sequence++;
    this.#heap.push(event);
    this.#rise(this.#heap.length - 1, event);
  }

  pop(): ScheduledEvent | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last !== undefined && heap.length > 0) this.#sink(last);
    return first;
  }

  #rise(from: number, event: ScheduledEvent): void {
    const heap = this.#heap;
    let at = from;
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = heap[parentAt]!;
      if (isBefore(parent, event)) break;
      heap[at] = parent;
      at = parentAt;
    }
    heap[at] = event;
  }

  #sink(event: ScheduledEvent): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let childAt = 2 * at + 1;
      if (childAt >= heap.length) break;
      if (childAt + 1 < heap.length && isBefore(heap[childAt + 1]!, heap[childAt]!)) childAt++;
      const child = heap[childAt]!;
      if (isBefore(event, child)) break;
      heap[at] = child;
      at = childAt;
    }
    heap[at] = event;
  }
}

const isBefore = (left: ScheduledEvent, right: ScheduledEvent): boolean =>
  left.time < right.time || (left.time === right.time && left.sequence < right.sequence);
