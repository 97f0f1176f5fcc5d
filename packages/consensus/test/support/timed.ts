// A sandbox in virtual time: hosts that tick every 10 ms, links of a fraction of a millisecond and disks of a few. What is
// measured is the protocol's own waiting.
import type { NodeId, Protocol } from '../../src/index.js';
import { seeded } from './random-run.js';
import { Sandbox } from './sandbox.js';

const TICK_MS = 10;
const STEP_MS = 0.5;
const LINK_MS = 0.5;

interface Due {
  readonly at: number;
  run(): void;
}

/** A sandbox in which each message, store and tick takes its time. */
export class Timed<Message> {
  readonly sandbox: Sandbox<Message>;
  readonly #random: () => number;
  readonly #due: Due[] = [];
  /** Links that carry nothing. */
  readonly #cut = new Set<string>();
  /** On top of LINK_MS, at most: how long messages wait behind other work of a busy machine. */
  delayMax = 0;
  now = 0;

  constructor(protocol: Protocol<Message>, seed: number, voters: number) {
    this.#random = seeded(seed);
    const ids = Array.from({ length: voters }, (_, at) => `n${at + 1}`);
    this.sandbox = new Sandbox({ protocol, voters: ids, random: this.#random });
    for (const id of this.ids) this.#tickFrom(id, this.#random() * TICK_MS);
  }

  get ids(): readonly NodeId[] {
    return [...this.sandbox.members.keys()];
  }

  leader(): NodeId | undefined {
    return this.sandbox.leaders().find(({ replica }) => replica!.status().ready)?.id;
  }

  cut(left: NodeId, right: NodeId): void {
    this.#cut.add(`${left}>${right}`).add(`${right}>${left}`);
    this.sandbox.loseLink(left, right);
  }

  mend(left: NodeId, right: NodeId): void {
    this.#cut.delete(`${left}>${right}`);
    this.#cut.delete(`${right}>${left}`);
    this.sandbox.connect(left, right);
  }

  rest(time: number): void {
    const until = this.now + time;
    this.runUntil(() => this.now >= until, time + 1);
  }

  after(delay: number, run: () => void): void {
    this.#due.push({ at: this.now + delay, run });
  }

  runUntil(done: () => boolean, limit: number): number {
    const start = this.now;
    while (!done()) {
      if (this.now - start > limit) throw new Error(`not within ${limit} ms`);
      this.#advance();
    }
    return this.now - start;
  }

  #advance(): void {
    this.#schedule();
    this.now += STEP_MS;
    for (const { run } of this.#due.filter(({ at }) => at <= this.now).sort((left, right) => left.at - right.at)) run();
    this.#due.splice(0, this.#due.length, ...this.#due.filter(({ at }) => at > this.now));
  }

  /** Everything that has left gets its arrival: links and disks keep their order. */
  #schedule(): void {
    for (const [key, link] of this.sandbox.links) {
      const [from, to] = key.split('>') as [NodeId, NodeId];
      for (const message of link.splice(0)) {
        if (this.#cut.has(key)) continue;
        this.after(LINK_MS + this.#random() * this.delayMax, () => this.sandbox.step(to, { kind: 'message', from, message }));
      }
    }
    for (const { id, pending } of this.sandbox.members.values()) {
      if (pending.length > 0 && this.#random() < 0.3) this.sandbox.store(id);
    }
  }

  #tickFrom(id: NodeId, delay: number): void {
    this.after(delay, () => {
      const member = this.sandbox.member(id);
      this.sandbox.tick(id, this.now - member.now);
      this.#tickFrom(id, TICK_MS);
    });
  }
}

export function killLeader<Message>(timed: Timed<Message>, noticeSpreadMs: number, random: () => number): number {
  const dead = timed.leader()!;
  timed.sandbox.crash(dead);
  for (const id of timed.ids)
    timed.after(random() * noticeSpreadMs, () => timed.sandbox.step(id, { kind: 'peer-lost', peer: dead }));
  return timed.runUntil(() => timed.leader() !== undefined, 10_000);
}

export function settled<Message>(protocol: Protocol<Message>, seed: number, voters: number): Timed<Message> {
  const timed = new Timed(protocol, seed, voters);
  timed.runUntil(() => timed.leader() !== undefined, 10_000);
  timed.rest(500);
  return timed;
}

export function quantile(values: readonly number[], part: number): number {
  return [...values].sort((left, right) => left - right)[Math.floor((values.length - 1) * part)]!;
}
