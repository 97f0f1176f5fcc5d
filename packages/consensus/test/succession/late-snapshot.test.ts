// A snapshot that was asked for in one stage may be in place only in the next: what it holds is not handed out again.
import { expect, it } from 'vitest';
import { type Index, type NodeId, noIndex, protocols, type Round, Succession } from '../../src/index.js';
import { ELECTION_TIMEOUT, HEARTBEAT_INTERVAL } from '../support/sandbox.js';
import { StageSandbox } from '../support/stage-sandbox.js';
import { settleStages, stageOf } from '../support/stage-script.js';

const [n1, n2, n3] = ['n1', 'n2', 'n3'] as [NodeId, NodeId, NodeId];
const FIRST = stageOf(1, ['raft', n1, n2, n3]);

it('a state of the stage before is taken for what it is: the state machine goes on behind it', () => {
  const world = new StageSandbox({ stage: FIRST });
  world.tick(n1, 2 * ELECTION_TIMEOUT);
  settleStages(world);
  world.propose(n1, ['a', 'b', 'c']);
  settleStages(world);
  world.stopUnprepared(n1, stageOf(2, ['zab', n1, n2, n3]));
  settleStages(world);
  const { log } = world.member(n3);
  expect(log.stage.epoch).toBe(2);
  const restarted = new Succession({
    self: n3,
    log,
    stage: log.stage,
    start: log.start,
    hardState: log.hardState,
    applied: noIndex,
    stopped: undefined,
    protocols,
    electionTimeout: ELECTION_TIMEOUT,
    heartbeatInterval: HEARTBEAT_INTERVAL,
    random: () => 0.5,
  });
  const index = 3 as Index;
  restarted.step({ kind: 'installed', index, round: log.roundAt(index) as Round, stage: FIRST, start: noIndex });
  expect(restarted.effects().commit.map((entry) => entry.index)).toEqual([4, 5]);
});
