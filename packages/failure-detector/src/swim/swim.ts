// Who of a group lives, as each member finds out by itself: SWIM (Das, Gupta and Motivala, 2002) with Lifeguard (Dadgar, Phillips
// and Currey, 2018). Pure: messages and ticks in, messages and changes out. The load on each member does not grow with
// the group: one probe a period, and news rides on the messages.
//
// A member that does not answer is suspected, not dead: it hears of that with the next message that it gets, and refutes by a
// higher incarnation. Times are the member's own: they stand still while it does not run.
//
// Surprising: hearing from a suspected member does not clear it, a higher incarnation does. Otherwise old messages would.
import { type Millis, unreachable } from '@reknit/base';
import { OwnClock } from '../own-clock.js';
import { LocalHealth } from './local-health.js';
import { overrides, type Peer, type Rumor, type Standing, type SwimBody, type SwimMessage } from './message.js';
import { type SwimOptions, withDefaults } from './options.js';
import { Probing } from './probing.js';
import { Relays } from './relays.js';
import { Roster } from './roster.js';
import { Rumors } from './rumors.js';
import { Suspicion, type SuspicionTimes } from './suspicion.js';

/** As this member sees it. */
export interface MemberView extends Peer {
  readonly standing: Standing;
  /** Who suspects it, while it is suspected. */
  readonly accusers: readonly string[];
}

export interface SwimSend {
  readonly to: string;
  readonly message: SwimMessage;
}

export interface SwimChange {
  readonly name: string;
  readonly to: Standing;
  /** Who says so; this member itself by its own probe or time-out. */
  readonly by: string;
}

export interface SwimEffects {
  readonly sends: readonly SwimSend[];
  readonly changes: readonly SwimChange[];
}

interface Known {
  rumor: Rumor;
  suspicion: Suspicion | undefined;
}

/** Agents of a cluster are dozens at most; a stranger cannot make the list grow beyond. Who is dead makes room first. */
const MEMBERS_MAX = 512;

export class Swim {
  readonly #options: Required<SwimOptions>;
  readonly #clock: OwnClock;
  readonly #health: LocalHealth;
  readonly #roster: Roster;
  readonly #rumors = new Rumors();
  readonly #relays = new Relays();
  readonly #probing: Probing;
  /** All but itself. */
  readonly #known = new Map<string, Known>();
  #self: Peer;
  #left = false;
  #syncAt: Millis;
  #sends: SwimSend[] = [];
  #changes: SwimChange[] = [];

  /** @param now ms of any monotonic clock; the same clock for all calls */
  constructor(options: SwimOptions, now: Millis) {
    this.#options = withDefaults(options);
    const { tickEvery, healthMax, random, period, syncPeriods } = this.#options;
    this.#clock = new OwnClock(tickEvery, tickEvery, now);
    this.#health = new LocalHealth(healthMax);
    this.#roster = new Roster(random);
    this.#self = options.self;
    const own = this.#clock.own(now);
    this.#probing = new Probing(this.#options, this.#health, own);
    this.#syncAt = own + period * syncPeriods;
  }

