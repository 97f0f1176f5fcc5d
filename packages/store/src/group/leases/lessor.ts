// Who decides that a lease is over: the leader of its group, and only while it leads.
//
//  1. From the moment when it is ready it counts the TTL of every lease in full, by a clock that stands still in a stall.
//  2. A deadline that has passed is looked at again a tick later, when whatever waited in the sockets has been read.
//  3. Then it asks for a read barrier: only a leader that a majority confirms after the deadline goes on. A keep-alive that
//     comes before the confirmation still saves the lease.
//  4. Then the expiry is proposed, in the name of this leadership. From here on the lease is neither alive nor gone until
//     the entry is applied, or this leadership ends and leaves it to the next.
import type { Millis } from '@reknit/base';
import type { Lease, Leases } from '@reknit/mvcc';
import type { ReadWaiter } from '../reads.js';
import { LeaseClock } from './lease-clock.js';
import { LeaseWheel, type WheelTimer } from './lease-wheel.js';

/** Timers made or looked at in one tick: about a millisecond, so that a million leases do not hold up the loop. */
const TIMERS_PER_TICK = 5000;
/** Expiries proposed and not yet applied: a flood of them must leave room for clients' writes. */
const EXPIRIES_MAX = 500;

/** One life of an id. */
export type LeaseLife = Pick<Lease, 'id' | 'granted'>;

interface LeaseTimer extends WheelTimer, LeaseLife {
  readonly ttl: Millis;
  /** 'due': over, and not yet confirmed. 'expiring': proposed. */
  state: 'running' | 'due' | 'expiring' | 'gone';
}

/** What one leadership knows of its leases; dropped as a whole at its end. */
interface Reign {
  readonly number: number;
  readonly timers: Map<bigint, LeaseTimer>;
  readonly wheel: LeaseWheel<LeaseTimer>;
  /** Leases that were there before and have no timer yet. */
  inherited: Iterator<Lease> | undefined;
  /** Seen to be over in an earlier tick. */
  readonly due: Set<LeaseTimer>;
  /** A barrier is under way. */
  confirming: boolean;
  expiring: number;
}

export interface LessorOutlets {
  read(waiter: ReadWaiter): void;
  /** In the name of this leadership; false when nothing was proposed. */
  expire(reign: number, leases: readonly LeaseLife[]): boolean;
}

export class Lessor {
  readonly #leases: () => Leases;
  readonly #outlets: LessorOutlets;
  readonly #clock: LeaseClock;
  #reign: Reign | undefined;

  /** @param leases of the state machine, as of now */
  constructor(leases: () => Leases, now: Millis, outlets: LessorOutlets) {
    this.#leases = leases;
    this.#outlets = outlets;
    this.#clock = new LeaseClock(now);
  }

  /** Of the leadership that this member may speak for; undefined: none. */
  get reign(): number | undefined {
    return this.#reign?.number;
  }

  /** The next tick has something to do, whatever the time. */
  get restless(): boolean {
    const reign = this.#reign;
    return reign !== undefined && (reign.due.size > 0 || reign.inherited !== undefined);
  }

  /** @param reign in which this member leads and may serve, different from every other; undefined: it does not */
  observe(reign: number | undefined, now: Millis): void {
    if (reign === this.#reign?.number) return;
    this.#reign = reign === undefined ? undefined : newReign(reign, this.#leases(), this.#clock.at(now));
  }

  tick(now: Millis): void {
    this.#clock.tick(now);
    const reign = this.#reign;
    if (reign === undefined) return;
    const time = this.#clock.at(now);
    this.#confirmDue(reign, time);
    inherit(reign, time);
    for (const timer of reign.wheel.take(time, TIMERS_PER_TICK)) {
      timer.state = 'due';
      reign.due.add(timer);
    }
  }

  /** A lease exists from now on. */
  granted(lease: Lease, now: Millis): void {
    if (this.#reign !== undefined) start(this.#reign, lease, this.#clock.at(now));
  }

  /** A lease is gone. */
  gone(id: bigint): void {
    const reign = this.#reign;
    const timer = reign?.timers.get(id);
    if (reign === undefined || timer === undefined) return;
    reign.timers.delete(id);
    if (timer.state === 'running') reign.wheel.remove(timer);
    if (timer.state === 'due') reign.due.delete(timer);
    if (timer.state === 'expiring') reign.expiring--;
    timer.state = 'gone';
  }

  /** Counts anew from now. False when that is not in this member's hand: it does not lead, or the expiry is proposed. */
  renew(lease: Lease, now: Millis): boolean {
    const reign = this.#reign;
    if (reign === undefined) return false;
    const time = this.#clock.at(now);
    const timer = reign.timers.get(lease.id) ?? start(reign, lease, time);
    if (timer.state === 'expiring') return false;
    timer.deadline = time + timer.ttl;
    if (timer.state === 'due') {
      reign.due.delete(timer);
      reign.wheel.add(timer);
    }
    timer.state = 'running';
    return true;
  }

  /** 0 when its time is over and its end not decided. */
  remaining(lease: Lease, now: Millis): Millis {
    const timer = this.#reign?.timers.get(lease.id);
    return timer === undefined ? lease.ttl * 1000 : Math.max(0, timer.deadline - this.#clock.at(now));
  }

  #confirmDue(reign: Reign, time: Millis): void {
    if (reign.due.size === 0 || reign.confirming || reign.expiring >= EXPIRIES_MAX) return;
    const batch = firstOf(reign.due, EXPIRIES_MAX - reign.expiring);
    reign.confirming = true;
    this.#outlets.read({
      ready: () => {
        reign.confirming = false;
        if (this.#reign === reign)
          this.#expire(
            reign,
            batch.filter((timer) => reign.due.has(timer) && timer.deadline <= time),
          );
      },
      failed: () => {
        reign.confirming = false;
      },
    });
  }

  #expire(reign: Reign, batch: readonly LeaseTimer[]): void {
    if (batch.length === 0 || !this.#outlets.expire(reign.number, batch)) return;
    reign.expiring += batch.length;
    for (const timer of batch) {
      reign.due.delete(timer);
      timer.state = 'expiring';
    }
  }
}

const newReign = (number: number, leases: Leases, time: Millis): Reign => ({
  number,
  timers: new Map(),
  wheel: new LeaseWheel(time),
  inherited: leases[Symbol.iterator](),
  due: new Set(),
  confirming: false,
  expiring: 0,
});

/** In slices, which only lengthens the leases that come later. */
function inherit(reign: Reign, time: Millis): void {
  for (let left = TIMERS_PER_TICK; left > 0 && reign.inherited !== undefined; left--) {
    const next = reign.inherited.next();
    if (next.done === true) reign.inherited = undefined;
    else if (!reign.timers.has(next.value.id)) start(reign, next.value, time);
  }
}

function start(reign: Reign, { id, granted, ttl }: Lease, time: Millis): LeaseTimer {
  const timer: LeaseTimer = { id, granted, ttl: ttl * 1000, deadline: time + ttl * 1000, bucket: 0, state: 'running' };
  reign.timers.set(id, timer);
  reign.wheel.add(timer);
  return timer;
}

function firstOf<T>(set: ReadonlySet<T>, max: number): T[] {
  const found: T[] = [];
  for (const each of set) {
    if (found.length === max) break;
    found.push(each);
  }
  return found;
}
