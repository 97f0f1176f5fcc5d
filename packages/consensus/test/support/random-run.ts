// One seed: a sandbox under loss, repetition, reordering, broken links, partitions, stalled disks and crashes that take
// unsynced stores with them, then healed. The invariants are checked after each turn; at the end progress must be made.
import type { NodeId, Protocol } from '../../src/index.js';
import { Sandbox } from './sandbox.js';

export interface RunReport {
  readonly steps: number;
  readonly crashes: number;
  readonly leaders: number;
  readonly decided: number;
  readonly reads: number;
  readonly snapshots: number;
}

/** mulberry32: small, seeded, good enough to shuffle faults. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

const TICK_MS = 20;
const HEAL_ROUNDS_MAX = 4_000;

export function randomRun<Message>(protocol: Protocol<Message>, seed: number, steps: number): RunReport {
  return new RandomRun(protocol, seed).run(steps);
}

class RandomRun<Message> {
  readonly #random: () => number;
  readonly #sandbox: Sandbox<Message>;
  readonly #ids: readonly NodeId[];
  readonly #cut = new Set<string>();
  readonly #chaos: {
    readonly loss: number;
    readonly repeat: number;
    readonly reorder: number;
    readonly crash: number;
    readonly cut: number;
  };
  #crashes = 0;
  #snapshots = 0;
  #proposed = 0;

  constructor(protocol: Protocol<Message>, seed: number) {
    const random = seeded(seed);
    this.#random = random;
    const voters = random() < 0.7 ? ['n1', 'n2', 'n3'] : ['n1', 'n2', 'n3', 'n4', 'n5'];
    const learners = random() < 0.3 ? ['l1'] : [];
    const limits = {
      messageBytesMax: 1 + Math.floor(random() * 60),
      inFlightMax: 1 + Math.floor(random() * 4),
      undecidedBytesMax: 2000,
    };
    this.#sandbox = new Sandbox({ protocol, voters, learners, limits, random, wire: 'codec' });
    this.#ids = [...this.#sandbox.members.keys()];
    const some = (most: number): number => (random() < 0.3 ? 0 : random() * most);
    this.#chaos = { loss: some(0.1), repeat: some(0.1), reorder: some(0.5), crash: some(0.004), cut: some(0.01) };
  }

  run(steps: number): RunReport {
    for (let step = 0; step < steps; step++) this.#act();
    const decidedBefore = this.#sandbox.invariants.highestDecided;
    this.#heal();
    const { invariants, reads } = this.#sandbox;
    const answered = [...reads.values()].filter(({ index }) => typeof index === 'number').length;
    if (invariants.highestDecided <= decidedBefore) throw new Error('nothing was decided after the faults had ended');
    return {
      steps,
      crashes: this.#crashes,
      leaders: invariants.leaders.size,
      decided: invariants.decided.size,
      reads: answered,
      snapshots: this.#snapshots,
    };
  }

  #act(): void {
    const chance = this.#random();
    const { crash, cut } = this.#chaos;
    if (chance < crash) return this.#crashOne();
    if (chance < crash + cut) return this.#cutOrMend();
    if (chance < 0.6) return this.#deliverOne();
    if (chance < 0.8) return void this.#sandbox.store(this.#pick(this.#ids));
    if (chance < 0.9) return this.#tickOne();
    if (chance < 0.94) return this.#propose();
    if (chance < 0.97) return void this.#ask();
    if (chance < 0.975) return this.#compactOne();
    if (chance < 0.985) return this.#installOne();
    if (chance < 0.986) return this.#transfer();
    if (chance < 0.99) return this.#suspect();
    this.#restartOne();
  }

  #deliverOne(): void {
    const sandbox = this.#sandbox;
    const from = this.#pick(this.#ids);
    const to = this.#pick(this.#ids);
    const link = sandbox.link(from, to);
    if (link.length === 0) return;
    if (this.#cut.has(`${from}>${to}`) || this.#random() < this.#chaos.loss) return void link.shift();
    const at = this.#random() < this.#chaos.reorder ? Math.floor(this.#random() * link.length) : 0;
    sandbox.deliver(from, to, at, this.#random() < this.#chaos.repeat ? 'repeat' : 'move');
  }

  #tickOne(): void {
    const id = this.#pick(this.#ids);
    this.#sandbox.tick(id, this.#random() < 0.02 ? 1500 : TICK_MS * (1 + Math.floor(this.#random() * 5)));
  }

  #propose(): void {
    const leaders = this.#sandbox.leaders();
    if (leaders.length === 0) return;
    const batch = Array.from({ length: 1 + Math.floor(this.#random() * 3) }, () => `p${++this.#proposed}`);
    this.#sandbox.propose(this.#pick(leaders).id, batch);
  }

  #ask(): void {
    const id = this.#pick(this.#ids);
    if (this.#sandbox.member(id).replica !== undefined) this.#sandbox.read(id);
  }

  #crashOne(): void {
    const id = this.#pick(this.#ids);
    this.#sandbox.crash(id);
    this.#crashes++;
    for (const other of this.#ids) if (this.#random() < 0.8) this.#sandbox.step(other, { kind: 'peer-lost', peer: id });
  }

  #restartOne(): void {
    const down = this.#ids.filter((id) => this.#sandbox.member(id).replica === undefined);
    if (down.length > 0) this.#restart(this.#pick(down));
  }

  #restart(id: NodeId): void {
    this.#sandbox.start(id);
    for (const other of this.#ids) if (other !== id) this.#sandbox.connect(id, other);
  }

  #cutOrMend(): void {
    const left = this.#pick(this.#ids);
    const right = this.#pick(this.#ids);
    if (left === right) return;
    const key = `${left}>${right}`;
    if (this.#cut.delete(key)) return this.#sandbox.connect(left, right);
    this.#cut.add(key);
    if (this.#random() < 0.5) this.#sandbox.loseLink(left, right);
  }

  #compactOne(): void {
    const id = this.#pick(this.#ids);
    const { log, delivered } = this.#sandbox.member(id);
    const safe = Math.min(delivered, log.lastIndex, this.#sandbox.member(id).replica?.status().commit ?? 0);
    if (safe > log.base.index && this.#sandbox.member(id).pending.length === 0) this.#sandbox.compact(id, safe);
  }

  #installOne(): void {
    const id = this.#pick(this.#ids);
    if (this.#sandbox.member(id).install === undefined) return;
    if (this.#random() < 0.2) return this.#sandbox.failInstall(id);
    this.#snapshots++;
    this.#sandbox.install(id);
  }

  #transfer(): void {
    const leaders = this.#sandbox.leaders();
    if (leaders.length > 0) this.#sandbox.step(this.#pick(leaders).id, { kind: 'transfer', to: this.#pick(this.#ids) });
  }

  /** Rightly or wrongly; a suspicion that is wrong is withdrawn sooner or later. */
  #suspect(): void {
    const kind = this.#random() < 0.6 ? 'peer-suspected' : 'peer-trusted';
    this.#sandbox.step(this.#pick(this.#ids), { kind, peer: this.#pick(this.#ids) });
  }

  /** All is well again: within bounded time a proposal is decided everywhere and a read is answered by everyone. */
  #heal(): void {
    const sandbox = this.#sandbox;
    this.#cut.clear();
    for (const id of this.#ids) if (sandbox.member(id).replica === undefined) this.#restart(id);
    for (const left of this.#ids) for (const right of this.#ids) if (left < right) sandbox.connect(left, right);
    let goal: number | undefined;
    for (let round = 0; round < HEAL_ROUNDS_MAX; round++) {
      for (const id of this.#ids) sandbox.tick(id, TICK_MS);
      this.#calmRound();
      const leader = sandbox.leaders().find(({ replica }) => replica!.status().ready);
      if (leader !== undefined && (goal === undefined || round % 500 === 0)) {
        const proposed = sandbox.propose(leader.id, ['after']);
        if (proposed?.accepted === true) goal = proposed.last;
      }
      if (goal !== undefined && this.#ids.every((id) => sandbox.member(id).delivered >= goal!)) return this.#readEverywhere();
    }
    throw new Error(`no convergence: ${JSON.stringify([...sandbox.members.values()].map(({ replica }) => replica?.status()))}`);
  }

  #calmRound(): void {
    const sandbox = this.#sandbox;
    for (const from of this.#ids) for (const to of this.#ids) while (sandbox.link(from, to).length > 0) sandbox.deliver(from, to);
    for (const id of this.#ids) {
      while (sandbox.store(id)) {
        // every disk is quick again
      }
      if (sandbox.member(id).install !== undefined) sandbox.install(id);
    }
  }

  #readEverywhere(): void {
    const tokens = this.#ids.map((id) => this.#sandbox.read(id));
    for (let round = 0; round < 20; round++) this.#calmRound();
    for (const token of tokens) {
      if (typeof this.#sandbox.reads.get(token)!.index !== 'number') throw new Error(`read ${token} failed in a healthy group`);
    }
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[Math.floor(this.#random() * items.length)]!;
  }
}
