// The real replicas, three voters, all interleavings as far as the bounds reach. ZAB_STATES widens them.
import { describe, expect, it } from 'vitest';
import type { Index, NodeId, Protocol, Round } from '../../src/index.js';
import { type ZabMessage, zab } from '../../src/index.js';
import { ZabReplica } from '../../src/zab/replica.js';
import type { ZabState } from '../../src/zab/state.js';
import { type Budgets, type Explored, explore } from '../support/explorer.js';
import { SafetyViolation } from '../support/invariants.js';
import { clearLinks, storeAll } from '../support/moves.js';
import { Sandbox } from '../support/sandbox.js';
import { stabilize } from '../support/script.js';

const STATES_MAX = Number(process.env.ZAB_STATES ?? 25_000);

class OpenReplica extends ZabReplica {
  get open(): ZabState {
    return this.state;
  }
}

const openZab: Protocol<ZabMessage> = { ...zab, create: (options) => new OpenReplica(options) };

type World = Sandbox<ZabMessage>;

const [n1, n2, n3] = ['n1', 'n2', 'n3'] as [NodeId, NodeId, NodeId];

const openOf = (world: World, id: NodeId): ZabState => (world.member(id).replica as OpenReplica).open;

/** Each life of a replica draws other numbers, as it would from a real source. */
function newWorld(): World {
  let drawn = 0;
  return new Sandbox({
    protocol: openZab,
    voters: [n1, n2, n3],
    random: () => (drawn++ % 1024) / 1024,
    limits: { messageBytesMax: 0 },
  });
}

/** As if the leader had asked for it: no probe round, and no lease that protects anyone. Safety must not rest on them. */
function campaign(world: World, id: NodeId): void {
  const from = id === n1 ? n2 : n1;
  const { round } = world.member(id).replica!.status();
  world.step(id, { kind: 'message', from, message: { kind: 'timeout-now', round } });
}

/** Of an epoch that its receiver has durably left, of a session that is over, or an answer that tells the leader nothing new. */
function isSpent(world: World, from: NodeId, to: NodeId, message: ZabMessage): boolean {
  const { hardState } = world.member(to);
  if (message.kind === 'pre-vote' || message.kind === 'pre-vote-answer' || message.round < hardState.round) return true;
  if (message.kind === 'outdated') return message.round <= hardState.round;
  const { round, role } = openOf(world, to);
  if (role.kind !== 'leader' || message.round !== round) return false;
  const session = role.sessions.get(from);
  const progress = role.progress.get(from)!;
  switch (message.kind) {
    case 'ack':
      return (
        message.match <= progress.match &&
        message.sequence <= progress.acknowledged &&
        (message.history < round || session?.acknowledged === true)
      );
    case 'ack-epoch':
      return session !== undefined && (session.id !== message.session || session.stage.kind !== 'discovery');
    case 'follower-info':
      return session?.id !== message.session;
    default:
      return false;
  }
}

function check(world: World): void {
  for (const { id } of world.leaders()) checkLeader(world, id);
  checkLogMatching(world);
  for (const { id, hardState } of world.members.values()) {
    if (hardState.history > hardState.round) throw new SafetyViolation(`${id} takes part in an epoch that it has not accepted`);
  }
}

/**
 * Whoever leads holds all that was decided in epochs before its own. And the epoch is never on a disk before the log: who has it
 * durably as its currentEpoch durably holds the whole history that it began with.
 */
function checkLeader(world: World, id: NodeId): void {
  const { log, round, role } = openOf(world, id);
  const { decided, decidedIn } = world.invariants;
  for (const entry of decided.values()) {
    if (decidedIn.get(entry.index)! < round && log.base.index < entry.index && log.roundAt(entry.index) !== entry.round) {
      throw new SafetyViolation(`${id} leads epoch ${round} without ${entry.index}@${entry.round}`);
    }
  }
  if (role.kind !== 'leader') return;
  for (const member of world.members.values()) {
    if (member.hardState.history === round && member.log.roundAt(role.historyEnd) !== log.roundAt(role.historyEnd)) {
      throw new SafetyViolation(`${member.id} has epoch ${round} on its disk without its history`);
    }
  }
}

function checkLogMatching(world: World): void {
  const logs = [...world.members.keys()].map((id) => openOf(world, id).log);
  for (const left of logs) {
    for (const right of logs) {
      let agreed = false;
      for (let index = Math.min(left.last, right.last); index > 0; index--) {
        const same = left.roundAt(index as Index) === right.roundAt(index as Index);
        if (agreed && !same) throw new SafetyViolation(`two logs agree above ${index} and differ there`);
        agreed ||= same;
      }
    }
  }
}

function run(start: World, budgets: Partial<Budgets>, campaigners: readonly NodeId[]): Explored {
  const all = { campaigns: 0, proposals: 0, crashes: 0, reads: 0, ...budgets };
  const explored = explore({ start, budgets: all, campaigners, campaign, isSpent, check, statesMax: STATES_MAX });
  if (process.env.ZAB_STATES !== undefined) console.log(explored);
  return explored;
}

function led(): World {
  const world = newWorld();
  campaign(world, n1);
  stabilize(world);
  return world;
}

/** Two prospective leaders of one epoch, and a third voter who has heard of neither. */
function rivals(): World {
  const world = newWorld();
  for (const id of [n1, n2]) {
    campaign(world, id);
    storeAll(world, id);
  }
  return world;
}

