// Messages on their way out of a replica, parted by whether they promise durability.
//
// A promise made in this turn rides on the turn's store effect (`unlocks`). When the turn stores nothing because what is
// promised is already under way, the message waits here for that earlier effect.
import type { Outbound } from './replica.js';
import type { NodeId } from './types.js';

/** Promises that wait for a disk that has stalled; above it the oldest are dropped, as a network may drop them. */
const HELD_MAX = 256;

interface Held<Message> {
  readonly sequence: number;
  readonly outbound: Outbound<Message>;
}

export class Outbox<Message> {
  private free: Outbound<Message>[] = [];
  private promises: Outbound<Message>[] = [];
  private readonly held: Held<Message>[] = [];

  /** Promises nothing that is not durable already. */
  send(to: NodeId, message: Message): void {
    this.free.push({ to, message });
  }

  /** Leaves once all that was handed out for storing up to the end of this turn is durable. */
  sendOnceStored(to: NodeId, message: Message): void {
    this.promises.push({ to, message });
  }

  /** Something leaves at the end of this turn, or once it is durable. */
  get isEmpty(): boolean {
    return this.free.length === 0 && this.promises.length === 0 && this.held.length === 0;
  }

  get hasPromises(): boolean {
    return this.promises.length > 0;
  }

  /** The promises of this turn, for the store effect that this turn makes. */
  takeUnlocks(): readonly Outbound<Message>[] {
    const promises = this.promises;
    this.promises = [];
    return promises;
  }

  /** This turn stores nothing: its promises wait for the newest effect under way, or for nothing when there is none. */
  settlePromises(newestUnderWay: number | undefined): void {
    for (const outbound of this.promises) {
      if (newestUnderWay === undefined) this.free.push(outbound);
      else this.held.push({ sequence: newestUnderWay, outbound });
    }
    this.promises = [];
    if (this.held.length > HELD_MAX) this.held.splice(0, this.held.length - HELD_MAX);
  }

  acknowledge(sequence: number): void {
    while (this.held.length > 0 && this.held[0]!.sequence <= sequence) this.free.push(this.held.shift()!.outbound);
  }

  takeFree(): readonly Outbound<Message>[] {
    const free = this.free;
    this.free = [];
    return free;
  }
}
