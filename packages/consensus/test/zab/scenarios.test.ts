// Single decisions that deserve a test of their own: each is a hole that a plausible shortcut would open.
import { describe, expect, it } from 'vitest';
import type { NodeId, Round, ZabMessage } from '../../src/index.js';
import { zab } from '../../src/index.js';
import { seeded } from '../support/random-run.js';
import { Sandbox, type SandboxOptions } from '../support/sandbox.js';
import { stabilize } from '../support/script.js';

type World = Sandbox<ZabMessage>;

const [n1, n2, n3] = ['n1', 'n2', 'n3'] as [NodeId, NodeId, NodeId];

function led(options: Partial<SandboxOptions<ZabMessage>> = {}): World {
  const world = new Sandbox({ protocol: zab, voters: [n1, n2, n3], ...options });
  campaign(world, n1);
  stabilize(world);
  expect(world.leaders().map(({ id }) => id)).toEqual([n1]);
  return world;
}

function campaign(world: World, id: NodeId): void {
  const { round } = statusOf(world, id);
  world.step(id, { kind: 'message', from: id === n1 ? n2 : n1, message: { kind: 'timeout-now', round } });
}

function tellEpoch(world: World, id: NodeId, epoch: number): void {
  world.step(id, { kind: 'message', from: id === n1 ? n2 : n1, message: { kind: 'outdated', round: epoch as Round } });
}

const statusOf = (world: World, id: NodeId): ReturnType<NonNullable<ReturnType<World['member']>['replica']>['status']> =>
  world.member(id).replica!.status();

const under = (world: World, from: NodeId, to: NodeId): readonly string[] => world.link(from, to).map(({ kind }) => kind);

function storeAll(world: World, id: NodeId): void {
  for (let more = true; more; ) more = world.store(id);
}

