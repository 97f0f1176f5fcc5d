// The real replicas, three voters, all interleavings as far as the bounds reach. PAXOS_STATES widens them.
//
// The sandbox judges what is decided by durable copies of (index, round), at whatever ballots they were accepted: that pair names
// a value for ever. What is particular to Paxos is judged here: ballots, promises, and that what is decided outlives both.
import { describe, expect, it } from 'vitest';
import type { Index, NodeId, Protocol } from '../../src/index.js';
import { type PaxosMessage, paxos } from '../../src/index.js';
import { PaxosReplica } from '../../src/paxos/replica.js';
import type { PaxosState } from '../../src/paxos/state.js';
import { type Budgets, type Explored, explore } from '../support/explorer.js';
import { SafetyViolation } from '../support/invariants.js';
import { clearLinks, deliverNewest, restart, storeAll } from '../support/moves.js';
import { Sandbox } from '../support/sandbox.js';
import { stabilize } from '../support/script.js';

const STATES_MAX = Number(process.env.PAXOS_STATES ?? 15_000);

class OpenReplica extends PaxosReplica {
  get open(): PaxosState {
    return this.state;
  }
}

const openPaxos: Protocol<PaxosMessage> = { ...paxos, create: (options) => new OpenReplica(options) };

type World = Sandbox<PaxosMessage>;

const [n1, n2, n3] = ['n1', 'n2', 'n3'] as [NodeId, NodeId, NodeId];

const openOf = (world: World, id: NodeId): PaxosState => (world.member(id).replica as OpenReplica).open;

/** Each life of a replica draws other numbers, as it would from a real source. */
function newWorld(): World {
  let drawn = 0;
  return new Sandbox({
    protocol: openPaxos,
    voters: [n1, n2, n3],
    random: () => (drawn++ % 1024) / 1024,
    limits: { messageBytesMax: 0 },
  });
}

/** As if the leader had asked for it: no pre-vote, and no lease that protects anyone. Safety must not rest on them. */
function campaign(world: World, id: NodeId): void {
  const from = id === n1 ? n2 : n1;
  const { round } = world.member(id).replica!.status();
  world.step(id, { kind: 'message', from, message: { kind: 'timeout-now', round } });
}

/** Of a ballot that its receiver has durably left, or an answer that tells its receiver nothing new. */
function isSpent(world: World, from: NodeId, to: NodeId, message: PaxosMessage): boolean {
  const { hardState } = world.member(to);
  if (message.kind === 'pre-vote' || message.kind === 'pre-vote-answer' || message.round < hardState.round) return true;
  if (message.kind === 'outdated') return message.round <= hardState.round;
  const { round, role } = openOf(world, to);
  if (message.round !== round) return false;
  if (message.kind === 'promise') return role.kind !== 'candidate' || role.hearings.get(from)!.complete;
  if (message.kind !== 'accepted' || role.kind !== 'leader') return false;
  const progress = role.progress.get(from)!;
  const newBeyond = message.beyond.length > 0 && !role.beyond.has(from);
  return (
    message.match <= progress.match &&
    message.sequence <= progress.acknowledged &&
    progress.flow.kind === 'replicate' &&
    !newBeyond
  );
}

function check(world: World): void {
  checkLeaders(world);
  checkBallots(world);
  checkPromises(world);
}

/** Whoever leads knows all that was decided at ballots before its own. */
function checkLeaders(world: World): void {
  const { decided, decidedIn } = world.invariants;
  for (const { id } of world.leaders()) {
    const { log, round } = openOf(world, id);
    for (const { index, round: value } of decided.values()) {
      if (decidedIn.get(index)! < round && log.base.index < index && log.roundAt(index) !== value) {
        throw new SafetyViolation(`${id} leads ballot ${round} without ${index}@${value}`);
      }
    }
  }
}

/** A ballot proposes one value for a slot; and at every ballot after the one that decided a slot, that value. */
function checkBallots(world: World): void {
  const { decided, decidedIn } = world.invariants;
  const proposed = new Map<string, number>();
  for (const id of world.members.keys()) {
    const { log } = openOf(world, id);
    for (let index = (log.base.index + 1) as Index; index <= log.last; index++) {
      const ballot = log.ballotAt(index);
      const value = log.roundAt(index);
      if (ballot === undefined || value === undefined) continue;
      const key = `${index} at ballot ${ballot}`;
      if ((proposed.get(key) ?? value) !== value) throw new SafetyViolation(`two values were proposed for ${key}`);
      proposed.set(key, value);
      const decision = decided.get(index);
      if (decision !== undefined && ballot >= decidedIn.get(index)! && decision.round !== value) {
        throw new SafetyViolation(`${id} accepted another value for ${key} than was decided before`);
      }
    }
  }
}

/** Whoever has promised a ballot accepts nothing lower: a promise under way tells all that its sender holds from before. */
function checkPromises(world: World): void {
  for (const [key, link] of world.links) {
    const { log } = openOf(world, key.split('>')[0] as NodeId);
    for (const message of link) {
      if (message.kind !== 'promise') continue;
      const end = message.more ? message.entries.at(-1)!.index : log.last;
      const told = new Map(message.entries.map((slot) => [slot.index, slot.ballot]));
      for (let index = (message.after + 1) as Index; index <= end; index++) {
        const ballot = log.ballotAt(index);
        if (ballot !== undefined && ballot < message.round && told.get(index) !== ballot) {
          throw new SafetyViolation(`slot ${index} was accepted at ${ballot} after ballot ${message.round} was promised`);
        }
      }
    }
  }
}

