// One seed: a group that changes its voters and its protocol again and again under loss, repetition, reordering, broken links,
// stalled disks, disks that rot and crashes, then healed. The invariants are checked after each turn; at the end the last stage must make
// progress, every member of it must have it all, and whoever is in it no more may leave.
import {
  decodeStage,
  type Entry,
  type Index,
  type NodeId,
  type ProtocolName,
  type Stage,
  type Succession,
} from '../../src/index.js';
import { seeded } from './random-run.js';
import { type StageMember, StageSandbox } from './stage-sandbox.js';
import { joinStage } from './stage-script.js';

export interface StageReport {
  readonly crashes: number;
  readonly rotten: number;
  readonly stages: number;
  /** From one protocol to another, as `raft→zab`. */
  readonly changes: readonly string[];
  readonly decided: number;
  readonly reads: number;
  readonly installs: number;
  readonly left: number;
}

const TICK_MS = 20;
const HEAL_ROUNDS_MAX = 6_000;
const MEMBERS_MAX = 6;
/** One seed in so many has a disk that rots; of draws of their own, so that the others stay what they were. */
const ROT_EVERY = 5;
const ROTS = 'n1' as NodeId;

export const stageRandomRun = (names: readonly ProtocolName[], seed: number, steps: number): StageReport =>
  new StageRandomRun(names, seed).run(steps);

