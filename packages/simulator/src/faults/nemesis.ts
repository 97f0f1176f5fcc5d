// Carries out a plan of faults. What it does is drawn from the seed alone; what it looks at is only who leads. Events are
// numbered, and each draws from a generator of its own: one can be left out of a replay, or a whole kind of them, and the
// others still happen as they did.
import type { Millis } from '@reknit/base';
import type { Prng, World } from '@reknit/runtime/simulated';
import type { KeyspaceName } from '@reknit/store';
import { AMBIENT_KINDS, type EventKind, type FaultPlan } from '../cluster/plan.js';
import type { SimulatedMember } from '../cluster/simulated-member.js';
import { FigureEight } from './figure-eight.js';
import { FAULTS } from './registry.js';
import { ShortReigns } from './short-reigns.js';
import { type ConfigurationChange, Stage, type Theatre } from './stage.js';

export interface FaultEvent {
  /** From 1. */
  readonly number: number;
  readonly at: Millis;
  readonly kind: EventKind;
}

export interface NemesisOptions {
  readonly world: World;
  readonly prng: Prng;
  readonly members: readonly SimulatedMember[];
  readonly plan: FaultPlan;
  /** Numbers of events that are left out. */
  readonly without: ReadonlySet<number>;
  readonly onFault: (event: FaultEvent) => void;
  readonly recruit: () => SimulatedMember | undefined;
  readonly onChanged: (what: ConfigurationChange) => void;
  readonly onCancelled: (plan: string) => void;
}

export class Nemesis implements Theatre {
  readonly events: FaultEvent[] = [];
  readonly world: World;
  readonly members: readonly SimulatedMember[];
  readonly electionTimeout: Millis;
  readonly reigns: ShortReigns;
  readonly figureEight: FigureEight;
  readonly expendable: SimulatedMember | undefined;
  running = true;
  readonly #prng: Prng;
  readonly #pauses: Prng;
  readonly #plan: FaultPlan;
  readonly #kinds: readonly EventKind[];
  readonly #without: ReadonlySet<number>;
  readonly #onFault: (event: FaultEvent) => void;
  readonly recruit: () => SimulatedMember | undefined;
  readonly onChanged: (what: ConfigurationChange) => void;
  readonly onCancelled: (plan: string) => void;
  #number = 0;

  constructor({ world, prng, members, plan, without, onFault, recruit, onChanged, onCancelled }: NemesisOptions) {
    this.world = world;
    this.members = members;
    this.electionTimeout = plan.cluster.electionTimeout;
    this.#prng = prng;
    this.#pauses = prng.fork('pauses');
    this.#plan = plan;
    this.#kinds = plan.kinds.filter((kind): kind is EventKind => !AMBIENT_KINDS.has(kind));
    this.#without = without;
    this.#onFault = onFault;
    this.recruit = recruit;
    this.onChanged = onChanged;
    this.onCancelled = onCancelled;
    this.expendable = members.length < 3 ? undefined : members[prng.fork('expendable').below(members.length)];
    this.reigns = new ShortReigns(world, prng.fork('short reigns'), members, this.electionTimeout);
    this.figureEight = new FigureEight(world, prng.fork('figure eight'), members);
  }

  start(): void {
    this.world.networkFaults(this.#plan.network);
    if (this.#kinds.length > 0) this.#next();
  }

  /** Everything is healed and every member is started again. */
  stop(): void {
    this.running = false;
    this.reigns.stop();
    this.figureEight.stop();
    this.world.networkFaults({ loss: 0, duplication: 0, reorder: 0, damage: 0, latencyTailMs: 0.2 });
    this.world.heal();
    for (const member of this.members) member.restore();
  }

  /** From within the member's own turn. */
  onLeader(name: string, keyspace: KeyspaceName): void {
    this.reigns.onLeader(name);
    if (keyspace === 'default') this.figureEight.onLeader(name);
  }

  /** How often each kind struck. */
  fired(): Map<EventKind, number> {
    const counts = new Map<EventKind, number>();
    for (const { kind } of this.events) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    return counts;
  }

  #next(): void {
    const { burst, meanPauseMs } = this.#plan;
    const pause = this.#pauses.chance(burst) ? this.#pauses.tail(15) : 50 + this.#pauses.tail(meanPauseMs);
    this.world.after(pause, () => {
      if (!this.running) return;
      this.#strike(++this.#number);
      this.#next();
    });
  }

  #strike(number: number): void {
    const prng = this.#prng.fork(`event ${number}`);
    const kind = this.#kindOf(prng);
    if (this.#without.has(number)) return;
    if (FAULTS[kind](new Stage(this, prng)) === 'missed') return;
    const event = { number, at: this.world.now, kind };
    this.events.push(event);
    this.#onFault(event);
  }

  /** By rendezvous: a kind that is dropped leaves the events of the others what they were. */
  #kindOf(prng: Prng): EventKind {
    const drawn = this.#kinds.map((kind) => ({ kind, weight: prng.fork(kind).next() }));
    return drawn.reduce((best, one) => (one.weight > best.weight ? one : best)).kind;
  }
}