  /** What it has come to since the last call. */
  drain(): SwimEffects {
    const effects = { sends: this.#sends, changes: this.#changes };
    this.#sends = [];
    this.#changes = [];
    return effects;
  }

  /** Makes itself known where members may be; again for as long as nobody has answered. */
  join(addresses: readonly string[]): void {
    for (const address of addresses) if (address !== this.#self.address) this.#sync(address, 'wanted');
  }

  /** Tells that it goes on purpose. Nothing is sent afterwards but this. */
  leave(): void {
    if (this.#left) return;
    const goodbye: Rumor = { ...this.#self, standing: 'left', by: this.#self.name };
    this.#rumors.add(goodbye);
    for (const { name, address } of this.members.filter(isReachable))
      this.#send(address, name, { kind: 'sync', answer: 'given' });
    this.#left = true;
  }

  /** All but itself, in no order. */
  get members(): readonly MemberView[] {
    return [...this.#known.values()].map(({ rumor, suspicion }) => {
      const { by: _, ...view } = rumor;
      return { ...view, accusers: suspicion?.accusers ?? [] };
    });
  }

  get self(): Peer {
    return this.#self;
  }

  /** Lifeguard's score: 0 is well, and the more the less its own word on others is worth. */
  get doubt(): number {
    return this.#health.score;
  }

  /** It finds none of several others alive: then the fault is more likely its own, and it should accuse nobody. */
  get isAlone(): boolean {
    const present = [...this.#known.values()].filter(({ rumor }) => rumor.standing !== 'left');
    return present.length > 0 && present.every(({ rumor }) => rumor.standing !== 'alive');
  }

  tick(now: Millis): void {
    this.#clock.tick(now);
    if (this.#left) return;
    const own = this.#clock.own(now);
    this.#expireSuspicions(own);
    for (const { to, sequence } of this.#relays.due(own)) this.#sendTo(to, { kind: 'nack', sequence });
    this.#probe(own);
    this.#syncWithAnybody(own);
  }

  /** From a sender that the transport has authenticated as one of the cluster. */
  receive({ from, body, rumors }: SwimMessage, now: Millis): void {
    if (this.#left || from.name === this.#self.name) return;
    const own = this.#clock.own(now);
    this.#hear({ ...from, standing: 'alive', by: from.name }, own);
    for (const rumor of rumors) this.#hear(rumor, own);
    switch (body.kind) {
      case 'ping':
        if (body.to === this.#self.name) this.#send(from.address, from.name, { kind: 'ack', sequence: body.sequence });
        return;
      case 'ping-req':
        return this.#relay(from, body, own);
      case 'ack':
        return this.#acknowledged(body.sequence);
      case 'nack':
        return this.#probing.nack(body.sequence);
      case 'sync':
        if (body.answer === 'wanted') this.#sync(from.address, 'given', from.name);
        return;
      default:
        return unreachable(body);
    }
  }

  #probe(own: Millis): void {
    const step = this.#probing.tick(own, () => this.#roster.next((name) => this.#isPresent(name)));
    if (step.failed !== undefined) this.#accuse(step.failed, own);
    if (step.ping !== undefined)
      this.#sendTo(step.ping.target, { kind: 'ping', sequence: step.ping.sequence, to: step.ping.target });
    if (step.ask !== undefined) this.#askOthers(step.ask);
  }

  /** Directly once more too: the first ping may have been lost. */
  #askOthers({ target, sequence }: { readonly target: string; readonly sequence: number }): void {
    const { helpers } = this.#options;
    const chosen = this.#roster.some(helpers, (name) => name !== target && this.#known.get(name)?.rumor.standing === 'alive');
    this.#probing.expectNacks(chosen.length);
    const nackAfterMs = this.#probing.nackAfterMs;
    for (const helper of chosen) this.#sendTo(helper, { kind: 'ping-req', sequence, target, nackAfterMs });
    this.#sendTo(target, { kind: 'ping', sequence, to: target });
  }

  #relay(from: Peer, { sequence, target, nackAfterMs }: Extract<SwimBody, { kind: 'ping-req' }>, own: Millis): void {
    const known = this.#known.get(target);
    if (known === undefined) return;
    const relayed = this.#probing.newSequence();
    this.#relays.add(relayed, { to: from.name, sequence, nackAt: own + nackAfterMs });
    this.#send(known.rumor.address, target, { kind: 'ping', sequence: relayed, to: target });
  }

  #acknowledged(sequence: number): void {
    const relay = this.#relays.take(sequence);
    if (relay !== undefined) this.#sendTo(relay.to, { kind: 'ack', sequence: relay.sequence });
    else this.#probing.ack(sequence);
  }

  #accuse(target: string, own: Millis): void {
    const known = this.#known.get(target);
    if (known === undefined || !isReachable(known.rumor)) return;
    this.#hear({ ...known.rumor, standing: 'suspect', by: this.#self.name }, own);
  }

  #expireSuspicions(own: Millis): void {
    for (const { rumor, suspicion } of this.#known.values()) {
      if (suspicion?.isOver(own) === true) this.#hear({ ...rumor, standing: 'dead', by: this.#self.name }, own);
    }
  }

  #hear(rumor: Rumor, own: Millis): void {
    if (rumor.name === this.#self.name) return this.#refute(rumor);
    const known = this.#known.get(rumor.name);
    if (known === undefined) return this.#meet(rumor, own);
    if (overrides(rumor, known.rumor)) return this.#believe(known, rumor, own);
    const isConfirmed = rumor.standing === 'suspect' && rumor.incarnation === known.rumor.incarnation;
    if (isConfirmed && known.suspicion?.confirm(rumor.by) === true) this.#rumors.add(rumor);
  }

  #meet(rumor: Rumor, own: Millis): void {
    if (this.#known.size >= MEMBERS_MAX && !this.#forgetOneDead()) return;
    const known: Known = { rumor: { ...rumor, standing: 'alive', incarnation: -1 }, suspicion: undefined };
    this.#known.set(rumor.name, known);
    this.#roster.add(rumor.name);
    this.#believe(known, rumor, own);
  }

  #believe(known: Known, rumor: Rumor, own: Millis): void {
    const before = known.rumor;
    known.rumor = rumor;
    known.suspicion = rumor.standing === 'suspect' ? new Suspicion(this.#suspicionTimes(), rumor.by, own) : undefined;
    this.#rumors.add(rumor);
    const isNew = before.incarnation === -1;
    if (isNew || before.standing !== rumor.standing) this.#changes.push({ name: rumor.name, to: rumor.standing, by: rumor.by });
  }

  /** That it must refute at all says that it was too slow for somebody. Who left says nothing any more. */
  #refute(rumor: Rumor): void {
    if (rumor.standing === 'alive' || rumor.incarnation < this.#self.incarnation) return;
    this.#self = { ...this.#self, incarnation: rumor.incarnation + 1 };
    this.#health.worse();
    this.#rumors.add({ ...this.#self, standing: 'alive', by: this.#self.name });
  }

  #suspicionTimes(): SuspicionTimes {
    const { period, suspicionPeriods, suspicionSpread, confirmations } = this.#options;
    const present = [...this.#known.values()].filter(({ rumor }) => isReachable(rumor)).length;
    const min = suspicionPeriods * Math.max(1, Math.log10(Math.max(1, present + 1))) * period;
    // Neither the suspected nor the first accuser can confirm.
    const possible = Math.max(0, present - 1);
    return { min, max: min * suspicionSpread, confirmations: Math.min(confirmations, possible) };
  }

  #syncWithAnybody(own: Millis): void {
    if (own < this.#syncAt) return;
    this.#syncAt = own + this.#options.period * this.#options.syncPeriods;
    const [name] = this.#roster.some(1, (each) => this.#known.get(each)?.rumor.standing !== 'left');
    const known = name === undefined ? undefined : this.#known.get(name);
    if (known !== undefined) this.#sync(known.rumor.address, 'wanted', known.rumor.name);
  }

  #sync(address: string, answer: 'wanted' | 'given', name?: string): void {
    const self: Rumor = { ...this.#self, standing: 'alive', by: this.#self.name };
    const all = [self, ...[...this.#known.values()].map(({ rumor }) => rumor)];
    const others = name === undefined ? all : all.filter((rumor) => rumor.name !== name || rumor.standing !== 'alive');
    this.#sends.push({ to: address, message: { from: this.#self, body: { kind: 'sync', answer }, rumors: others } });
  }

  #sendTo(name: string, body: SwimBody): void {
    const known = this.#known.get(name);
    if (known !== undefined) this.#send(known.rumor.address, name, body);
  }

  /** Who is thought ill hears of it first (Lifeguard's buddy system). */
  #send(address: string, name: string, body: SwimBody): void {
    const about = this.#known.get(name)?.rumor;
    const first = about !== undefined && about.standing !== 'alive' ? about : undefined;
    this.#sends.push({ to: address, message: { from: this.#self, body, rumors: this.#rumors.take(this.#known.size, first) } });
  }

  #isPresent(name: string): boolean {
    const known = this.#known.get(name);
    return known !== undefined && isReachable(known.rumor);
  }

  #forgetOneDead(): boolean {
    for (const [name, { rumor }] of this.#known) {
      if (isReachable(rumor)) continue;
      this.#known.delete(name);
      this.#roster.remove(name);
      return true;
    }
    return false;
  }
}

const isReachable = ({ standing }: Pick<Rumor, 'standing'>): boolean => standing === 'alive' || standing === 'suspect';
