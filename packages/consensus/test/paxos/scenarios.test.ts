// Single decisions that deserve a test of their own: each is a hole that a plausible shortcut would open.
import { describe, expect, it } from 'vitest';
import type { Entry, Index, NodeId, PaxosMessage, Round } from '../../src/index.js';
import { paxos } from '../../src/index.js';
import { nextBallot, proposerOf } from '../../src/paxos/elections.js';
import { seeded } from '../support/random-run.js';
import { ELECTION_TIMEOUT, Sandbox, type SandboxOptions } from '../support/sandbox.js';
import { stabilize } from '../support/script.js';
import { settled } from '../support/timed.js';

type World = Sandbox<PaxosMessage>;

const [n1, n2, n3] = ['n1', 'n2', 'n3'] as [NodeId, NodeId, NodeId];

function led(options: Partial<SandboxOptions<PaxosMessage>> = {}): World {
  const world = new Sandbox({ protocol: paxos, voters: [n1, n2, n3], ...options });
  campaign(world, n1);
  stabilize(world);
  expect(world.leaders().map(({ id }) => id)).toEqual([n1]);
  return world;
}

function campaign(world: World, id: NodeId): void {
  const { round } = statusOf(world, id);
  world.step(id, { kind: 'message', from: id === n1 ? n2 : n1, message: { kind: 'timeout-now', round } });
}

function tellRound(world: World, id: NodeId, round: number): void {
  world.step(id, { kind: 'message', from: id === n1 ? n2 : n1, message: { kind: 'outdated', round: round as Round } });
}

const statusOf = (world: World, id: NodeId): ReturnType<NonNullable<ReturnType<World['member']>['replica']>['status']> =>
  world.member(id).replica!.status();

const under = (world: World, from: NodeId, to: NodeId): readonly string[] => world.link(from, to).map(({ kind }) => kind);

const slot = (index: number, ballot: number, kind: Entry['kind'] = 'normal'): Entry => ({
  index: index as Index,
  round: ballot as Round,
  ballot: ballot as Round,
  kind,
  payload: new Uint8Array([ballot]),
});

describe('ballots', () => {
  it('belong to one proposer each, and the next own one is the lowest above all that were seen', () => {
    for (const voters of [[n1], [n1, n2, n3], ['a', 'b', 'c', 'd', 'e'] as NodeId[]]) {
      for (const self of voters) {
        for (let round = 0; round < 40; round++) {
          const next = nextBallot({ voters, self, round: round as Round });
          expect(next).toBeGreaterThan(round);
          expect(next).toBeLessThanOrEqual(round + voters.length);
          expect(proposerOf({ voters }, next)).toBe(self);
        }
      }
    }
  });

  it('that a proposer began before a crash give it no promises for another page', () => {
    const world = led();
    world.propose(n1, ['a', 'b']);
    stabilize(world);
    campaign(world, n2);
    // It asked for slots above 3, and forgets with the crash that these are decided, and its ballot.
    world.deliver(n2, n3);
    world.store(n3);
    expect(world.link(n3, n2).at(-1)).toMatchObject({ kind: 'promise', round: 2, after: 3 });
    world.crash(n2, 'links-remain');
    world.start(n2);
    campaign(world, n2);
    world.store(n2);
    expect(statusOf(world, n2)).toMatchObject({ role: 'candidate', round: 2, commit: 1 });
    while (world.link(n3, n2).length > 0) world.deliver(n3, n2);
    expect(statusOf(world, n2).role).toBe('candidate');
    stabilize(world);
    expect(statusOf(world, n2)).toMatchObject({ role: 'leader', commit: 3, ready: true });
  });
});