/** n1, of epoch 1, alone holds 'a' and 'b'; n3 leads epoch 2, has decided 'c' with n2, and begins a session with n1: TRUNC. */
function truncating(): World {
  const world = led();
  world.propose(n1, ['a']);
  world.propose(n1, ['b']);
  storeAll(world, n1);
  clearLinks(world);
  elect(world, n3, n2);
  world.propose(n3, ['c']);
  stabilizeBetween(world, n2, n3);
  world.deliver(n3, n1, world.link(n3, n1).length - 1);
  clearLinks(world);
  storeAll(world, n1);
  world.connect(n3, n1);
  return world;
}

/**
 * n1 led epoch 1 and alone holds 'a' and 'b'; n3 began epoch 2 with less, alone has it as its currentEpoch, and crashed: the longer
 * log is not the later history.
 */
function longerIsNotLater(): World {
  const world = led();
  world.propose(n1, ['a']);
  world.propose(n1, ['b']);
  storeAll(world, n1);
  clearLinks(world);
  campaign(world, n3);
  storeAll(world, n3);
  world.deliver(n3, n2);
  storeAll(world, n2);
  world.deliver(n2, n3);
  storeAll(world, n3);
  restart(world, n3);
  restart(world, n1);
  clearLinks(world);
  return world;
}

/**
 * 'x' of epoch 1 was decided by NEWLEADER of epoch 3, by n2 with n1; n3 holds 'y' of epoch 2, in its place: the higher zxid and the lower
 * currentEpoch.
 */
function higherZxidOlderEpoch(): World {
  const world = led();
  world.propose(n1, ['x']);
  world.deliver(n1, n2);
  storeAll(world, n2);
  restart(world, n1);
  clearLinks(world);
  elect(world, n3, n1);
  world.propose(n3, ['y']);
  storeAll(world, n3);
  restart(world, n3);
  clearLinks(world);
  tellEpoch(world, n2, 2);
  elect(world, n2, n1);
  stabilizeBetween(world, n2, n1);
  tellEpoch(world, n3, 3);
  storeAll(world, n3);
  clearLinks(world);
  return world;
}

function tellEpoch(world: World, id: NodeId, epoch: number): void {
  world.step(id, { kind: 'message', from: n1, message: { kind: 'outdated', round: epoch as Round } });
}

/** n1 leads epoch 1 and has sent a barrier that n2 has answered; n3 leads epoch 2, which is about to begin broadcast. */
function deposed(): World {
  const world = led();
  world.read(n1);
  world.deliver(n1, n2);
  elect(world, n3, n2);
  world.propose(n3, ['x']);
  return world;
}

/** By the promise of one other, while all else that is under way stays so. */
function elect(world: World, id: NodeId, voter: NodeId): void {
  campaign(world, id);
  storeAll(world, id);
  world.deliver(id, voter, world.link(id, voter).length - 1);
  storeAll(world, voter);
  world.deliver(voter, id, world.link(voter, id).length - 1);
}

function stabilizeBetween(world: World, left: NodeId, right: NodeId): void {
  for (let moved = true; moved; ) {
    moved = world.deliver(left, right) || world.deliver(right, left);
    storeAll(world, left);
    storeAll(world, right);
  }
}

function restart(world: World, id: NodeId): void {
  world.crash(id);
  world.start(id);
}

const LIMIT = { timeout: 3_600_000 };

describe('in all interleavings of three voters', () => {
  it('two rivals, a third promise and a crash: one leader an epoch', LIMIT, () => {
    expect(run(rivals(), { crashes: 1, campaigns: 1 }, [n1]).depth).toBeGreaterThanOrEqual(5);
  });

  it('a leader with two proposals, a rival and a crash: what is decided stays', LIMIT, () => {
    const world = led();
    world.propose(n1, ['a']);
    world.propose(n1, ['b']);
    expect(run(world, { campaigns: 1, crashes: 1 }, [n2]).depth).toBeGreaterThanOrEqual(4);
  });

  it('a synchronisation that cuts, a rival and a crash: the epoch is never durable before the log', LIMIT, () => {
    const world = truncating();
    expect(world.leaders().map(({ id }) => id)).toEqual([n3]);
    expect(world.invariants.highestDecided).toBe(2);
    expect(run(world, { campaigns: 1, crashes: 1 }, [n2]).depth).toBeGreaterThanOrEqual(4);
  });

  it('a longer log of an older epoch and a shorter one of a later: only one of them goes on', LIMIT, () => {
    const world = longerIsNotLater();
    expect([n1, n3].map((id) => [world.member(id).hardState.history, world.member(id).log.lastIndex])).toEqual([
      [1, 3],
      [2, 1],
    ]);
    expect(run(world, { campaigns: 2, proposals: 1 }, [n1, n3]).depth).toBeGreaterThanOrEqual(4);
  });

  it('a higher zxid of an older epoch: what NEWLEADER has decided stays', LIMIT, () => {
    const world = higherZxidOlderEpoch();
    expect(world.invariants.highestDecided).toBe(2);
    expect([n1, n3].map((id) => [world.member(id).hardState.history, world.member(id).log.roundAt(2 as Index)])).toEqual([
      [3, 1],
      [2, 2],
    ]);
    expect(run(world, { campaigns: 1, crashes: 1 }, [n1, n3]).depth).toBeGreaterThanOrEqual(6);
  });

  it('reads at a deposed and at a new leader: none is stale', LIMIT, () => {
    const world = deposed();
    expect(world.leaders().map(({ id }) => id)).toEqual([n1, n3]);
    expect(run(world, { reads: 2 }, []).depth).toBeGreaterThanOrEqual(4);
  });
});