describe('promises', () => {
  it('asked for before a crash elect nobody whose log the crash has shortened', () => {
    const world = led();
    world.propose(n1, ['decided by the others, lost with the crash']);
    for (const other of [n2, n3]) {
      world.deliver(n1, other);
      storeAll(world, other);
      world.deliver(other, n1);
    }
    expect(statusOf(world, n1).commit).toBe(2);
    tellEpoch(world, n1, 2);
    campaign(world, n1);
    world.link(n1, n2).splice(0, world.link(n1, n2).length - 1);
    world.deliver(n1, n2);
    storeAll(world, n2);
    expect(under(world, n2, n1)).toEqual(['ack-epoch']);
    world.crash(n1, 'links-remain');
    world.start(n1);
    tellEpoch(world, n1, 2);
    campaign(world, n1);
    while (world.store(n1)) expect(statusOf(world, n1)).toMatchObject({ role: 'candidate', round: 3, last: 1 });
    world.deliver(n2, n1);
    expect(statusOf(world, n1).role).toBe('candidate');
  });

  it('of all others elect nobody before the own one is durable', () => {
    const world = new Sandbox({ protocol: zab, voters: [n1, n2, n3] });
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

  it('asked for twice leave neither time before they are durable', () => {
    const world = new Sandbox({ protocol: zab, voters: [n1, n2, n3] });
    campaign(world, n1);
    world.deliver(n1, n2, 0, 'repeat');
    world.deliver(n1, n2);
    expect(under(world, n2, n1)).toEqual([]);
    world.store(n2);
    expect(under(world, n2, n1)).toEqual(['ack-epoch', 'ack-epoch']);
  });
});

describe('a new leader', () => {
  it('broadcasts nothing before a majority, itself included, has acknowledged NEWLEADER durably', () => {
    const world = new Sandbox({ protocol: zab, voters: [n1, n2, n3] });
    campaign(world, n1);
    world.deliver(n1, n2);
    world.store(n2);
    world.deliver(n2, n1);
    world.store(n1);
    expect(world.propose(n1, ['x'])).toMatchObject({ accepted: true, first: 2, round: 1 });
    expect(under(world, n1, n2)).toEqual(['new-leader']);
    world.deliver(n1, n2);
    world.store(n2);
    world.deliver(n2, n1);
    expect(statusOf(world, n1)).toMatchObject({ phase: 'synchronization', ready: false });
    expect(under(world, n1, n2)).toEqual([]);
    world.store(n1);
    expect(statusOf(world, n1).phase).toBe('broadcast');
    expect(under(world, n1, n2)).toEqual(['propose']);
  });

  it('counts no acknowledgement without its epoch, and goes on (ZOOKEEPER-4685)', () => {
    const world = new Sandbox({ protocol: zab, voters: [n1, n2, n3] });
    world.crash(n3);
    campaign(world, n1);
    stabilize(world);
    world.crash(n2);
    world.propose(n1, ['x']);
    storeAll(world, n1);
    world.start(n3);
    world.connect(n1, n3);
    world.deliver(n1, n3);
    world.store(n3);
    world.deliver(n3, n1);
    world.deliver(n1, n3);
    expect(statusOf(world, n3)).toMatchObject({ last: 2, phase: 'broadcast' });
    const overtaking = { kind: 'ack', round: 1, history: 0, match: 2, sequence: 0 };
    world.step(n1, { kind: 'message', from: n3, message: overtaking as unknown as ZabMessage });
    expect(statusOf(world, n1)).toMatchObject({ role: 'leader', commit: 1 });
    stabilize(world);
    expect(statusOf(world, n1)).toMatchObject({ role: 'leader', commit: 2 });
  });
});

describe('an acknowledgement of NEWLEADER', () => {
  it('that was lost counts with the next one, though that is of a follower which has restarted and compared nothing yet', () => {
    const world = led();
    world.propose(n1, ['a']);
    world.deliver(n1, n2);
    world.store(n2);
    world.crash(n1);
    campaign(world, n2);
    storeAll(world, n2);
    world.deliver(n2, n3);
    storeAll(world, n3);
    world.deliver(n3, n2);
    storeAll(world, n2);
    world.deliver(n2, n3);
    storeAll(world, n3);
    expect(under(world, n3, n2)).toEqual(['ack']);
    world.crash(n3);
    world.start(n3);
    expect(statusOf(world, n2)).toMatchObject({ phase: 'synchronization', commit: 1 });
    world.tick(n2, 100);
    world.deliver(n2, n3);
    expect(world.link(n3, n2)).toMatchObject([{ kind: 'follower-info' }, { kind: 'ack', history: 2, match: 1 }]);
    world.deliver(n3, n2);
    world.deliver(n3, n2);
    expect(statusOf(world, n2)).toMatchObject({ phase: 'broadcast', commit: 2 });
    stabilize(world);
    expect(statusOf(world, n3)).toMatchObject({ leader: n2, commit: 2 });
  });
});

describe('a session', () => {
  it('takes a repeated proposal, and a repeated NEWLEADER behind it, without any change', () => {
    const world = led();
    world.loseLink(n1, n3);
    world.connect(n1, n3);
    world.deliver(n1, n3);
    world.deliver(n3, n1);
    expect(under(world, n1, n3)).toEqual(['new-leader']);
    const newLeader = world.link(n1, n3)[0]!;
    world.deliver(n1, n3);
    world.propose(n1, ['x']);
    world.deliver(n1, n3, 0, 'repeat');
    world.deliver(n1, n3);
    storeAll(world, n3);
    world.step(n3, { kind: 'message', from: n1, message: newLeader });
    stabilize(world);
    for (const id of [n1, n2, n3]) expect(statusOf(world, id)).toMatchObject({ last: 2, commit: 2 });
  });

  it('is over with its connection: what comes late of it is nothing', () => {
    const world = led();
    world.propose(n1, ['x']);
    const late = world.link(n1, n3)[0]!;
    world.loseLink(n1, n3);
    world.connect(n1, n3);
    world.deliver(n1, n3);
    world.step(n3, { kind: 'message', from: n1, message: late });
    expect(statusOf(world, n3).last).toBe(1);
    expect(under(world, n3, n1)).not.toContain('follower-info');
    stabilize(world);
    expect(statusOf(world, n3)).toMatchObject({ last: 2, commit: 2 });
  });

  it('that a restarted follower does not know is asked for anew', () => {
    const world = led();
    world.crash(n3);
    world.start(n3);
    world.tick(n1, 100);
    world.deliver(n1, n3);
    expect(under(world, n3, n1)).toContain('follower-info');
    stabilize(world);
    expect(statusOf(world, n3)).toMatchObject({ leader: n1, phase: 'broadcast', commit: 1 });
  });
});

describe('a follower', () => {
  it('acknowledges nothing in an epoch that it could still forget', () => {
    const world = led();
    // n2 holds all of it durably, but enters epoch 2 only with this message.
    const info = { kind: 'leader-info', round: 2, session: 1 };
    world.step(n2, { kind: 'message', from: n3, message: info as unknown as ZabMessage });
    expect(under(world, n2, n3)).toEqual([]);
    world.store(n2);
    expect(under(world, n2, n3)).toEqual(['ack-epoch']);
  });

  it('takes a proposal only behind NEWLEADER of its session', () => {
    const world = led();
    world.loseLink(n1, n3);
    world.connect(n1, n3);
    world.deliver(n1, n3);
    world.deliver(n3, n1);
    world.propose(n1, ['x']);
    expect(under(world, n1, n3)).toEqual(['new-leader', 'propose']);
    world.deliver(n1, n3, 1);
    expect(statusOf(world, n3).last).toBe(1);
    expect(under(world, n3, n1)).toEqual(['follower-info']);
    stabilize(world);
    expect(statusOf(world, n3)).toMatchObject({ last: 2, commit: 2 });
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

  it('refuses entries while a snapshot is on its way in, and still follows', () => {
    const world = led();
    world.crash(n3);
    world.propose(n1, ['a', 'b']);
    stabilize(world);
    world.compact(n1, 3);
    world.start(n3);
    world.connect(n1, n3);
    stabilize(world);
    expect(world.member(n3).install).toMatchObject({ from: n1, index: 3, round: 1 });
    world.propose(n1, ['c']);
    stabilize(world);
    expect(statusOf(world, n3)).toMatchObject({ leader: n1, last: 1 });
    world.install(n3);
    stabilize(world);
    expect(statusOf(world, n3)).toMatchObject({ leader: n1, last: 4, commit: 4 });
  });
});

describe('a killed leader', () => {
  it('is replaced by the longest history even when another stands first', () => {
    const world = led();
    world.propose(n1, ['x']);
    world.deliver(n1, n3);
    world.store(n3);
    world.crash(n1);
    for (const id of [n2, n3]) world.step(id, { kind: 'peer-lost', peer: n1 });
    stabilize(world);
    expect(statusOf(world, n3)).toMatchObject({ role: 'leader', commit: 2 });
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

describe('a leader whose link broke', () => {
  it('gains little by a message that comes late', () => {
    const world = led({ random: seeded(1) });
    for (const id of [n1, n2, n3]) world.tick(id, 100);
    const late = world.link(n1, n2).at(-1)!;
    world.crash(n1);
    for (const id of [n2, n3]) world.step(id, { kind: 'peer-lost', peer: n1 });
    world.step(n2, { kind: 'message', from: n1, message: late });
    world.step(n3, { kind: 'message', from: n1, message: late });
    expect(statusOf(world, n2)).toMatchObject({ role: 'follower', leader: n1 });
    for (let time = 0; time < 400 && world.leaders().length === 0; time += 10) {
      for (const id of [n2, n3]) world.tick(id, 10);
      stabilize(world);
    }
    expect(world.leaders()).toHaveLength(1);
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

  it('are refused by a follower, which names the leader', () => {
    expect(led().propose(n2, ['x'])).toEqual({ accepted: false, reason: 'not-leader', leader: n1 });
  });
});

describe('reads', () => {
  it('that a follower forwarded fail when no answer comes within an election time-out', () => {
    const world = led();
    world.read(n2);
    world.link(n2, n1).length = 0;
    for (let beat = 0; beat < 11; beat++) {
      for (const id of [n1, n2, n3]) world.tick(id, 100);
      stabilize(world);
    }
    expect(statusOf(world, n2).leader).toBe(n1);
    expect(world.reads.get(1)!.index).toBe('failed');
  });
});
