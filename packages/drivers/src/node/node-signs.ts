// The signals of the store's own members, out of what they say with each sign of life: disk, event loop, clock, alarms. The room
// on their disks is looked at from outside, since who has none may not be able to say so.
//
// Surprising: an alarm of the store is a signal for as long as a member says so, and that member alone can end it. It may be
// about another one, whose signal it then is.
import {
  againstMedian,
  type ClockReading,
  DiskSpaceJudge,
  Hysteresis,
  type Instruments,
  type Signal,
  signalKey,
  steadyStamp,
  WallStep,
} from '@reknit/recovery';
import type { Clock } from '@reknit/runtime';
import type { NodeAlarm, NodeVitals } from './node-vitals.js';

export interface NodeSignsOptions {
  readonly clock: Clock;
  readonly instruments: Pick<Instruments, 'room'>;
  /** Clocks of other machines, read against this one's wall clock. */
  readonly otherClocks?: () => readonly ClockReading[];
}

/** Far above a busy disk's bad moments; a sync that takes this long delays every client. */
const SLOW_SYNC_MS = 500;
/** It takes so many signs of life, a quarter of a second apart, to be slow, and as many to be well again. */
const SLOW_LOOKS = 4;
/** Clients time out at about this. What a member tells halves every second, so a single stall of two seconds counts too. */
const LATE_LOOP_MS = 500;
const LATE_LOOKS = 8;
/** Room for two segments of the log: the store itself raises its alarm below one. */
const FREE_BYTES_MIN = 128 * 1024 * 1024;
const ROOM_EVERY_MS = 2000;
/** Others' clocks are compared only if all were read about now: they drift, and this one may have been set meanwhile. */
const CLOCK_FRESH_MS = 2000;

export class NodeSigns {
  readonly #options: NodeSignsOptions;
  readonly #stamp: () => number;
  readonly #members: Map<string, MemberSigns> = new Map();
  /** By who says so. */
  readonly #alarms: Map<string, { readonly at: number; readonly alarms: readonly NodeAlarm[] }> = new Map();

  constructor(options: NodeSignsOptions) {
    this.#options = options;
    this.#stamp = steadyStamp(options.clock);
  }

  /** A new life of it begins. */
  forget(subject: string): void {
    this.#members.delete(subject);
    this.#alarms.delete(subject);
  }

  /** @param askedAt of the monotonic clock, when the question was sent */
  note(subject: string, said: NodeVitals, askedAt: number): void {
    const { clock } = this.#options;
    const signs = this.#of(subject);
    const read = { now: clock.now(), wall: clock.wall() };
    signs.note(said, { ...read, tookMs: read.now - askedAt, at: this.#stamp() });
    this.#alarms.set(subject, { at: this.#stamp(), alarms: said.alarms });
    this.#compareClocks(read.now);
  }

  /** It has ended, or does not start, and this is why. */
  ended(subject: string, alarm: NodeAlarm): void {
    this.#alarms.set(subject, { at: this.#stamp(), alarms: [alarm] });
  }

  /** Looks at the disk when it is time. */
  lookAtDisk(subject: string, path: string): void {
    const signs = this.#of(subject);
    if (!signs.wantsRoom(this.#options.clock.now())) return;
    void this.#options.instruments.room(path).then((room) => {
      if (room !== undefined) signs.set(signs.room.note(room, this.#stamp()));
    });
  }

  of(subject: string): readonly Signal[] {
    const told = [...this.#alarms].flatMap(([speaker, { at, alarms }]) =>
      alarms
        .filter(({ member = speaker }) => member === subject)
        .map(({ alarm, detail }): Signal => ({ kind: 'store', at, alarm, detail })),
    );
    const newest = new Map(told.map((signal) => [signalKey(signal), signal]));
    return [...(this.#members.get(subject)?.signals ?? []), ...newest.values()];
  }

  #of(subject: string): MemberSigns {
    const known = this.#members.get(subject);
    if (known !== undefined) return known;
    const signs = new MemberSigns();
    this.#members.set(subject, signs);
    return signs;
  }

  #compareClocks(now: number): void {
    const own: ClockReading = { name: 'this machine', offsetMs: 0, uncertaintyMs: 0 };
    const members = [...this.#members].flatMap(([name, { clock }]) =>
      clock !== undefined && now - clock.readAt <= CLOCK_FRESH_MS ? [{ name, ...clock }] : [],
    );
    const readings = [own, ...members, ...(this.#options.otherClocks?.() ?? [])];
    for (const [name, signal] of againstMedian(readings, this.#stamp())) this.#members.get(name)?.set(signal);
  }
}

interface Moment {
  readonly now: number;
  readonly wall: number;
  readonly tookMs: number;
  readonly at: number;
}

class MemberSigns {
  readonly room: DiskSpaceJudge = new DiskSpaceJudge({ name: 'data', minFreeBytes: FREE_BYTES_MIN, minFreeShare: 0 });
  readonly #slow = new Hysteresis({ failures: SLOW_LOOKS, successes: SLOW_LOOKS });
  readonly #late = new Hysteresis({ failures: LATE_LOOKS, successes: 1 });
  readonly #step = new WallStep();
  readonly #signals: Map<string, Signal> = new Map();
  #roomAt = 0;
  clock: { readonly offsetMs: number; readonly uncertaintyMs: number; readonly readAt: number } | undefined;

  get signals(): readonly Signal[] {
    return [...this.#signals.values()];
  }

  set(signal: Signal): void {
    this.#signals.set(signalKey(signal), signal);
  }

  wantsRoom(now: number): boolean {
    if (now < this.#roomAt) return false;
    this.#roomAt = now + ROOM_EVERY_MS;
    return true;
  }

  note({ vitals, logSyncP99Ms, logPendingMs, wall }: NodeVitals, moment: Moment): void {
    const { at } = moment;
    const { loopDelayMs } = vitals;
    this.#late.note(loopDelayMs > LATE_LOOP_MS ? 'bad' : 'good');
    this.set({ kind: 'loop', at, delayMs: loopDelayMs, late: this.#late.failing });
    if (logSyncP99Ms !== undefined) this.#noteDisk(Math.max(logSyncP99Ms, logPendingMs), at);
    if (wall !== undefined) this.#noteClock(wall, moment);
  }

  #noteDisk(p99Ms: number, at: number): void {
    this.#slow.note(p99Ms > SLOW_SYNC_MS ? 'bad' : 'good');
    this.set({ kind: 'disk-latency', at, p99Ms, slow: this.#slow.failing });
  }

  /** It was read somewhere between question and answer: the middle is wrong by half of the time at most. */
  #noteClock(wall: number, { now, wall: ownWall, tookMs, at }: Moment): void {
    const uncertaintyMs = tookMs / 2;
    this.clock = { offsetMs: wall - (ownWall - uncertaintyMs), uncertaintyMs, readAt: now };
    this.set(this.#step.note({ now: now - uncertaintyMs, wall }, at));
  }
}