describe('promises', () => {
  it('of all others make nobody a leader before its own is durable', () => {
    const world = new Sandbox({ protocol: paxos, voters: [n1, n2, n3] });
    campaign(world, n1);
    for (const other of [n2, n3]) {
      world.deliver(n1, other);
      world.store(other);
      world.deliver(other, n1);
    }
    expect(statusOf(world, n1).role).toBe('candidate');
    world.store(n1);
    expect(statusOf(world, n1).role).toBe('leader');
  });

  it('tell of slots beyond a hole', () => {
    const world = led();
    world.propose(n1, ['lost']);
    for (const other of [n2, n3]) world.link(n1, other).length = 0;
    world.propose(n1, ['arrives']);
    world.deliver(n1, n2);
    world.store(n2);
    world.crash(n1);
    campaign(world, n3);
    stabilize(world);
    expect(statusOf(world, n3)).toMatchObject({ role: 'leader', commit: 3 });
    expect(world.invariants.decided.get(2 as Index)!.kind).toBe('noop');
    expect(world.invariants.decided.get(3 as Index)!.round).toBe(1);
  });
});

describe('an acceptor', () => {
  it('confirms nothing at a ballot that it could still forget', () => {
    const world = led();
    world.propose(n1, ['x']);
    stabilize(world);
    const accept = { kind: 'accept', round: 3, previous: 2, commit: 0, sequence: 1, entries: [] };
    world.step(n2, { kind: 'message', from: n3, message: accept as unknown as PaxosMessage });
    expect(under(world, n2, n3)).toEqual([]);
    world.store(n2);
    expect(under(world, n2, n3)).toEqual(['accepted']);
  });

  it('answers a heartbeat at once though its disk is stalled, so that reads go on', () => {
    const world = led();
    world.propose(n1, ['x']);
    world.deliver(n1, n2);
    world.deliver(n1, n3);
    world.read(n1);
    world.deliver(n1, n2);
    world.deliver(n2, n1);
    expect(world.reads.get(1)!.index).toBe(1);
  });

  it('accepts what lies above a snapshot that is on its way in, and nothing else', () => {
    const world = led();
    const { round } = statusOf(world, n1);
    const offer = { kind: 'offer-snapshot', round, index: 5 as Index, indexRound: round } as const;
    world.step(n3, { kind: 'message', from: n1, message: offer });
    const entries = [4, 5, 6, 7].map((index) => slot(index, round));
    const accept = { kind: 'accept', round, previous: 3 as Index, commit: 1 as Index, sequence: 1, entries } as const;
    world.step(n3, { kind: 'message', from: n1, message: accept });
    stabilize(world, [n1, n2]);
    expect(world.member(n3).log.roundAt(5 as Index)).toBeUndefined();
    expect(world.member(n3).log.roundAt(6 as Index)).toBe(round);
    expect(statusOf(world, n3)).toMatchObject({ commit: 1, last: 7 });
    world.install(n3);
    expect(statusOf(world, n3)).toMatchObject({ commit: 5, last: 7 });
    // The two above were accepted at this very ballot: with the snapshot below them, all is held.
    expect(world.link(n3, n1).at(-1)).toMatchObject({ kind: 'accepted', match: 7 });
  });

  it('that holds the value at the end of a snapshot may lack what lies before it', () => {
    const world = led();
    const accept = { kind: 'accept', commit: 1 as Index, sequence: 1 } as const;
    const first = { ...accept, round: 1 as Round, previous: 1 as Index, entries: [slot(2, 1)] };
    const second = { ...accept, round: 2 as Round, previous: 2 as Index, entries: [slot(3, 2)] };
    world.step(n3, { kind: 'message', from: n1, message: first });
    world.step(n3, { kind: 'message', from: n2, message: second });
    const offer = { kind: 'offer-snapshot', round: 4 as Round, index: 3 as Index, indexRound: 2 as Round } as const;
    world.step(n3, { kind: 'message', from: n1, message: offer });
    expect(world.member(n3).install).toMatchObject({ from: n1, index: 3, round: 2 });
    expect(statusOf(world, n3).commit).toBe(1);
  });

  it('whose copy of a decided value is old does not write it again', () => {
    const world = led();
    world.propose(n1, ['x']);
    stabilize(world);
    world.crash(n1);
    campaign(world, n2);
    stabilize(world);
    expect(statusOf(world, n2)).toMatchObject({ role: 'leader', round: 2 });
    expect(world.member(n3).log.ballotAt(2 as Index)).toBe(1);
  });
});

