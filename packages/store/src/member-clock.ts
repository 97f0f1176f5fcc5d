// When a member's next tick comes. While nothing is at stake it sleeps until somebody needs it, and whatever comes in may bring
// the tick forward: a member at rest ticks as often as its pulses leave. What comes in meanwhile finds the groups' time as late as
// it is. A tick that comes later than it was to says that the process stood still.
import type { Millis } from '@reknit/base';
import type { NodeId } from '@reknit/consensus';
import type { Clock, Timer } from '@reknit/runtime';
import type { Vigil } from './vigil/vigil.js';

/** Time's grain while anything is at stake: a tenth of the shortest heartbeat interval in use. */
export const TICK: Millis = 10;
/** Longest sleep: what is not pressing (time-outs of requests, ends of leases, flushes) is looked at that often. */
const SLEEP_MAX: Millis = 50;
/** Timers and sums of times are not exact: woken so little later, what is due is due. */
const GRAIN: Millis = 0.01;
/** A tick that is so late says that the process stood still. */
const STALL: Millis = 100;

/** What has a time of its own: a group. In the member's own time, which stands still in its stalls. */
export interface Timed {
  /** When it needs a tick, if nothing comes in; in the past: soon. */
  readonly dueAt: Millis;
  /** What comes in now finds this time. */
  advance(own: Millis): void;
}

export class MemberClock {
  readonly #clock: Clock;
  readonly #vigil: Vigil;
  readonly #groups: ReadonlyMap<unknown, Timed>;
  readonly #tick: () => void;
  #timer: Timer | undefined;
  /** Of the next tick; the past while one is under way. */
  #tickAt: Millis = Number.NEGATIVE_INFINITY;
  /** Likewise, or when a turn made up for a tick that was late. */
  #expectedAt: Millis = Number.POSITIVE_INFINITY;
  #stoodStill = false;

  constructor(clock: Clock, vigil: Vigil, groups: ReadonlyMap<unknown, Timed>, tick: () => void) {
    this.#clock = clock;
    this.#vigil = vigil;
    this.#groups = groups;
    this.#tick = tick;
  }

  /** Before anything that comes in is told to the groups. */
  advance(): void {
    this.#advance(this.#clock.now());
  }

  /** A frame is here: before anything that it holds is acted on. */
  heard(peer: NodeId): void {
    const now = this.#clock.now();
    this.#advance(now);
    this.#vigil.onFrame(peer, now);
  }

  /** The tick is here. */
  ticks(late: Millis): void {
    this.#tickAt = Number.NEGATIVE_INFINITY;
    this.#stoodStill ||= late > STALL;
  }

  /** As a late tick said, and `takeStop` has not been asked since. */
  get stoodStill(): boolean {
    return this.#stoodStill;
  }

  /** This process has not run, as a late tick says, or one that should have been here long ago. Said once. */
  takeStop(): boolean {
    const now = this.#clock.now();
    if (!this.#stoodStill && now - this.#expectedAt <= STALL) return false;
    this.#stoodStill = false;
    this.#expectedAt = now;
    return true;
  }

  /** At the end of a tick. */
  sleep(now: Millis): void {
    this.#set(now, Math.min(now + SLEEP_MAX, this.#vigil.quietUntil(now), this.#groupsDueAt(now)));
  }

  /** At the end of a turn: what happened may have brought something forward. */
  sleepNoLonger(): void {
    const now = this.#clock.now();
    const at = this.#groupsDueAt(now);
    if (at + GRAIN < this.#tickAt) this.#set(now, at);
  }

  close(): void {
    this.#timer?.cancel();
  }

  #advance(now: Millis): void {
    const own = this.#vigil.ownTime(now);
    for (const group of this.#groups.values()) group.advance(own);
  }

  #set(now: Millis, at: Millis): void {
    this.#timer?.cancel();
    this.#tickAt = at + GRAIN;
    this.#expectedAt = this.#tickAt;
    this.#vigil.expect(this.#tickAt);
    this.#timer = this.#clock.after(this.#tickAt - now, this.#tick);
  }

  #groupsDueAt(now: Millis): Millis {
    const own = this.#vigil.ownTime(now);
    let at = Number.POSITIVE_INFINITY;
    for (const { dueAt } of this.#groups.values()) at = Math.min(at, dueAt > own ? now + dueAt - own : now + TICK);
    return at;
  }
}