/** @param cut links that carry nothing, as `from>to` */
function run(start: World, budgets: Partial<Budgets>, campaigners: readonly NodeId[], cut: readonly string[] = []): Explored {
  const isLost = (world: World, from: NodeId, to: NodeId, message: PaxosMessage): boolean =>
    cut.includes(`${from}>${to}`) || isSpent(world, from, to, message);
  const all = { campaigns: 0, proposals: 0, crashes: 0, reads: 0, ...budgets };
  const explored = explore({ start, budgets: all, campaigners, campaign, isSpent: isLost, check, statesMax: STATES_MAX });
  if (process.env.PAXOS_STATES !== undefined) console.log(explored);
  return explored;
}

function led(): World {
  const world = newWorld();
  campaign(world, n1);
  stabilize(world);
  return world;
}

/** Two proposers of different ballots, and a third voter who has heard of neither. */
function duel(): World {
  const world = newWorld();
  for (const id of [n1, n2]) {
    campaign(world, id);
    storeAll(world, id);
  }
  return world;
}

/** By the promise of one other, while all else that is under way stays so. */
function elect(world: World, id: NodeId, voter: NodeId): void {
  campaign(world, id);
  storeAll(world, id);
  deliverNewest(world, id, voter);
  deliverNewest(world, voter, id);
}

/**
 * Slot 2 holds a, of ballot 1, at n3, and b, of ballot 2, at n2; n1 has lost its copy of a. It leads ballot 4 by n3's promise, and
 * proposes a anew. Should n2 lead next, by n3's promise again, a may be decided, at ballot 4, or not: n3's old copy proves nothing.
 */
function oldValueAgain(): World {
  const world = led();
  world.propose(n1, ['a']);
  deliverNewest(world, n1, n3);
  restart(world, n1);
  clearLinks(world);
  elect(world, n2, n1);
  clearLinks(world);
  world.propose(n2, ['b']);
  storeAll(world, n2);
  clearLinks(world);
  elect(world, n1, n3);
  clearLinks(world);
  world.connect(n1, n3);
  return world;
}

/** n1 has sent slots 2 and 3, one by one, and n2 only has the later one. */
function hole(): World {
  const world = led();
  world.propose(n1, ['a']);
  clearLinks(world);
  world.propose(n1, ['b']);
  world.deliver(n1, n2);
  storeAll(world, n2);
  return world;
}

/** n1 leads ballot 1 and has sent a barrier that n2 has answered; n3 leads ballot 3, and is about to decide a slot. */
function deposed(): World {
  const world = led();
  world.read(n1);
  world.deliver(n1, n2);
  elect(world, n3, n2);
  world.propose(n3, ['c']);
  deliverNewest(world, n3, n2);
  storeAll(world, n3);
  return world;
}

/** n1 has decided slot 2 with n2, and told a client; n3 leads next, by n2's promise, and has yet to decide it anew. */
function inherited(): World {
  const world = led();
  world.propose(n1, ['a']);
  storeAll(world, n1);
  deliverNewest(world, n1, n2);
  deliverNewest(world, n2, n1);
  clearLinks(world);
  elect(world, n3, n2);
  return world;
}

const LIMIT = { timeout: 3_600_000 };

describe('in all interleavings of three voters', () => {
  it('two proposers, a third voter and a crash: no promise is broken', LIMIT, () => {
    expect(run(duel(), { crashes: 1, campaigns: 1 }, [n1]).depth).toBeGreaterThanOrEqual(5);
  });

  it('a leader with two proposals, a rival and a crash: what is decided stays at every later ballot', LIMIT, () => {
    const world = led();
    world.propose(n1, ['a']);
    world.propose(n1, ['b']);
    expect(run(world, { campaigns: 1, crashes: 1 }, [n2]).depth).toBeGreaterThanOrEqual(4);
  });

  it('a hole, a crash and a rival: a slot is decided where it is, and the hole once, by a value or a no-op', LIMIT, () => {
    expect(run(hole(), { campaigns: 1, crashes: 1 }, [n3]).depth).toBeGreaterThanOrEqual(4);
  });

  it('copies of one value at two ballots are no decision', LIMIT, () => {
    const world = oldValueAgain();
    expect(world.leaders().map(({ id }) => id)).toEqual([n1, n2]);
    expect(run(world, { campaigns: 1 }, [n2], ['n1>n2', 'n2>n1']).depth).toBeGreaterThanOrEqual(9);
  });

  it('reads at a deposed and at a new leader: none is stale', LIMIT, () => {
    const world = deposed();
    expect(world.leaders().map(({ id }) => id)).toEqual([n1, n3]);
    expect(run(world, { reads: 2 }, []).depth).toBeGreaterThanOrEqual(4);
  });

  it('reads at a leader that has inherited open slots see what was decided in them', LIMIT, () => {
    const world = inherited();
    expect(world.invariants.highestDecided).toBe(2);
    expect(world.leaders().map(({ id }) => id)).toEqual([n1, n3]);
    expect(run(world, { reads: 2 }, []).depth).toBeGreaterThanOrEqual(4);
  });

  it('a restarted acceptor breaks no promise that it gave before', LIMIT, () => {
    const world = duel();
    deliverNewest(world, n1, n3);
    restart(world, n3);
    expect(run(world, { crashes: 1 }, []).depth).toBeGreaterThanOrEqual(5);
  });
});
