// Agents of several machines: who of them lives (SWIM with Lifeguard), and what each sees of every subject. Votes are counted as
// `witness-votes.ts` of the failure detector has it: a strict majority of all hosts that should speak, one vote a host, closed
// where too few speak.
//
// Surprising: an agent that finds all others dead suspects itself. It says nothing about anybody until it hears somebody again,
// and its own votes count as stale, to itself too.
import { type Millis, unreachable } from '@reknit/base';
import {
  type MemberView,
  type Peer,
  Swim,
  type SwimChange,
  VoteBox,
  type VoteCount,
  type Witness,
} from '@reknit/failure-detector';
import { type ClockReading, type Instruments, steadyStamp, type VoteSignal } from '@reknit/recovery';
import type { Runtime, Timer } from '@reknit/runtime';
import type { GossipMessage, Owned, Views } from './gossip-message.js';
import { SUBJECTS_MAX } from './gossip-message.js';
import { OutsideView } from './outside-view.js';
import { PeerSessions } from './peer-sessions.js';
import { RemoteClocks } from './remote-clocks.js';

export interface GossipOptions {
  readonly runtime: Runtime;
  readonly instruments: Instruments;
  readonly secret: Uint8Array;
  /** This agent's, unique in the cluster. */
  readonly name: string;
  /** The machine that it runs on: agents of one host have one vote together. */
  readonly host: string;
  /** `host:port`, by which the others reach it too. */
  readonly address: string;
  /** Addresses of agents that are to be met; they count as expected witnesses even before that. */
  readonly seeds: readonly string[];
  /** The subjects in its care, and how others can see them. */
  readonly owns: () => readonly Owned[];
  /** Default 1 s: SWIM's period. */
  readonly period?: Millis;
}

/** A quarter of SWIM's time-out, so that no answer waits long to be missed. */
const TICK_MS = 50;
const VIEWS_EVERY_MS = 1000;
/** Of the last look, told with the next message: three looks may be missed. */
const VOTE_FRESH_MS = 4000;
const SEEDS_EVERY_MS = 5000;

export class Gossip {
  readonly #options: GossipOptions;
  readonly #swim: Swim;
  readonly #sessions: PeerSessions;
  readonly #view: OutsideView;
  readonly #clocks: RemoteClocks;
  readonly #votes = new VoteBox(VOTE_FRESH_MS);
  readonly #stamp: () => number;
  /** What each other agent looks after. */
  readonly #owned: Map<string, readonly Owned[]> = new Map();
  readonly #timers: Set<Timer> = new Set();
  #hasNamesake = false;

