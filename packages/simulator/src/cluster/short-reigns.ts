// A time in which hardly any leader survives its election: at the moment when one is elected its words may be cut off, and
// within a few milliseconds it, or those who voted for it, may lose power. What a leader had alone, and what was promised
// and not yet written, is so put to the test in each round (Ongaro & Ousterhout 2014, figure 8).
import type { Millis } from '@reknit/base';
import type { Prng, World } from '@reknit/runtime/simulated';
import type { SimulatedMember } from './simulated-member.js';

export class ShortReigns {
  readonly #world: World;
  readonly #prng: Prng;
  readonly #members: readonly SimulatedMember[];
  #until: Millis = Number.NEGATIVE_INFINITY;

  constructor(world: World, prng: Prng, members: readonly SimulatedMember[]) {
    this.#world = world;
    this.#prng = prng;
    this.#members = members;
  }

  /** Begins with a death, so that there is an election. */
  begin(duration: Millis): void {
    this.#until = this.#world.now + duration;
    for (const { machine } of this.#members) machine.disk.slowFactor = this.#prng.chance(0.5) ? 1 : 1 + this.#prng.tail(100);
    this.#fell(this.#members[this.#prng.below(this.#members.length)]!);
    this.#world.after(duration, () => this.#end());
  }

  stop(): void {
    this.#until = Number.NEGATIVE_INFINITY;
  }

  onLeader(name: string): void {
    if (!this.#active || this.#prng.chance(0.15)) return;
    const others = this.#members.filter((member) => member.name !== name);
    if (this.#prng.chance(0.5)) {
      for (const other of others) this.#world.cut(name, other.name, { direction: 'a-to-b' });
      this.#world.after(1 + this.#prng.tail(15), () => this.#active && this.#world.heal());
    }
    const leader = this.#members.find((member) => member.name === name)!;
    if (this.#prng.chance(0.5)) this.#fellAfter(this.#prng.tail(4), leader);
    for (const other of others) if (this.#prng.chance(0.4)) this.#fellAfter(this.#prng.tail(4), other);
  }

  get #active(): boolean {
    return this.#world.now < this.#until;
  }

  #end(): void {
    if (this.#active || this.#until === Number.NEGATIVE_INFINITY) return;
    this.#world.heal();
    for (const { machine } of this.#members) machine.disk.slowFactor = 1;
  }

  #fellAfter(pause: Millis, member: SimulatedMember): void {
    this.#world.after(pause, () => this.#active && this.#fell(member));
  }

  #fell(member: SimulatedMember): void {
    if (!member.up) return;
    if (this.#prng.chance(0.75)) member.crash();
    else member.kill();
    const downFor = this.#prng.chance(0.7) ? this.#prng.tail(20) : this.#prng.tail(600);
    this.#world.after(downFor, () => member.start());
  }
}
