// Rule 8: a stage whose voters cannot run it is never begun.
import { describe, expect, it } from 'vitest';
import {
  type Epoch,
  type Index,
  type NodeId,
  noIndex,
  type Preflight,
  protocols,
  type Stage,
  Succession,
} from '../../src/index.js';
import { ELECTION_TIMEOUT, HEARTBEAT_INTERVAL } from '../support/sandbox.js';
import { StageSandbox } from '../support/stage-sandbox.js';
import { settleStages, stageOf } from '../support/stage-script.js';

const [n1, n2, n3] = ['n1', 'n2', 'n3'] as [NodeId, NodeId, NodeId];
const NEXT = stageOf(2, ['zab', n1, n2, n3]);

/** Of n2, at its next start. */
const START = {
  self: n2,
  start: noIndex,
  applied: noIndex,
  stopped: undefined,
  protocols,
  electionTimeout: ELECTION_TIMEOUT,
  heartbeatInterval: HEARTBEAT_INTERVAL,
  random: () => 0.5,
} as const;

function led(): StageSandbox {
  const world = new StageSandbox({ stage: stageOf(1, ['raft', n1, n2, n3]) });
  world.tick(n1, 2 * ELECTION_TIMEOUT);
  settleStages(world);
  return world;
}

function answer(world: StageSandbox, from: NodeId, said: { readonly stored?: number; readonly refusal?: string } = {}): void {
  const { succession } = world.member(n1);
  const stored = (said.stored ?? succession!.status().commit) as Index;
  succession!.step({
    kind: 'control',
    from,
    message: { kind: 'prepared', plan: NEXT.plan, stored, refusal: said.refusal ?? '' },
  });
}

const preflight = (world: StageSandbox): Preflight | undefined => world.member(n1).succession!.status().preflight;

describe('a stop-sign', () => {
  it('is refused until a majority of the next voters has answered', () => {
    const world = led();
    world.prepare(n1, NEXT);
    expect(world.stop(n1, NEXT)).toMatchObject({ accepted: false, reason: 'not-prepared' });
    settleStages(world);
    expect(preflight(world)).toMatchObject({ ready: true, missing: [] });
    expect(world.stop(n1, NEXT)).toMatchObject({ accepted: true });
  });

  it('is refused when those who answered lag, refuse, or were heard too long ago', () => {
    const world = led();
    for (let batch = 0; batch < 11; batch++) {
      world.propose(
        n1,
        Array.from({ length: 100 }, () => 'x'),
      );
      settleStages(world);
    }
    world.prepare(n1, NEXT);
    for (const other of [n2, n3]) world.link(n1, other).length = 0;
    answer(world, n2, { stored: 2 });
    answer(world, n3, { refusal: 'cannot run zab' });
    expect(preflight(world)).toEqual({
      stage: NEXT,
      ready: false,
      missing: [
        { id: n1, why: 'has not answered' },
        { id: n2, why: 'lags 1099 entries behind' },
        { id: n3, why: 'cannot run zab' },
      ],
    });
    expect(world.stop(n1, NEXT)).toMatchObject({ accepted: false, reason: 'not-prepared' });
    answer(world, n2);
    answer(world, n3);
    expect(preflight(world)?.ready).toBe(true);
  });

  it('is not held up by load: who had it all when it answered does not lag for what was decided since', () => {
    const world = led();
    world.prepare(n1, NEXT);
    settleStages(world);
    for (let batch = 0; batch < 11; batch++) {
      world.propose(
        n1,
        Array.from({ length: 100 }, () => 'x'),
      );
      settleStages(world);
    }
    expect(preflight(world)).toMatchObject({ ready: true, missing: [] });
  });

  it('waits for a note that is durable: an answer that a crash could take back is none', () => {
    const world = led();
    world.prepare(n1, NEXT);
    world.deliver(n1, n2);
    expect(world.link(n2, n1)).toEqual([]);
    world.store(n2);
    expect(world.link(n2, n1)).toMatchObject([{ message: { kind: 'prepared', refusal: '' } }]);
  });

  it('finds the note of an earlier life, of the next stage and no other: it is not written again', () => {
    const { log } = led().member(n2);
    const answers = (prepared: Pick<Stage, 'epoch' | 'plan'>): readonly string[] => {
      const restarted = new Succession({ ...START, log, stage: log.stage, hardState: log.hardState, prepared });
      restarted.step({ kind: 'control', from: n1, message: { kind: 'prepare', stage: NEXT } });
      const { control, prepare } = restarted.effects();
      return [...control.map(({ message }) => message.kind), ...(prepare === undefined ? [] : ['to be noted'])];
    };
    expect(answers({ epoch: 2 as Epoch, plan: NEXT.plan })).toEqual(['prepared']);
    expect(answers({ epoch: 2 as Epoch, plan: 'another' })).toEqual(['to be noted']);
    expect(answers({ epoch: 3 as Epoch, plan: NEXT.plan })).toEqual(['to be noted']);
  });

  it('of an epoch that is not the next one is refused', () => {
    expect(led().stop(n1, stageOf(3, ['raft', n1, n2, n3]))).toMatchObject({ accepted: false, reason: 'other-epoch' });
  });

  it('can be given up while it is prepared', () => {
    const world = led();
    world.prepare(n1, NEXT);
    settleStages(world);
    world.member(n1).succession!.cancelPrepare();
    expect(world.stop(n1, NEXT)).toMatchObject({ accepted: false, reason: 'not-prepared' });
  });
});
