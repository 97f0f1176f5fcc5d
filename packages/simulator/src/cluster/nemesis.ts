// What goes wrong, drawn anew by each seed (swarm testing, Groce et al. 2012): which kinds of fault this run has at all, how
// often, and for how long. A run with few kinds goes deep where a run with all of them would only thrash.
import type { Millis } from '@reknit/base';
import type { NetworkFaults, Prng, World } from '@reknit/runtime/simulated';
import type { SimulatedMember } from './simulated-member.js';

export type FaultKind =
  | 'kill'
  | 'power-loss'
  | 'kill-all'
  | 'pause'
  | 'partition'
  | 'isolate-leader'
  | 'one-way-cut'
  | 'clog'
  | 'loss'
  | 'duplication'
  | 'reorder'
  | 'torn-writes';

export const FAULT_KINDS: readonly FaultKind[] = [
  'kill',
  'power-loss',
  'kill-all',
  'pause',
  'partition',
  'isolate-leader',
  'one-way-cut',
  'clog',
  'loss',
  'duplication',
  'reorder',
  'torn-writes',
];

/** Kinds that are chances of single frames or sectors rather than events. */
const AMBIENT: readonly FaultKind[] = ['loss', 'duplication', 'reorder', 'torn-writes'];

export interface FaultPlan {
  readonly kinds: readonly FaultKind[];
  /** Mean pause between two events. */
  readonly meanPauseMs: Millis;
  readonly network: Partial<NetworkFaults>;
  readonly tornSector: number;
}

/** @param allowed the kinds to draw from */
export function drawPlan(prng: Prng, allowed: readonly FaultKind[]): FaultPlan {
  const kinds = allowed.filter(() => prng.chance(0.4));
  const rate = (kind: FaultKind, max: number): number => (kinds.includes(kind) ? prng.next() * max : 0);
  return {
    kinds,
    meanPauseMs: 400 + prng.next() * 3000,
    network: {
      loss: rate('loss', 0.05),
      duplication: rate('duplication', 0.05),
      reorder: rate('reorder', 0.1),
      reorderMsMax: 5 + prng.next() * 40,
    },
    tornSector: rate('torn-writes', 0.5),
  };
}

export class Nemesis {
  readonly fired: Map<FaultKind, number> = new Map();
  readonly #world: World;
  readonly #prng: Prng;
  readonly #members: readonly SimulatedMember[];
  readonly #plan: FaultPlan;
  readonly #events: readonly FaultKind[];
  #stopped = false;

  constructor(world: World, prng: Prng, members: readonly SimulatedMember[], plan: FaultPlan) {
    this.#world = world;
    this.#prng = prng;
    this.#members = members;
    this.#plan = plan;
    this.#events = plan.kinds.filter((kind) => !AMBIENT.includes(kind));
  }

  start(): void {
    this.#world.networkFaults(this.#plan.network);
    if (this.#events.length > 0) this.#next();
  }

  /** Everything is healed and every member is started again. */
  stop(): void {
    this.#stopped = true;
    this.#world.networkFaults({ loss: 0, duplication: 0, reorder: 0 });
    this.#world.heal();
    for (const member of this.#members) {
      member.machine.resume();
      member.start();
    }
  }

  #next(): void {
    this.#world.after(this.#prng.tail(this.#plan.meanPauseMs) + 50, () => {
      if (this.#stopped) return;
      const kind = this.#events[this.#prng.below(this.#events.length)]!;
      this.fired.set(kind, (this.fired.get(kind) ?? 0) + 1);
      this.#fire(kind);
      this.#next();
    });
  }

  #fire(kind: FaultKind): void {
    const duration = 50 + this.#prng.tail(1500);
    const victim = this.#any();
    switch (kind) {
      case 'kill':
        victim.kill();
        return this.#restartAfter(victim, this.#prng.tail(800));
      case 'power-loss':
        if (victim.up) victim.crash();
        return this.#restartAfter(victim, this.#prng.tail(800));
      case 'kill-all':
        for (const member of this.#members) {
          if (this.#prng.chance(0.5)) member.kill();
          else if (member.up) member.crash();
          this.#restartAfter(member, this.#prng.tail(500));
        }
        return;
      case 'pause':
        return victim.machine.pause(duration);
      case 'partition':
        this.#world.partition(this.#split());
        return this.#healAfter(duration);
      case 'isolate-leader':
        this.#isolate(this.#leader() ?? victim);
        return this.#healAfter(duration);
      case 'one-way-cut':
        this.#world.cut(victim.name, this.#other(victim).name, { direction: this.#prng.chance(0.5) ? 'a-to-b' : 'b-to-a' });
        return this.#healAfter(duration);
      case 'clog':
        return this.#world.clog(victim.name, this.#other(victim).name, duration);
      case 'loss':
      case 'duplication':
      case 'reorder':
      case 'torn-writes':
        return;
    }
  }

  #restartAfter(member: SimulatedMember, pause: Millis): void {
    this.#world.after(pause, () => member.start());
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
}
