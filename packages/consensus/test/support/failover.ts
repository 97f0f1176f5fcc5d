// How long a group is without a leader, and that nobody takes a living one's place: the same promises for every protocol.
import { describe, expect, it } from 'vitest';
import type { NodeId, Protocol } from '../../src/index.js';
import { seeded } from './random-run.js';
import { ELECTION_TIMEOUT } from './sandbox.js';
import { killLeader, quantile, settled, Timed } from './timed.js';

export function describeFailover<Message>(protocol: Protocol<Message>): void {
  describe('a killed leader is replaced at once', () => {
    for (const [voters, noticeSpreadMs] of [
      [3, 2],
      [3, 15],
      [5, 2],
    ] as const) {
      it(`${voters} voters that learn of it within ${noticeSpreadMs} ms`, () => {
        const gaps: number[] = [];
        for (let seed = 1; seed <= 60; seed++)
          gaps.push(killLeader(settled(protocol, seed, voters), noticeSpreadMs, seeded(seed)));
        if (process.env.CONSENSUS_TIMES !== undefined)
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
        const timed = settled(protocol, seed, 3);
        timed.delayMax = 25;
        gaps.push(killLeader(timed, 5, seeded(seed)));
      }
      expect(quantile(gaps, 0.9)).toBeLessThan(150);
      expect(quantile(gaps, 1)).toBeLessThan(ELECTION_TIMEOUT);
    });
  });

  describe('a live leader is not deposed', () => {
    it('by any follower that loses its link to it, however often', () => {
      const timed = settled(protocol, 3, 3);
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

    function cutAll(timed: Timed<Message>, isCut: (left: NodeId, right: NodeId) => boolean): void {
      for (const left of timed.ids) for (const right of timed.ids) if (left < right && isCut(left, right)) timed.cut(left, right);
    }

    const leads = (timed: Timed<Message>, id: NodeId): boolean =>
      timed.sandbox.leaders().some((member) => member.id === id && member.replica!.status().ready);

    for (let seed = 1; seed <= 5; seed++) {
      it(`quorum loss: the only one who reaches a majority takes over from a leader that reaches it alone (seed ${seed})`, () => {
        const timed = settled(protocol, seed, 5);
        const leader = timed.leader()!;
        const hub = timed.ids.find((id) => id !== leader)!;
        cutAll(timed, (left, right) => left !== hub && right !== hub);
        timed.runUntil(() => leads(timed, hub), LIMIT_MS);
      });

      it(`constrained election: the only one who reaches a majority takes over from a leader that is cut off (seed ${seed})`, () => {
        const timed = settled(protocol, seed, 5);
        const leader = timed.leader()!;
        const hub = timed.ids.find((id) => id !== leader)!;
        cutAll(timed, (left, right) => [left, right].includes(leader) || ![left, right].includes(hub));
        timed.runUntil(() => leads(timed, hub), LIMIT_MS);
      });

      it(`chained: the leader stays, whoever else is out of its reach (seed ${seed})`, () => {
        const timed = settled(protocol, seed, 3);
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
      const timed = new Timed(protocol, 1, 3);
      timed.rest(20);
      for (const left of timed.ids) for (const right of timed.ids) if (left < right) timed.sandbox.connect(left, right);
      expect(timed.runUntil(() => timed.leader() !== undefined, 1_000)).toBeLessThan(100);
    });
  });
}
