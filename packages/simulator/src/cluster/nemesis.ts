// Carries out a plan of faults. What it does is drawn from the seed alone; what it looks at is only who leads.
import { type Millis, unreachable } from '@reknit/base';
import type { Prng, World } from '@reknit/runtime/simulated';
import type { KeyspaceName } from '@reknit/store';
import { FigureEight } from './figure-eight.js';
import type { EventKind, FaultPlan } from './plan.js';
import { ShortReigns } from './short-reigns.js';
import type { SimulatedMember } from './simulated-member.js';

const AMBIENT: ReadonlySet<string> = new Set(['loss', 'duplication', 'reorder', 'torn-writes', 'clock-drift']);

/** A disk this much slower takes 20 ms to a second and a half for one sync. */
const SLOW_FACTOR_MIN = 100;
const SLOW_FACTOR_MEAN = 700;

const SECOND: Millis = 1000;
const YEAR: Millis = 365 * 86_400 * SECOND;

/** A state is flushed every five seconds: only who is away for longer needs a snapshot. */
const OUTAGE_MS_MIN: Millis = 3000;
const OUTAGE_MS_SPREAD: Millis = 4000;

export class Nemesis {
  readonly fired: Map<EventKind, number> = new Map();
  readonly #world: World;
  readonly #prng: Prng;
  readonly #members: readonly SimulatedMember[];
  readonly #plan: FaultPlan;
  readonly #events: readonly EventKind[];
  readonly #reigns: ShortReigns;
  readonly #figureEight: FigureEight;
  #stopped = false;

  constructor(world: World, prng: Prng, members: readonly SimulatedMember[], plan: FaultPlan) {
    this.#world = world;
    this.#prng = prng;
    this.#members = members;
    this.#plan = plan;
    this.#events = plan.kinds.filter((kind): kind is EventKind => !AMBIENT.has(kind));
    this.#reigns = new ShortReigns(world, prng.fork('short reigns'), members, plan.cluster.electionTimeout);
    this.#figureEight = new FigureEight(world, prng.fork('figure eight'), members);
  }