describe('an acceptor with a damaged slot', () => {
  /** n3 alone of the living holds slot 2, which n1 has decided with it; its bytes rot. */
  function rotten(): World {
    const world = led();
    world.propose(n1, ['x']);
    world.store(n1);
    world.deliver(n1, n3);
    world.store(n3);
    world.deliver(n3, n1);
    expect(statusOf(world, n1).commit).toBe(2);
    world.crash(n3);
    world.crash(n1);
    world.start(n3);
    const { log } = world.member(n3);
    const read = log.read.bind(log);
    log.read = (from, to, bytesMax) => {
      const entries = read(from, to, bytesMax);
      const at = entries.findIndex(({ index, ballot }) => index === 2 && ballot === 1);
      return at < 0 ? entries : entries.slice(0, at);
    };
    return world;
  }

  it('never calls it empty: it gives no promise that would cover it', () => {
    const world = rotten();
    campaign(world, n2);
    stabilize(world);
    expect(statusOf(world, n2).role).toBe('candidate');
    expect(statusOf(world, n3).round).toBe(2);
  });

  it('does not lead by its own word', () => {
    const world = rotten();
    campaign(world, n3);
    stabilize(world);
    expect(statusOf(world, n3).role).toBe('candidate');
  });

  it('promises again once another has told of it, and the slot is accepted anew', () => {
    const world = rotten();
    world.start(n1);
    tellRound(world, n1, 2);
    campaign(world, n1);
    world.link(n1, n3).length = 0;
    stabilize(world);
    expect(statusOf(world, n1)).toMatchObject({ role: 'leader', round: 4 });
    world.propose(n1, ['x']);
    stabilize(world);
    world.connect(n1, n3);
    stabilize(world);
    expect(world.member(n3).log.ballotAt(2 as Index)).toBe(4);
    world.crash(n1);
    campaign(world, n2);
    stabilize(world);
    expect(statusOf(world, n2)).toMatchObject({ role: 'leader', ready: true });
  });
});

describe('a stop-sign', () => {
  it('that gives way to another value stops nobody', () => {
    const world = led();
    world.propose(n1, ['']);
    world.propose(n1, [''], 'stop-sign');
    world.store(n1);
    world.store(n1);
    world.crash(n1);
    campaign(world, n2);
    stabilize(world);
    expect(world.propose(n2, ['a', 'b'])).toMatchObject({ accepted: true, first: 2, last: 3 });
    world.start(n1);
    expect(statusOf(world, n1).stopSign).toBe(3);
    world.connect(n1, n2);
    stabilize(world);
    for (const id of [n1, n2, n3]) expect(statusOf(world, id)).toMatchObject({ commit: 3, stopSign: undefined });
  });

  it('is still the first when others were accepted at other ballots: what is adopted above it is void, and may be anything', () => {
    const world = new Sandbox({ protocol: paxos, voters: [n1, n2, n3] });
    campaign(world, n3);
    const promise = {
      kind: 'promise',
      round: 3 as Round,
      after: 0 as Index,
      base: 0 as Index,
      baseRound: 0 as Round,
      more: false,
    };
    const entries = [slot(1, 2, 'stop-sign'), slot(2, 1), slot(3, 1, 'stop-sign')];
    world.store(n3);
    const message = { ...promise, decided: 0 as Index, entries } as PaxosMessage;
    world.step(n3, { kind: 'message', from: n1, message });
    expect(statusOf(world, n3)).toMatchObject({ role: 'leader', last: 3, stopSign: 1 });
    expect(world.propose(n3, ['late'])).toMatchObject({ accepted: false, reason: 'stopped' });
  });
});

