// The real replicas, three voters, all interleavings as far as the bounds reach. RAFT_STATES widens them.
import { describe, expect, it } from 'vitest';
import type { Index, NodeId, Protocol } from '../../src/index.js';
import { type RaftMessage, raft } from '../../src/index.js';
import { RaftReplica } from '../../src/raft/replica.js';
import type { RaftState } from '../../src/raft/state.js';
import { type Budgets, type Explored, explore } from '../support/explorer.js';
import { SafetyViolation } from '../support/invariants.js';
import { clearLinks, storeAll } from '../support/moves.js';
import { Sandbox } from '../support/sandbox.js';
import { stabilize } from '../support/script.js';

const STATES_MAX = Number(process.env.RAFT_STATES ?? 25_000);

class OpenReplica extends RaftReplica {
  get open(): RaftState {
    return this.state;
  }
}

const openRaft: Protocol<RaftMessage> = { ...raft, create: (options) => new OpenReplica(options) };

type World = Sandbox<RaftMessage>;

const [n1, n2, n3] = ['n1', 'n2', 'n3'] as [NodeId, NodeId, NodeId];

/** Time stands still: what is drawn would tell states apart that do not differ. */
function newWorld(): World {
  return new Sandbox({ protocol: openRaft, voters: [n1, n2, n3], random: () => 0.5, limits: { messageBytesMax: 0 } });
}

/** As if the leader had asked for it: no pre-vote, and no lease that protects anyone. Safety must not rest on them. */
function campaign(world: World, id: NodeId): void {
  const from = id === n1 ? n2 : n1;
  const { round } = world.member(id).replica!.status();
  world.step(id, { kind: 'message', from, message: { kind: 'timeout-now', round } });
}

/** Of a round that its receiver has durably left, or an answer that tells the leader nothing new. */
function isSpent(world: World, from: NodeId, to: NodeId, message: RaftMessage): boolean {
  const { hardState, replica } = world.member(to);
  if (message.kind === 'pre-vote' || message.kind === 'pre-vote-answer' || message.round < hardState.round) return true;
  const { round, role } = (replica as OpenReplica).open;
  if (message.kind === 'outdated') return message.round <= hardState.round;
  if (message.kind !== 'appended' || message.round !== round || role.kind !== 'leader') return false;
  const progress = role.progress.get(from)!;
  return message.match <= progress.match && message.sequence <= progress.acknowledged && progress.flow.kind === 'replicate';
}

/** Leader completeness: whoever leads holds all that was decided in rounds before its own. */
function check(world: World): void {
  for (const { id, replica } of world.leaders()) {
    const { log, round } = (replica as OpenReplica).open;
    const { decided, decidedIn } = world.invariants;
    for (const entry of decided.values()) {
      if (decidedIn.get(entry.index)! < round && log.base.index < entry.index && log.roundAt(entry.index) !== entry.round) {
        throw new SafetyViolation(`${id} leads round ${round} without ${entry.index}@${entry.round}`);
      }
    }
  }
  checkLogMatching(world);
}

function checkLogMatching(world: World): void {
  const logs = [...world.members.values()].map(({ replica }) => (replica as OpenReplica).open.log);
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

/** @param cut links that carry nothing, as `from>to` */
function run(start: World, budgets: Partial<Budgets>, campaigners: readonly NodeId[], cut: readonly string[] = []): Explored {
  const isLost = (world: World, from: NodeId, to: NodeId, message: RaftMessage): boolean =>
    cut.includes(`${from}>${to}`) || isSpent(world, from, to, message);
  const all = { campaigns: 0, proposals: 0, crashes: 0, reads: 0, ...budgets };
  const explored = explore({ start, budgets: all, campaigners, campaign, isSpent: isLost, check, statesMax: STATES_MAX });
  if (process.env.RAFT_STATES !== undefined) console.log(explored);
  return explored;
}

function led(): World {
  const world = newWorld();
  campaign(world, n1);
  stabilize(world);
  return world;
}

/** Two candidates of one round, and a third voter who has heard of neither. */
function rivals(): World {
  const world = newWorld();
  for (const id of [n1, n2]) {
    campaign(world, id);
    storeAll(world, id);
  }
  return world;
}

/** Figure 3.7 (c): n1, leading round 3, spreads an entry of round 1; n3 holds one of round 2 and may stand again. */
function figureEight(): World {
  const world = led();
  world.propose(n1, ['a']);
  storeAll(world, n1);
  clearLinks(world);
  elect(world, n3, n2);
  world.propose(n3, ['b']);
  storeAll(world, n3);
  restart(world, n1);
  restart(world, n3);
  // Once in vain in round 2, to come to round 3.
  campaign(world, n1);
  storeAll(world, n1);
  restart(world, n1);
  elect(world, n1, n2);
  world.step(n3, { kind: 'message', from: n2, message: { kind: 'outdated', round: world.member(n2).hardState.round } });
  storeAll(world, n3);
  for (const [key, link] of world.links) if (key !== 'n1>n2') link.length = 0;
  // n2 rejects the probe, and n1 goes back to the entry of round 1.
  world.deliver(n1, n2);
  world.deliver(n2, n1);
  return world;
}

function restart(world: World, id: NodeId): void {
  world.crash(id);
  world.start(id);
}

/** n1 leads round 1 and has sent a barrier that n2 has answered; n3 leads round 2, whose first entry is about to be decided. */
function deposed(): World {
  const world = led();
  world.read(n1);
  world.deliver(n1, n2);
  elect(world, n3, n2);
  world.deliver(n3, n2);
  storeAll(world, n2);
  storeAll(world, n3);
  return world;
}

/** By the vote of one other, while all else that is under way stays so. */
function elect(world: World, id: NodeId, voter: NodeId): void {
  campaign(world, id);
  storeAll(world, id);
  const votes = world.link(id, voter).length - 1;
  world.deliver(id, voter, votes);
  storeAll(world, voter);
  world.deliver(voter, id, world.link(voter, id).length - 1);
}

const LIMIT = { timeout: 3_600_000 };

describe('in all interleavings of three voters', () => {
  it('two rivals, a third vote and a crash: one leader a round', LIMIT, () => {
    expect(run(rivals(), { crashes: 1, campaigns: 1 }, [n1]).depth).toBeGreaterThanOrEqual(7);
  });

  it('a leader with two proposals, a rival and a crash: what is decided stays', LIMIT, () => {
    const world = led();
    world.propose(n1, ['a']);
    world.propose(n1, ['b']);
    expect(run(world, { campaigns: 1, crashes: 1 }, [n2]).depth).toBeGreaterThanOrEqual(4);
  });

  it('figure 3.7: an old round’s entry on a majority is not yet decided', LIMIT, () => {
    const world = figureEight();
    expect(world.leaders().map(({ id }) => id)).toEqual([n1]);
    expect(run(world, { campaigns: 1 }, [n3], ['n1>n3', 'n3>n1'])).toMatchObject({ exhausted: true });
  });

  it('reads at a deposed and at a new leader: none is stale', LIMIT, () => {
    const world = deposed();
    expect(world.leaders().map(({ id }) => id)).toEqual([n1, n3]);
    expect(run(world, { reads: 2 }, []).depth).toBeGreaterThanOrEqual(5);
  });
});