  constructor(options: GossipOptions) {
    const { runtime, instruments, secret, name, host, address, period } = options;
    const { clock, random } = runtime;
    this.#options = options;
    this.#stamp = steadyStamp(clock);
    this.#clocks = new RemoteClocks(clock);
    this.#view = new OutsideView(runtime, instruments, this.#stamp, address);
    this.#swim = new Swim(
      {
        self: { name, host, address, incarnation: 0 },
        tickEvery: TICK_MS,
        random: () => random.next(),
        ...(period === undefined ? {} : { period }),
      },
      clock.now(),
    );
    const onMessage = (message: GossipMessage): void => this.#receive(message);
    this.#sessions = new PeerSessions({ runtime, secret, address, onMessage });
  }

  /** Rejects when the address cannot be bound. */
  async start(): Promise<void> {
    await this.#sessions.listen();
    this.#every(SEEDS_EVERY_MS, () => this.#meetSeeds());
    this.#every(VIEWS_EVERY_MS, () => this.#tellViews());
    this.#every(TICK_MS, () => {
      this.#swim.tick(this.#options.runtime.clock.now());
      this.#flush();
    });
    this.#meetSeeds();
    this.#flush();
    this.#view.watch(this.#subjects());
  }

  /** Tells the others that it goes. */
  stop(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    this.#swim.leave();
    this.#flush();
    this.#view.end();
    this.#sessions.close();
  }

  /** All other agents that it has ever met. */
  get members(): readonly MemberView[] {
    return this.#swim.members;
  }

  /** Hears none of the others, though there are some: the fault is more likely here. */
  get isAlone(): boolean {
    return this.#swim.isAlone;
  }

  /** Clocks of the other machines. */
  get clocks(): readonly ClockReading[] {
    return this.#clocks.readings;
  }

  /** Who is expected to speak on any subject: everybody that has not left, dead ones too, and seeds that were never met. */
  get witnesses(): readonly Witness[] {
    const { name, host, address, seeds } = this.#options;
    const present = this.members.filter(({ standing }) => standing !== 'left');
    const met = new Set([address, ...this.members.map((member) => member.address)]);
    const unmet = seeds.filter((seed) => !met.has(seed));
    return [
      { observer: name, host },
      ...present.map((member) => ({ observer: member.name, host: member.host })),
      ...unmet.map((seed) => ({ observer: `agent at ${seed}`, host: seed })),
    ];
  }

  votesOn(subject: string): VoteCount {
    if (this.isAlone) this.#votes.forget(this.#options.name);
    return this.#votes.count(subject, this.witnesses, this.#options.runtime.clock.now());
  }

  /** What the others say, for incidents: this agent's own view is in the facts already. Nothing where they never spoke. */
  signals(subject: string): readonly VoteSignal[] {
    const now = this.#stamp();
    return this.votesOn(subject).votes.flatMap(({ observer, host, vote, ageMs }): readonly VoteSignal[] => {
      if (observer === this.#options.name || ageMs === undefined) return [];
      return [{ kind: 'vote', at: now - ageMs, observer, host, vote }];
    });
  }

  #every(ms: Millis, act: () => void): void {
    const { clock } = this.#options.runtime;
    const again = (): void => {
      const timer = clock.after(ms, () => {
        this.#timers.delete(timer);
        again();
        act();
      });
      this.#timers.add(timer);
    };
    again();
  }

  #meetSeeds(): void {
    const met = new Set(this.members.filter(({ standing }) => standing === 'alive').map(({ address }) => address));
    this.#swim.join(this.#options.seeds.filter((seed) => !met.has(seed)));
  }

  #receive(message: GossipMessage): void {
    switch (message.kind) {
      case 'swim':
        this.#checkName(message.message.from);
        this.#sessions.heard(message.message.from.address);
        this.#swim.receive(message.message, this.#options.runtime.clock.now());
        return this.#flush();
      case 'views':
        return this.#hearViews(message.views);
      default:
        return unreachable(message);
    }
  }

  /** Two of one name would each take what is said of the other for its own. */
  #checkName({ name, address }: Peer): void {
    if (name !== this.#options.name || address === this.#options.address || this.#hasNamesake) return;
    this.#hasNamesake = true;
    const cure = 'give each agent an observer name of its own';
    this.#options.runtime.log.log('error', `another agent has this one's name: ${cure}`, { agent: name, address });
  }

  #hearViews(views: Views): void {
    const { from, host, owns, reports } = views;
    // Of a stranger nothing is kept: it says who it is by SWIM first, which also bounds how many there are.
    if (!this.members.some((member) => member.name === from && member.host === host)) return;
    this.#clocks.note(views);
    this.#owned.set(from, owns);
    const now = this.#options.runtime.clock.now();
    for (const report of reports) this.#votes.note({ ...report, observer: from, host }, now);
  }

  #tellViews(): void {
    this.#view.watch(this.#subjects());
    const { name, host, owns, runtime } = this.#options;
    const { clock } = runtime;
    const reports = this.isAlone ? [] : this.#view.reports;
    for (const report of reports) this.#votes.note({ ...report, observer: name, host }, clock.now());
    for (const { name: to, address } of this.members.filter(({ standing }) => standing === 'alive' || standing === 'suspect')) {
      const views: Views = {
        from: name,
        host,
        sentMs: clock.now(),
        wall: clock.wall(),
        echo: this.#clocks.echoTo(to),
        owns: owns().slice(0, SUBJECTS_MAX),
        reports,
      };
      this.#sessions.send(address, { kind: 'views', views });
    }
  }

  /** Of several agents that claim a subject, its own or else the first known one is asked for it. */
  #subjects(): readonly Owned[] {
    const all = new Map<string, Owned>();
    for (const owned of [...this.#options.owns(), ...[...this.#owned.values()].flat()])
      if (!all.has(owned.subject)) all.set(owned.subject, owned);
    return [...all.values()];
  }

  #flush(): void {
    const { sends, changes } = this.#swim.drain();
    for (const { to, message } of sends) this.#sessions.send(to, { kind: 'swim', message });
    for (const change of changes) this.#onChange(change);
  }

  #onChange({ name, to, by }: SwimChange): void {
    this.#options.runtime.log.log(to === 'alive' ? 'info' : 'warn', `an agent is ${to}`, { agent: name, by });
    if (to === 'alive') return;
    const member = this.members.find((each) => each.name === name);
    if (member !== undefined && (to === 'dead' || by === this.#options.name)) this.#sessions.reset(member.address);
    this.#clocks.forget(name);
    if (to === 'left') this.#owned.delete(name);
  }
}
