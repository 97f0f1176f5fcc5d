// Knowing is holding: what a member that is merely told of the end of its stage does, and does not.
import { describe, expect, it } from 'vitest';
import type { ControlMessage, Entry, NodeId, StageEnd } from '../../src/index.js';
import { ELECTION_TIMEOUT } from '../support/sandbox.js';
import { type Envelope, StageSandbox } from '../support/stage-sandbox.js';
import { settleStages, stageOf } from '../support/stage-script.js';

const [n1, n2, n3] = ['n1', 'n2', 'n3'] as [NodeId, NodeId, NodeId];
const NEXT = stageOf(2, ['zab', n1, n2, n3]);

/** n1 has decided x and the stop-sign with n2's copies. It has said so to both, and n2 and n3 have heard nothing since. */
function decidedByOne(): StageSandbox {
  const world = new StageSandbox({ stage: stageOf(1, ['paxos', n1, n2, n3]) });
  world.tick(n1, 2 * ELECTION_TIMEOUT);
  settleStages(world);
  world.propose(n1, ['x']);
  world.stopUnprepared(n1, NEXT);
  world.link(n1, n3).length = 0;
  while (world.member(n1).succession!.status().handOver.kind !== 'ended') {
    world.store(n1);
    world.deliver(n1, n2);
    world.store(n2);
    world.deliver(n2, n1);
  }
  expect(world.member(n3).succession!.status()).toMatchObject({ epoch: 1, commit: 1, last: 1 });
  return world;
}

function deliverStopped(world: StageSandbox, to: NodeId): void {
  const isNews = (envelope: Envelope): boolean => envelope.kind === 'control' && envelope.message.kind === 'stopped';
  expect(world.deliver(n1, to, world.link(n1, to).findIndex(isNews))).toBe(true);
}

const handOver = (world: StageSandbox, id: NodeId): string => world.member(id).succession!.status().handOver.kind;

const said = (world: StageSandbox, from: NodeId, to: NodeId): readonly ControlMessage[] =>
  world.link(from, to).flatMap((envelope) => (envelope.kind === 'control' ? [envelope.message] : []));

function tell(world: StageSandbox, to: NodeId, message: ControlMessage): void {
  world.member(to).succession!.step({ kind: 'control', from: n1, message });
  world.turn(to);
}

function ofTheEnd(world: StageSandbox): { readonly end: StageEnd; readonly entries: readonly Entry[] } {
  const entries = [...world.invariants.decided.values()].map(({ entry }) => entry);
  return { end: { epoch: 1 as never, index: entries.at(-1)!.index, next: NEXT }, entries };
}

describe('whoever is told that the stage has ended', () => {
  it('goes on in it when the only one that knew is gone: the majority that is left decides the same end again', () => {
    const world = decidedByOne();
    for (const id of [n2, n3]) deliverStopped(world, id);
    world.crash(n1);
    for (const id of [n2, n3]) {
      expect(handOver(world, id)).toBe('catching-up');
      world.lost(id, n1);
    }
    for (let beat = 0; beat < 100 && world.leaders().every(({ log }) => log.stage.epoch === 1); beat++) {
      for (const id of [n2, n3]) world.tick(id, 50);
      settleStages(world);
    }
    expect(world.leaders().map(({ log }) => log.stage)).toEqual([NEXT]);
  });

  it('ends it once it has been told everything in order, and not before', () => {
    const world = decidedByOne();
    const { end, entries } = ofTheEnd(world);
    const [, x, stopSign] = entries as [Entry, Entry, Entry];
    tell(world, n3, { kind: 'decided', end, entries: [stopSign] });
    tell(world, n3, { kind: 'decided', end, entries: [x] });
    tell(world, n3, { kind: 'decided', end, entries: [x] });
    expect(handOver(world, n3)).toBe('catching-up');
    tell(world, n3, { kind: 'decided', end, entries: [x, stopSign] });
    expect(handOver(world, n3)).toBe('ended');
  });

  it('tells others what it fetched only once its own log shows it', () => {
    const world = decidedByOne();
    const { end, entries } = ofTheEnd(world);
    tell(world, n3, { kind: 'decided', end, entries: entries.slice(1) });
    expect(handOver(world, n3)).toBe('ended');
    world.link(n3, n1).length = 0;
    const fetch: ControlMessage = { kind: 'fetch', epoch: end.epoch, from: entries[1]!.index };
    tell(world, n3, fetch);
    expect(said(world, n3, n1)).toEqual([{ kind: 'stopped', end }]);
    while (world.store(n3)) {
      // what it fetched, and `Started`
    }
    world.link(n3, n1).length = 0;
    tell(world, n3, fetch);
    expect(said(world, n3, n1)).toMatchObject([{ kind: 'decided', end, entries: [{ index: 2 }, { index: 3 }] }]);
  });
});
