// How long a group is without a leader, in virtual time, with hosts that tick every 10 ms, links of a fraction of a
// millisecond and disks of a few. What is measured is the protocol's own waiting.
import { describe, expect, it } from 'vitest';
import type { NodeId } from '../../src/index.js';
import { type RaftMessage, raft } from '../../src/index.js';
import { seeded } from '../support/random-run.js';
import { ELECTION_TIMEOUT, Sandbox } from '../support/sandbox.js';

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
  /** Links that carry nothing. */
  readonly #cut = new Set<string>();
  /** On top of LINK_MS, at most: how long messages wait behind other work of a busy machine. */
  delayMax = 0;
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
  timed.rest(500);
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

describe('survivors of a killed leader on a busy machine', () => {
  it('do not split their votes though their messages cross', () => {
    const gaps: number[] = [];
    for (let seed = 1; seed <= 60; seed++) {
      const timed = settled(seed, 3);
      timed.delayMax = 25;
      gaps.push(killLeader(timed, 5, seeded(seed)));
    }
    expect(quantile(gaps, 0.9)).toBeLessThan(150);
    expect(quantile(gaps, 1)).toBeLessThan(ELECTION_TIMEOUT);
  });
});

describe('a live leader is not deposed', () => {
  it('by any follower that loses its link to it, however often', () => {
    const timed = settled(3, 3);
    const leader = timed.leader()!;
    const { round } = timed.sandbox.member(leader).replica!.status();
    const [one] = timed.ids.filter((id) => id !== leader) as [NodeId];
    for (let time = 0; time < 10; time++) {
      timed.cut(leader, one);
      timed.rest(3_000);
      timed.mend(leader, one);
      timed.rest(300);
      expect(timed.leader()).toBe(leader);
      expect(timed.sandbox.member(one).replica!.status()).toMatchObject({ role: 'follower', leader, round });
    }
  });
});

describe('with links missing, within four election time-outs', () => {
  const LIMIT_MS = 4 * ELECTION_TIMEOUT;

  function cutAll(timed: Timed, isCut: (left: NodeId, right: NodeId) => boolean): void {
    for (const left of timed.ids) for (const right of timed.ids) if (left < right && isCut(left, right)) timed.cut(left, right);
  }

  const leads = (timed: Timed, id: NodeId): boolean =>
    timed.sandbox.leaders().some((member) => member.id === id && member.replica!.status().ready);

  for (let seed = 1; seed <= 5; seed++) {
    it(`quorum loss: the only one who reaches a majority takes over from a leader that reaches it alone (seed ${seed})`, () => {
      const timed = settled(seed, 5);
      const leader = timed.leader()!;
      const hub = timed.ids.find((id) => id !== leader)!;
      cutAll(timed, (left, right) => left !== hub && right !== hub);
      timed.runUntil(() => leads(timed, hub), LIMIT_MS);
    });

    it(`constrained election: the only one who reaches a majority takes over from a leader that is cut off (seed ${seed})`, () => {
      const timed = settled(seed, 5);
      const leader = timed.leader()!;
      const hub = timed.ids.find((id) => id !== leader)!;
      cutAll(timed, (left, right) => [left, right].includes(leader) || ![left, right].includes(hub));
      timed.runUntil(() => leads(timed, hub), LIMIT_MS);
    });

    it(`chained: the leader stays, whoever else is out of its reach (seed ${seed})`, () => {
      const timed = settled(seed, 3);
      const leader = timed.leader()!;
      const { round } = timed.sandbox.member(leader).replica!.status();
      timed.cut(leader, timed.ids.find((id) => id !== leader)!);
      timed.rest(LIMIT_MS);
      expect(timed.sandbox.member(leader).replica!.status()).toMatchObject({ role: 'leader', round });
    });
  }
});

describe('a new group', () => {
  it('elects its first leader as soon as its links are up', () => {
    const timed = new Timed(1, 3);
    timed.rest(20);
    for (const left of timed.ids) for (const right of timed.ids) if (left < right) timed.sandbox.connect(left, right);
    expect(timed.runUntil(() => timed.leader() !== undefined, 1_000)).toBeLessThan(100);
  });
});
