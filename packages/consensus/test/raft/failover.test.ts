// How long a group is without a leader, in virtual time, with hosts that tick every 10 ms, links of a fraction of a
// millisecond and disks of a few. What is measured is the protocol's own waiting.
import { describe, expect, it } from 'vitest';
import type { NodeId } from '../../src/index.js';
import { type RaftMessage, raft } from '../../src/index.js';
import { seeded } from '../support/random-run.js';
import { Sandbox } from '../support/sandbox.js';

const TICK_MS = 10;
const STEP_MS = 0.5;
const LINK_MS = 0.5;

interface Due {
  readonly at: number;
  run(): void;
}

/** A sandbox in which each message, store and tick takes its time. */
class Timed {
  readonly sandbox: Sandbox<RaftMessage>;
  readonly #random: () => number;
  readonly #due: Due[] = [];
  now = 0;

  constructor(seed: number, voters: number) {
    this.#random = seeded(seed);
    const ids = Array.from({ length: voters }, (_, at) => `n${at + 1}`);
    this.sandbox = new Sandbox({ protocol: raft, voters: ids, random: this.#random });
    for (const id of this.ids) this.#tickFrom(id, this.#random() * TICK_MS);
  }

  get ids(): readonly NodeId[] {
    return [...this.sandbox.members.keys()];
  }

  leader(): NodeId | undefined {
    return this.sandbox.leaders().find(({ replica }) => replica!.status().ready)?.id;
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
        this.after(LINK_MS, () => this.sandbox.step(to, { kind: 'message', from, message }));
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

function killLeader(timed: Timed, noticeSpreadMs: number, random: () => number): number {
  const dead = timed.leader()!;
  timed.sandbox.crash(dead);
  for (const id of timed.ids)
    timed.after(random() * noticeSpreadMs, () => timed.sandbox.step(id, { kind: 'peer-lost', peer: dead }));
  return timed.runUntil(() => timed.leader() !== undefined, 10_000);
}

function settled(seed: number, voters: number): Timed {
  const timed = new Timed(seed, voters);
  timed.runUntil(() => timed.leader() !== undefined, 10_000);
  const until = timed.now + 500;
  timed.runUntil(() => timed.now >= until, 1_000);
  return timed;
}

function quantile(values: readonly number[], part: number): number {
  return [...values].sort((left, right) => left - right)[Math.floor((values.length - 1) * part)]!;
}

describe('a killed leader is replaced at once', () => {
  for (const [voters, noticeSpreadMs] of [
    [3, 2],
    [3, 15],
    [5, 2],
  ] as const) {
    it(`${voters} voters that learn of it within ${noticeSpreadMs} ms`, () => {
      const gaps: number[] = [];
      for (let seed = 1; seed <= 60; seed++) gaps.push(killLeader(settled(seed, voters), noticeSpreadMs, seeded(seed)));
      if (process.env.RAFT_TIMES !== undefined)
        console.log(
          voters,
          noticeSpreadMs,
          [0.5, 0.9, 1].map((part) => quantile(gaps, part)),
        );
      expect(quantile(gaps, 0.5)).toBeLessThan(30);
      expect(quantile(gaps, 0.9)).toBeLessThan(60);
      expect(quantile(gaps, 1)).toBeLessThan(200);
    });
  }
});

describe('a live leader is not deposed', () => {
  it('by any follower that loses its link to it, however often', () => {
    const timed = settled(3, 3);
    const leader = timed.leader()!;
    const { round } = timed.sandbox.member(leader).replica!.status();
    const [one] = timed.ids.filter((id) => id !== leader) as [NodeId];
    for (let time = 0; time < 10; time++) {
      timed.sandbox.loseLink(leader, one);
      const until = timed.now + 3_000;
      // The link is down: what is sent over it is gone.
      timed.runUntil(() => {
        timed.sandbox.link(leader, one).length = 0;
        timed.sandbox.link(one, leader).length = 0;
        return timed.now >= until;
      }, 4_000);
      timed.sandbox.connect(leader, one);
      const settledAt = timed.now + 300;
      timed.runUntil(() => timed.now >= settledAt, 1_000);
      expect(timed.leader()).toBe(leader);
      expect(timed.sandbox.member(one).replica!.status()).toMatchObject({ role: 'follower', leader, round });
    }
  });
});

describe('a new group', () => {
  it('elects its first leader as soon as its links are up', () => {
    const timed = new Timed(1, 3);
    timed.runUntil(() => timed.now >= 20, 100);
    for (const left of timed.ids) for (const right of timed.ids) if (left < right) timed.sandbox.connect(left, right);
    expect(timed.runUntil(() => timed.leader() !== undefined, 1_000)).toBeLessThan(100);
  });
});