describe('a killed leader', () => {
  it('is replaced by any other, which learns from the third what it lacks', () => {
    const world = led();
    world.propose(n1, ['x']);
    world.deliver(n1, n3);
    world.store(n3);
    world.crash(n1);
    for (const id of [n2, n3]) world.step(id, { kind: 'peer-lost', peer: n1 });
    stabilize(world);
    expect(statusOf(world, n2)).toMatchObject({ role: 'leader', commit: 2 });
    expect(world.invariants.decided.get(2 as Index)!.round).toBe(1);
  });
});

describe('a voter that lags far behind', () => {
  it('is not helped to lead by whoever can lead at once', () => {
    const world = led();
    world.crash(n2);
    world.propose(
      n1,
      Array.from({ length: 1100 }, () => 'x'),
    );
    stabilize(world);
    world.crash(n1);
    world.start(n2);
    world.tick(n2, 1000);
    for (const id of [n2, n3]) world.step(id, { kind: 'peer-lost', peer: n1 });
    stabilize(world);
    expect(world.leaders().map(({ id }) => id)).toEqual([n3]);
    expect(statusOf(world, n2)).toMatchObject({ leader: n3, commit: 1101 });
  });
});

describe('a leader whose disk is silent', () => {
  it('hands over though its heartbeats flow, and does not stand while it is', () => {
    const world = led();
    world.propose(n1, ['x']);
    for (let beat = 0; beat < 40; beat++) {
      for (const id of [n1, n2, n3]) world.tick(id, 100);
      stabilize(world, [n1]);
    }
    expect(world.leaders()).toHaveLength(1);
    expect(statusOf(world, n1)).toMatchObject({ role: 'follower', round: 2, leader: world.leaders()[0]!.id });
    stabilize(world);
    for (const id of [n1, n2, n3]) expect(statusOf(world, id).commit).toBe(2);
  });
});

describe('proposals', () => {
  it('beyond the limit of undecided bytes are refused until some are decided', () => {
    const world = led({ limits: { undecidedBytesMax: 200 } });
    expect(world.propose(n1, ['x'.repeat(100)])).toMatchObject({ accepted: true });
    expect(world.propose(n1, ['y'.repeat(100)])).toEqual({ accepted: false, reason: 'busy', leader: n1 });
    stabilize(world);
    expect(world.propose(n1, ['y'.repeat(100)])).toMatchObject({ accepted: true, first: 3, last: 3 });
  });
});

describe('a follower that forgot in a crash what was decided', () => {
  it('is told again, though it had confirmed it', () => {
    const world = led();
    world.propose(n1, ['x']);
    stabilize(world);
    tellRound(world, n2, 2);
    campaign(world, n3);
    stabilize(world);
    expect(statusOf(world, n3)).toMatchObject({ role: 'leader', commit: 2 });
    expect(statusOf(world, n3).progress).toContainEqual({ id: n2, match: 2, state: 'replicate', inFlight: 0 });
    world.crash(n2);
    world.member(n2).hardState = { ...world.member(n2).hardState, commit: 0 as Index };
    world.start(n2);
    world.connect(n2, n3);
    stabilize(world);
    expect(statusOf(world, n2)).toMatchObject({ commit: 2, leader: n3 });
  });
});

describe('a hub that alone reaches a majority', () => {
  it('leads within four election time-outs though it needs a snapshot first', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const timed = settled(paxos, seed, 5);
      const { sandbox } = timed;
      const leader = timed.leader()!;
      const hub = timed.ids.find((id) => id !== leader)!;
      sandbox.crash(hub);
      sandbox.propose(leader, ['a', 'b', 'c']);
      timed.rest(200);
      for (const id of timed.ids) if (id !== hub) sandbox.compact(id, sandbox.member(id).delivered);
      sandbox.start(hub);
      const random = seeded(seed);
      for (const left of timed.ids)
        for (const right of timed.ids)
          if (left < right && ([left, right].includes(leader) || ![left, right].includes(hub))) timed.cut(left, right);
      const install = (): void => {
        if (sandbox.member(hub).install !== undefined) sandbox.install(hub);
        timed.after(random() * 50, install);
      };
      install();
      timed.runUntil(() => timed.leader() === hub, 4 * ELECTION_TIMEOUT);
    }
  });
});
