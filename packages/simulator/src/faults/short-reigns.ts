// A time in which hardly any leader survives its election: at the moment when one is elected its words may be cut off, and
// within a few milliseconds it, or those who voted for it, may lose power. What a leader had alone, and what was promised
// and not yet written, is so put to the test in each round (Ongaro & Ousterhout 2014, figure 8).
import type { Millis } from '@reknit/base';
import type { Prng, World } from '@reknit/runtime/simulated';
import type { SimulatedMember } from '../cluster/simulated-member.js';

export class ShortReigns {
  readonly #world: World;
  readonly #prng: Prng;
  readonly #members: readonly SimulatedMember[];
  #until: Millis = Number.NEGATIVE_INFINITY;
  readonly #electionTimeout: Millis;

  constructor(world: World, prng: Prng, members: readonly SimulatedMember[], electionTimeout: Millis) {
    this.#electionTimeout = electionTimeout;
    this.#world = world;
    this.#prng = prng;
    this.#members = members;
  }

  begin(duration: Millis): void {
    this.#until = this.#world.now + duration;
    for (const { machine } of this.#members) machine.disk.slowFactor = this.#prng.chance(0.4) ? 1 : 10 + this.#prng.tail(100);
    this.#depose();
    this.#world.after(duration, () => this.#end());
  }

  /** Whoever survived its election does not stay for long. */
  #depose(): void {
    if (!this.#active) return;
    const leader = this.#members.find((member) => member.leads);
    if (leader !== undefined) this.#fell(leader);
    this.#world.after(this.#electionTimeout * (0.2 + this.#prng.next()), () => this.#depose());
  }

  stop(): void {
    this.#until = Number.NEGATIVE_INFINITY;
  }

  onLeader(name: string): void {
    if (!this.#active || this.#prng.chance(0.15)) return;
    const others = this.#members.filter((member) => member.name !== name);
    if (this.#prng.chance(0.25)) return this.#forget(name, others);
    const mute = this.#prng.chance(0.6) ? 0.3 + this.#prng.tail(1) : 0;
    if (mute > 0) this.#silence(name, others, mute);
    const leader = this.#members.find((member) => member.name === name)!;
    if (this.#prng.chance(0.6)) this.#fellAfter(mute + this.#prng.tail(4), leader);
    for (const other of others) if (this.#prng.chance(0.2)) this.#fellAfter(this.#prng.tail(4), other);
  }

  /** Those who elected it lose power before they can have written that they did, and are left to themselves. */
  #forget(name: string, others: readonly SimulatedMember[]): void {
    for (const other of others) this.#world.cut(name, other.name);
    for (const other of others) {
      this.#world.after(this.#prng.tail(1), () => {
        if (!this.#active || !other.up) return;
        other.crash('ended');
        this.#world.after(this.#prng.tail(10), () => other.start());
      });
    }
    this.#world.after(this.#electionTimeout * (1 + 2 * this.#prng.next()), () => this.#world.heal());
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
