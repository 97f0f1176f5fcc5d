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

  begin(duration: Millis, electionTimeout: Millis): void {
    this.#until = this.#world.now + duration;
    for (const { machine } of this.#members) machine.disk.slowFactor = this.#prng.chance(0.5) ? 1 : 1 + this.#prng.tail(100);
    this.#depose(electionTimeout);
    this.#world.after(duration, () => this.#end());
  }

  /** Whoever survived its election does not stay for long. */
  #depose(electionTimeout: Millis): void {
    if (!this.#active) return;
    const leader = this.#members.find((member) => member.leads);
    if (leader !== undefined) this.#fell(leader);
    this.#world.after(electionTimeout * (0.2 + this.#prng.next()), () => this.#depose(electionTimeout));
  }

  stop(): void {
    this.#until = Number.NEGATIVE_INFINITY;
  }

  onLeader(name: string): void {
    if (!this.#active || this.#prng.chance(0.15)) return;
    const others = this.#members.filter((member) => member.name !== name);
    const mute = this.#prng.chance(0.6) ? 0.3 + this.#prng.tail(1) : 0;
    if (mute > 0) this.#silence(name, others, mute);
    const leader = this.#members.find((member) => member.name === name)!;
    if (this.#prng.chance(0.6)) this.#fellAfter(mute + this.#prng.tail(4), leader);
    for (const other of others) if (this.#prng.chance(0.2)) this.#fellAfter(this.#prng.tail(4), other);
  }

  get #active(): boolean {
    return this.#world.now < this.#until;
  }

  #silence(name: string, others: readonly SimulatedMember[], duration: Millis): void {
    for (const other of others) this.#world.cut(name, other.name, { direction: 'a-to-b' });
    this.#world.after(duration, () => {
      for (const other of others) this.#world.heal(name, other.name);
    });
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
    if (this.#prng.chance(0.75)) member.crash('ended');
    else member.kill();
    const downFor = this.#prng.chance(0.7) ? this.#prng.tail(20) : this.#prng.tail(600);
    this.#world.after(downFor, () => member.start());
  }
}