class StageRandomRun {
  readonly #random: () => number;
  readonly #world: StageSandbox;
  readonly #names: readonly ProtocolName[];
  readonly #cut = new Set<string>();
  readonly #gone = new Set<NodeId>();
  readonly #rot: { readonly chance: number; readonly random: () => number };
  readonly #chaos: {
    readonly loss: number;
    readonly repeat: number;
    readonly reorder: number;
    readonly crash: number;
    readonly cut: number;
  };
  #members = 3;
  #crashes = 0;
  #rotten = 0;
  #installs = 0;
  #proposed = 0;
  #plans = 0;

  constructor(names: readonly ProtocolName[], seed: number) {
    const random = seeded(seed);
    this.#random = random;
    this.#rot = { chance: seed % ROT_EVERY === 1 ? 0.02 : 0, random: seeded(seed + 0.5) };
    this.#names = names;
    const limits = {
      messageBytesMax: 1 + Math.floor(random() * 60),
      inFlightMax: 1 + Math.floor(random() * 4),
      undecidedBytesMax: 2000,
    };
    const voters = ['n1', 'n2', 'n3'] as NodeId[];
    const stage: Stage = { epoch: 1 as never, protocol: this.#pick(names), voters, learners: [], plan: '', preferred: undefined };
    this.#world = new StageSandbox({ stage, limits, random, wire: 'codec' });
    const some = (most: number): number => (random() < 0.3 ? 0 : random() * most);
    this.#chaos = { loss: some(0.1), repeat: some(0.1), reorder: some(0.5), crash: some(0.004), cut: some(0.01) };
  }

  run(steps: number): StageReport {
    for (let step = 0; step < steps; step++) {
      this.#act();
      if (this.#rot.random() < this.#rot.chance) this.#rotOne();
    }
    this.#heal();
    const { invariants, reads } = this.#world;
    const answered = [...reads.values()].filter(({ index }) => typeof index === 'number').length;
    return {
      crashes: this.#crashes,
      rotten: this.#rotten,
      stages: invariants.ends.size + 1,
      changes: this.#changes(),
      decided: invariants.decided.size,
      reads: answered,
      installs: this.#installs,
      left: this.#gone.size,
    };
  }

  get #ids(): readonly NodeId[] {
    return [...this.#world.members.keys()].filter((id) => !this.#gone.has(id));
  }

  #act(): void {
    const chance = this.#random();
    const { crash, cut } = this.#chaos;
    if (chance < crash) return this.#crashOne();
    if (chance < crash + cut) return this.#cutOrMend();
    if (chance < 0.6) return this.#deliverOne();
    if (chance < 0.8) return void this.#world.store(this.#pick(this.#ids));
    if (chance < 0.9) return this.#tickOne();
    if (chance < 0.93) return this.#propose();
    if (chance < 0.95) return this.#change();
    if (chance < 0.97) return this.#ask();
    if (chance < 0.975) return this.#world.compact(this.#pick(this.#ids));
    if (chance < 0.985) return this.#installOne();
    if (chance < 0.986) return this.#transfer();
    if (chance < 0.987) return this.#join();
    if (chance < 0.99) return this.#leave();
    this.#restartOne();
  }

  #deliverOne(): void {
    const world = this.#world;
    const from = this.#pick(this.#ids);
    const to = this.#pick(this.#ids);
    const link = world.link(from, to);
    if (link.length === 0) return;
    if (this.#cut.has(`${from}>${to}`) || this.#random() < this.#chaos.loss) return void link.shift();
    const at = this.#random() < this.#chaos.reorder ? Math.floor(this.#random() * link.length) : 0;
    world.deliver(from, to, at, this.#random() < this.#chaos.repeat ? 'repeat' : 'move');
  }

  #tickOne(): void {
    this.#world.tick(this.#pick(this.#ids), this.#random() < 0.02 ? 1500 : TICK_MS * (1 + Math.floor(this.#random() * 5)));
  }

  #propose(): void {
    const leaders = this.#world.leaders();
    if (leaders.length === 0) return;
    const batch = Array.from({ length: 1 + Math.floor(this.#random() * 3) }, () => `p${++this.#proposed}`);
    this.#world.propose(this.#pick(leaders).id, batch);
  }

  /** A leader goes on with what it prepares, or begins something new. */
  #change(): void {
    const leaders = this.#world.leaders();
    if (leaders.length === 0) return;
    const { id, succession } = this.#pick(leaders);
    const { preflight } = succession!.status();
    if (preflight === undefined || this.#random() < 0.1) return this.#world.prepare(id, this.#nextStage(id));
    if (preflight.ready) this.#world.stop(id, preflight.stage);
  }

  #nextStage(id: NodeId): Stage {
    const { stage } = this.#world.member(id).succession!.status();
    const others = stage.learners.filter((learner) => this.#ids.includes(learner));
    const voters = new Set(stage.voters);
    if (voters.size > 1 && this.#random() < 0.4) voters.delete(this.#pick(stage.voters));
    if (others.length > 0 && (voters.size < 3 || this.#random() < 0.5)) voters.add(this.#pick(others));
    const chosen = [...voters].sort();
    return {
      epoch: (stage.epoch + 1) as never,
      protocol: this.#pick(this.#names),
      voters: chosen,
      learners: stage.learners.filter((learner) => !voters.has(learner) && this.#random() < 0.8),
      plan: `plan-${++this.#plans}`,
      preferred: this.#random() < 0.7 ? this.#pick(chosen) : undefined,
    };
  }

  #join(): void {
    const leaders = this.#world.leaders();
    if (leaders.length === 0 || this.#ids.length >= MEMBERS_MAX) return;
    joinStage(this.#world, `n${++this.#members}` as NodeId, this.#pick(leaders).id);
  }

  /** For good. */
  #leave(): void {
    for (const { id, succession } of this.#world.members.values()) {
      if (succession !== undefined && mayLeave(succession)) {
        this.#world.crash(id);
        this.#gone.add(id);
      }
    }
  }

  /** Something that was decided and that others hold, too. A start would refuse the whole log: not of those that are down. */
  #rotOne(): void {
    const world = this.#world;
    const { log, succession, delivered } = world.member(ROTS);
    const index = (delivered + 1 + Math.floor(this.#rot.random() * 3)) as Index;
    if (succession === undefined || !world.invariants.decided.has(index) || log.roundAt(index) === undefined) return;
    const holders = this.#ids.filter((id) => id !== ROTS && holds(world.member(id), log, index));
    if (holders.length < 2) return;
    log.whole.rotten.add(index);
    this.#rotten++;
  }

  #ask(): void {
    const id = this.#pick(this.#ids);
    if (this.#world.member(id).succession !== undefined) this.#world.read(id);
  }

  #crashOne(): void {
    const id = this.#pick(this.#ids);
    this.#world.crash(id);
    this.#world.member(id).log.whole.rotten.clear();
    this.#crashes++;
    for (const other of this.#ids) if (this.#random() < 0.8) this.#world.lost(other, id);
  }

  #restartOne(): void {
    const down = this.#ids.filter((id) => this.#world.member(id).succession === undefined);
    if (down.length > 0) this.#restart(this.#pick(down));
  }

  #restart(id: NodeId): void {
    this.#world.start(id);
    for (const other of this.#ids) if (other !== id) this.#world.connect(id, other);
  }

  #cutOrMend(): void {
    const left = this.#pick(this.#ids);
    const right = this.#pick(this.#ids);
    if (left === right) return;
    const key = `${left}>${right}`;
    if (this.#cut.delete(key)) return this.#world.connect(left, right);
    this.#cut.add(key);
    if (this.#random() < 0.5) this.#world.loseLink(left, right);
  }

  #installOne(): void {
    const id = this.#pick(this.#ids);
    const { install } = this.#world.member(id);
    if (install === undefined) return;
    if (this.#random() < 0.2) {
      this.#world.member(id).install = undefined;
      return void this.#world.failInstall(id, install);
    }
    if (this.#world.install(id)) this.#installs++;
  }

  #transfer(): void {
    const leaders = this.#world.leaders();
    if (leaders.length > 0) this.#world.transfer(this.#pick(leaders).id, this.#pick(this.#ids));
  }

  /** All is well again: within bounded time the last stage decides, everybody in it has it all, and the others may go. */
  #heal(): void {
    const world = this.#world;
    this.#cut.clear();
    for (const id of this.#ids) if (world.member(id).succession === undefined) this.#restart(id);
    for (const left of this.#ids) for (const right of this.#ids) if (left < right) world.connect(left, right);
    let goal: Index | undefined;
    for (let round = 0; round < HEAL_ROUNDS_MAX; round++) {
      for (const id of this.#ids) world.tick(id, TICK_MS);
      this.#tellLearners();
      this.#calmRound();
      const leader = world.leaders().find(({ succession }) => succession!.status().ready);
      if (leader !== undefined && (goal === undefined || round % 500 === 0)) goal = this.#finalGoal(leader) ?? goal;
      if (leader !== undefined && goal !== undefined && this.#converged(leader, goal)) return this.#readEverywhere(leader);
    }
    const states = [...world.members.values()].map(({ id, succession }) => [id, succession?.status()]);
    throw new Error(`no convergence: ${JSON.stringify(states)}`);
  }

  /** Decided entries reach whoever was away when the learners changed. */
  #tellLearners(): void {
    const stages = [...this.#world.members.values()].map(({ log }) => log.stage);
    for (const id of this.#ids) {
      const { log } = this.#world.member(id);
      const same = stages.filter(
        ({ epoch, learners }) => epoch === log.stage.epoch && learners.length > log.stage.learners.length,
      );
      if (same[0] !== undefined) this.#world.learn(id, same[0].learners);
    }
  }

  #finalGoal({ id }: StageMember): Index | undefined {
    const proposed = this.#world.propose(id, ['after']);
    return proposed?.accepted === true ? proposed.last : undefined;
  }

  #converged({ log: { stage } }: StageMember, goal: Index): boolean {
    return this.#ids.every((id) => {
      const { delivered, succession } = this.#world.member(id);
      const follows = succession!.status().leader !== undefined;
      return stage.voters.includes(id)
        ? delivered >= goal && follows
        : stage.learners.includes(id) || mayLeave(succession!) || this.#isForgotten(succession!);
    });
  }

  /** All that it knew of the next stage have left for good: nobody can tell it any more that it may. */
  #isForgotten(succession: Succession): boolean {
    const { handOver } = succession.status();
    return handOver.kind === 'retired' && handOver.end.next.voters.every((id) => this.#gone.has(id));
  }

  #calmRound(): void {
    const world = this.#world;
    for (const from of this.#ids) for (const to of this.#ids) while (world.link(from, to).length > 0) world.deliver(from, to);
    for (const id of this.#ids) {
      while (world.store(id)) {
        // every disk is quick again
      }
      if (world.member(id).install !== undefined) world.install(id);
    }
  }

  #readEverywhere({ log }: StageMember): void {
    const tokens = log.stage.voters.map((id) => this.#world.read(id));
    for (let round = 0; round < 20; round++) this.#calmRound();
    for (const token of tokens) {
      if (typeof this.#world.reads.get(token)!.index !== 'number') throw new Error(`read ${token} failed in a healthy group`);
    }
  }

  #changes(): readonly string[] {
    const { invariants, options } = this.#world;
    let from = options.stage.protocol;
    return [...invariants.ends.values()].map((index) => {
      const to = protocolAfter(invariants.decided.get(index)!.entry);
      const change = `${from}→${to}`;
      from = to;
      return change;
    });
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[Math.floor(this.#random() * items.length)]!;
  }
}

const holds = ({ log }: StageMember, like: StageMember['log'], index: Index): boolean =>
  log.base.index >= index || (log.roundAt(index) === like.roundAt(index) && log.epochAt(index) === like.epochAt(index));

const protocolAfter = ({ payload }: Entry): ProtocolName => decodeStage(payload).protocol;

function mayLeave(succession: Succession): boolean {
  const { handOver } = succession.status();
  return handOver.kind === 'retired' && handOver.mayLeave;
}
