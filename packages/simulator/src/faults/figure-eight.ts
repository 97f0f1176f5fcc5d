// Figure 8 of the Raft paper (Ongaro & Ousterhout 2014), played out on three members, because chance hardly ever finds it:
// A alone holds an entry; B is elected without it and alone holds the entry of its own term at the same place; A leads again,
// and spreads its old entry before the entry of its new term is on its disk. Should the old entry now count as decided, B
// proves the opposite, since it can still be elected. Cluster members may thwart each step; then the play ends.
import { type Millis, unreachable } from '@reknit/base';
import type { Prng, World } from '@reknit/runtime/simulated';
import type { SimulatedMember } from '../cluster/simulated-member.js';

/** So slow that an entry reaches the others, and their answers return, long before it is written here. */
const SLOW_FACTOR = 400;

type Scene =
  | { readonly kind: 'none' }
  | { readonly kind: 'without-a'; readonly a: SimulatedMember }
  | { readonly kind: 'without-b'; readonly a: SimulatedMember; readonly b: SimulatedMember };

const NONE: Scene = { kind: 'none' };

export class FigureEight {
  readonly #world: World;
  readonly #prng: Prng;
  readonly #members: readonly SimulatedMember[];
  #scene: Scene = NONE;
  #plays = 0;

  constructor(world: World, prng: Prng, members: readonly SimulatedMember[]) {
    this.#world = world;
    this.#prng = prng;
    this.#members = members;
  }

  begin(electionTimeout: Millis): void {
    const a = this.#members.find((member) => member.leads);
    if (a === undefined || this.#members.length !== 3 || this.#scene !== NONE) return;
    const play = ++this.#plays;
    this.#scene = { kind: 'without-a', a };
    for (const other of this.#othersThan(a)) this.#world.cut(a.name, other.name);
    this.#after(electionTimeout * (0.2 + 0.5 * this.#prng.next()), () => {
      a.kill();
      this.#world.heal();
    });
    this.#world.after(electionTimeout * 10, () => {
      if (this.#plays === play) this.#end();
    });
  }

  stop(): void {
    this.#scene = NONE;
    this.#plays++;
  }

  onLeader(name: string): void {
    const scene = this.#scene;
    switch (scene.kind) {
      case 'none':
        return;
      case 'without-a':
        return name === scene.a.name ? undefined : this.#silence(scene.a, name);
      case 'without-b':
        return name === scene.a.name ? this.#interrupt(scene.a, scene.b) : this.#end();
      default:
        return unreachable(scene);
    }
  }

  #silence(a: SimulatedMember, name: string): void {
    const b = this.#members.find((member) => member.name === name)!;
    this.#scene = { kind: 'without-b', a, b };
    for (const other of this.#othersThan(b)) this.#world.cut(b.name, other.name, { direction: 'a-to-b' });
    this.#after(2 + this.#prng.tail(4), () => {
      b.kill();
      this.#world.heal();
      a.start();
    });
  }

  #interrupt(a: SimulatedMember, b: SimulatedMember): void {
    this.#scene = NONE;
    a.machine.disk.slowFactor = SLOW_FACTOR;
    this.#after(4 + this.#prng.tail(5), () => {
      for (const other of this.#othersThan(a)) other.kill();
      a.crash('ended');
      a.machine.disk.slowFactor = 1;
      a.start();
      b.start();
    });
  }

  #end(): void {
    this.#scene = NONE;
    this.#world.heal();
    for (const member of this.#members) member.start();
  }

  #othersThan(member: SimulatedMember): readonly SimulatedMember[] {
    return this.#members.filter((other) => other !== member);
  }

  #after(pause: Millis, action: () => void): void {
    const play = this.#plays;
    this.#world.after(pause, () => {
      if (this.#plays === play) action();
    });
  }
}