  start(): void {
    this.#world.networkFaults(this.#plan.network);
    if (this.#events.length > 0) this.#next();
  }

  /** Everything is healed and every member is started again. */
  stop(): void {
    this.#stopped = true;
    this.#reigns.stop();
    this.#figureEight.stop();
    this.#world.networkFaults({ loss: 0, duplication: 0, reorder: 0 });
    this.#world.heal();
    for (const member of this.#members) {
      member.machine.disk.slowFactor = 1;
      member.machine.resume();
      member.start();
    }
  }

  /** From within the member's own turn. */
  onLeader(name: string, keyspace: KeyspaceName): void {
    this.#reigns.onLeader(name);
    if (keyspace === 'default') this.#figureEight.onLeader(name);
  }

  #next(): void {
    const pause = this.#prng.chance(this.#plan.burst) ? this.#prng.tail(15) : 50 + this.#prng.tail(this.#plan.meanPauseMs);
    this.#after(pause, () => {
      const kind = this.#events[this.#prng.below(this.#events.length)]!;
      this.fired.set(kind, (this.fired.get(kind) ?? 0) + 1);
      this.#fire(kind);
      this.#next();
    });
  }

  #fire(kind: EventKind): void {
    const duration = 50 + this.#prng.tail(1500);
    const victim = this.#any();
    switch (kind) {
      case 'kill':
        return this.#fell(victim, 'kill', this.#restartPause());
      case 'power-loss':
        return this.#fell(victim, 'power-loss', this.#restartPause());
      case 'outage':
        return this.#fell(
          victim,
          this.#prng.chance(0.5) ? 'kill' : 'power-loss',
          OUTAGE_MS_MIN + this.#prng.next() * OUTAGE_MS_SPREAD,
        );
      case 'kill-all':
        for (const member of this.#members)
          this.#fell(member, this.#prng.chance(0.5) ? 'kill' : 'power-loss', this.#prng.tail(500));
        return;
      case 'power-loss-all':
        for (const member of this.#members) this.#fell(member, 'power-loss', this.#prng.tail(300));
        return;
      case 'restart-storm':
        return this.#storm(victim, 2 + this.#prng.below(5));
      case 'pause':
        return victim.machine.pause(duration);
      case 'pause-leader':
        return (this.#leader() ?? victim).machine.pause(this.#plan.cluster.electionTimeout * (0.3 + 3 * this.#prng.next()));
      case 'stall':
        return this.#stall(this.#prng.chance(0.5) ? (this.#leader() ?? victim) : victim, 2 + this.#prng.below(8));
      case 'clock-jump':
        return this.#jump(victim);
      case 'slow-disk':
        return this.#slowDisks(duration);
      case 'short-reigns':
        return this.#shortReigns();
      case 'figure-eight':
        return this.#figureEight.begin(this.#plan.cluster.electionTimeout);
      default:
        return this.#disconnect(kind, victim, duration);
    }
  }

  #disconnect(
    kind: 'partition' | 'isolate-leader' | 'deaf-leader' | 'one-way-cut' | 'clog',
    victim: SimulatedMember,
    duration: Millis,
  ): void {
    switch (kind) {
      case 'partition':
        this.#world.partition(this.#split());
        return this.#healAfter(duration);
      case 'isolate-leader':
        this.#isolate(this.#leader() ?? victim);
        return this.#healAfter(duration);
      case 'deaf-leader':
        return this.#deafen(this.#leader() ?? victim);
      case 'one-way-cut':
        this.#world.cut(victim.name, this.#other(victim).name, { direction: this.#prng.chance(0.5) ? 'a-to-b' : 'b-to-a' });
        return this.#healAfter(duration);
      case 'clog':
        return this.#world.clog(victim.name, this.#other(victim).name, duration);
      default:
        return unreachable(kind);
    }
  }

  #fell(member: SimulatedMember, how: 'kill' | 'power-loss', downFor: Millis): void {
    if (!member.up) return;
    if (how === 'kill') member.kill();
    else member.crash();
    this.#after(downFor, () => member.start());
  }

  #restartPause(): Millis {
    return this.#prng.chance(0.4) ? this.#prng.tail(15) : this.#prng.tail(800);
  }

  /** Dies again as soon as it has come back. */
  #storm(victim: SimulatedMember, deaths: number): void {
    this.#fell(victim, this.#prng.chance(0.5) ? 'kill' : 'power-loss', this.#prng.tail(20));
    if (deaths > 1) this.#after(20 + this.#prng.tail(60), () => this.#storm(victim, deaths - 1));
  }

  /** An event loop that is blocked again and again. */
  #stall(victim: SimulatedMember, times: number): void {
    victim.machine.pause(20 + this.#prng.tail(100));
    if (times > 1) this.#after(50 + this.#prng.tail(150), () => this.#stall(victim, times - 1));
  }

  /** Of the wall clock, by a second or by years. */
  #jump({ machine }: SimulatedMember): void {
    const range = this.#prng.chance(0.5) ? SECOND : YEAR;
    machine.wallOffsetMs += range * (2 * this.#prng.next() - 1);
  }

  #shortReigns(): void {
    this.#reigns.begin(this.#plan.cluster.electionTimeout * (3 + this.#prng.next() * 12));
  }

  #slowDisks(duration: Millis): void {
    for (const { machine } of this.#members) {
      if (!this.#prng.chance(0.5)) continue;
      machine.disk.slowFactor = SLOW_FACTOR_MIN + this.#prng.tail(SLOW_FACTOR_MEAN);
      this.#after(duration, () => {
        machine.disk.slowFactor = 1;
      });
    }
  }

  /**
   * What the leader hears is old and what it says is lost: the answers that keep it in office wait in a queue on their way
   * while the others, to whom it has fallen silent, may elect its successor.
   */
  #deafen(leader: SimulatedMember): void {
    const { electionTimeout } = this.#plan.cluster;
    const queued = electionTimeout * (0.6 + this.#prng.next() * 0.35);
    const mute = queued * 0.3 * this.#prng.next();
    const others = this.#members.filter((member) => member !== leader);
    for (const { name } of others) this.#world.clog(name, leader.name, queued, { direction: 'a-to-b' });
    this.#after(mute, () => {
      for (const { name } of others) this.#world.cut(leader.name, name, { direction: 'a-to-b' });
    });
    this.#after(queued + 3, () => this.#isolate(leader));
    this.#healAfter(queued + electionTimeout * (1 + this.#prng.next() * 2));
  }

  #healAfter(duration: Millis): void {
    this.#world.after(duration, () => this.#world.heal());
  }

  #isolate(victim: SimulatedMember): void {
    for (const member of this.#members) if (member !== victim) this.#world.cut(victim.name, member.name);
  }

  #split(): string[][] {
    const sides: string[][] = [[], []];
    for (const member of this.#members) sides[this.#prng.below(2)]!.push(member.name);
    return sides;
  }

  #leader(): SimulatedMember | undefined {
    return this.#members.find((member) => member.member?.group('default')?.status.role === 'leader');
  }

  #any(): SimulatedMember {
    return this.#members[this.#prng.below(this.#members.length)]!;
  }

  #other(than: SimulatedMember): SimulatedMember {
    const others = this.#members.filter((member) => member !== than);
    return others[this.#prng.below(others.length)]!;
  }

  #after(pause: Millis, action: () => void): void {
    this.#world.after(pause, () => {
      if (!this.#stopped) action();
    });
  }
}
