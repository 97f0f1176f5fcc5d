// Where one fault happens: whom it may strike, what it draws from, and what has to be undone afterwards. Each event has a
// stage of its own with draws of its own, so that leaving one event out changes nothing about the others.
import type { Millis } from '@reknit/base';
import type { Prng, World } from '@reknit/runtime/simulated';
import type { SimulatedMember } from '../cluster/simulated-member.js';
import type { FigureEight } from './figure-eight.js';
import type { ShortReigns } from './short-reigns.js';

export type ConfigurationChange =
  | 'protocolSwitches'
  | 'membersAdded'
  | 'membersRemoved'
  | 'learnersPromoted'
  | 'membersReplaced'
  | 'plansCancelled';

/** What all events of a run share. */
export interface Theatre {
  readonly world: World;
  readonly members: readonly SimulatedMember[];
  readonly electionTimeout: Millis;
  readonly reigns: ShortReigns;
  readonly figureEight: FigureEight;
  /**
   * Disks that damage what they hold may strike a minority only, the same member for a whole run: of everything that was
   * acknowledged a good copy must remain with a majority. Undefined where there is no such minority.
   */
  readonly expendable: SimulatedMember | undefined;
  /** A machine that may join; undefined where the run has had its share of them. */
  recruit(): SimulatedMember | undefined;
  /** A change of the configuration is in force. */
  onChanged(what: ConfigurationChange): void;
  /** The cluster has said that this plan is cancelled: it must never come into force. */
  onCancelled(plan: string): void;
  /** False once everything is to be healed: what was to follow does not happen. */
  readonly running: boolean;
}

/** One kind of fault: carries out one event of it. @returns 'missed' where there was nothing that it could strike */
export type Fault = (stage: Stage) => unknown;

export class Stage {
  readonly theatre: Theatre;
  readonly prng: Prng;
  /** Drawn for this event: whom it strikes if nobody in particular, and for how long if nothing else is said. */
  readonly victim: SimulatedMember;
  readonly duration: Millis;

  constructor(theatre: Theatre, prng: Prng) {
    this.theatre = theatre;
    this.prng = prng;
    this.victim = theatre.members[prng.below(theatre.members.length)]!;
    this.duration = 50 + prng.tail(1500);
  }

  get world(): World {
    return this.theatre.world;
  }

  get members(): readonly SimulatedMember[] {
    return this.theatre.members;
  }

  get electionTimeout(): Millis {
    return this.theatre.electionTimeout;
  }

  get leader(): SimulatedMember | undefined {
    return this.members.find((member) => member.leads);
  }

  get leaderOrVictim(): SimulatedMember {
    return this.leader ?? this.victim;
  }

  othersThan(member: SimulatedMember): readonly SimulatedMember[] {
    return this.members.filter((other) => other !== member);
  }

  anyOtherThan(member: SimulatedMember): SimulatedMember {
    const others = this.othersThan(member);
    return others[this.prng.below(others.length)]!;
  }

  /** Not once everything is being healed. */
  after(pause: Millis, action: () => void): void {
    this.world.after(pause, () => {
      if (this.theatre.running) action();
    });
  }

  healAfter(duration: Millis): void {
    this.world.after(duration, () => this.world.heal());
  }
}
