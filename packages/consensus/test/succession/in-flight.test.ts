// Rule 6: what was accepted in a stage and has not been handed out by its end was certainly not applied.
import { utf8Decode } from '@reknit/base';
import { describe, expect, it } from 'vitest';
import type { Epoch, NodeId } from '../../src/index.js';
import { ELECTION_TIMEOUT } from '../support/sandbox.js';
import { StageSandbox } from '../support/stage-sandbox.js';
import { settleStages, stageOf } from '../support/stage-script.js';

const [n1, n2, n3] = ['n1', 'n2', 'n3'] as [NodeId, NodeId, NodeId];

const payloads = (world: StageSandbox): readonly string[] =>
  [...world.invariants.decided.values()]
    .filter(({ entry }) => entry.kind === 'normal')
    .map(({ entry }) => utf8Decode(entry.payload));

describe('a proposal that was under way when its stage ended', () => {
  it('is told to be void, after all that the stage decided, and can be proposed again', () => {
    const world = new StageSandbox({ stage: stageOf(1, ['raft', n1, n2, n3]) });
    world.tick(n1, 2 * ELECTION_TIMEOUT);
    settleStages(world);
    const lost = world.propose(n1, ['lost']);
    for (const other of [n2, n3]) world.link(n1, other).length = 0;
    // n1 is cut off, another leads, and ends the stage.
    world.lost(n2, n1);
    world.lost(n3, n1);
    world.store(n1);
    for (let step = 0; step < 20; step++) {
      world.deliver(n2, n3);
      world.deliver(n3, n2);
      for (const id of [n2, n3]) world.store(id);
    }
    world.link(n2, n1).length = 0;
    expect(world.stopUnprepared(n2, stageOf(2, ['zab', n1, n2, n3, 'preferred', n1]))).toMatchObject({ accepted: true });
    settleStages(world);
    expect(world.member(n1).ended).toEqual([1]);
    expect(lost).toMatchObject({ accepted: true, first: 2 });
    expect(payloads(world)).toEqual([]);
    expect(world.leaders().map(({ id, log }) => [id, log.stage.epoch])).toEqual([[n1, 2 as Epoch]]);
    expect(world.propose(n1, ['again'])).toMatchObject({ accepted: true });
    settleStages(world);
    expect(payloads(world)).toEqual(['again']);
  });
});

describe('a proposal between two stages', () => {
  it('is refused: nobody leads', () => {
    const world = new StageSandbox({ stage: stageOf(1, ['raft', n1, n2, n3]) });
    world.tick(n1, 2 * ELECTION_TIMEOUT);
    settleStages(world);
    world.stopUnprepared(n1, stageOf(2, ['raft', n1, n2, n3]));
    expect(world.propose(n1, ['x'])).toEqual({ accepted: false, reason: 'stopped', leader: n1 });
    while (world.member(n1).succession!.status().handOver.kind !== 'ended') {
      world.deliver(n1, n2);
      world.store(n2);
      world.deliver(n2, n1);
      world.store(n1);
    }
    expect(world.propose(n1, ['x'])).toEqual({ accepted: false, reason: 'stopped', leader: undefined });
  });
});
