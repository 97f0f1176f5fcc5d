// Three voters to the same three voters across one stop-sign, for each pair of protocols: the real replicas, all interleavings as
// far as the bounds reach. What must hold is checked after each turn (stage-sandbox, stage-invariants): one leader in a round
// of a stage, one value at an index whatever stage decided it, nothing of a stage after its end, no stage begun on an undecided
// stop-sign or without what was decided before it, nobody heard in a stage whose end it knows, no stale read.
// CONSENSUS_STATES widens the search.
import { describe, expect, it } from 'vitest';
import type { NodeId, ProtocolName } from '../../src/index.js';
import { type Budgets, type Explored, explore } from '../support/explorer.js';
import { SafetyViolation } from '../support/invariants.js';
import { type Envelope, StageSandbox } from '../support/stage-sandbox.js';
import { settleStages, stageOf } from '../support/stage-script.js';

const STATES_MAX = Number(process.env.CONSENSUS_STATES ?? 600);
const NAMES: readonly ProtocolName[] = ['raft', 'paxos', 'zab'];
const [n1, n2, n3] = ['n1', 'n2', 'n3'] as [NodeId, NodeId, NodeId];

function led(from: ProtocolName): StageSandbox {
  // Time stands still: what is drawn tells states apart that do not differ.
  const world = new StageSandbox({ stage: stageOf(1, [from, n1, n2, n3]), random: () => 0.5, limits: { messageBytesMax: 0 } });
  campaign(world, n1);
  settleStages(world);
  expect(world.leaders().map(({ id }) => id)).toEqual([n1]);
  return world;
}

/** As if the leader had asked for it: no probe round, and no lease that protects anyone. Safety must not rest on them. */
function campaign(world: StageSandbox, id: NodeId): void {
  const { succession } = world.member(id);
  const { epoch, round } = succession!.status();
  if (succession!.protocolOf(epoch) === undefined) return;
  const message = { kind: 'timeout-now', round };
  succession!.step({ kind: 'message', from: id === n1 ? n2 : n1, epoch, message });
  world.turn(id);
}

/** Two entries and the stop-sign are on their way, and nothing of them is decided. */
function stopping(from: ProtocolName, to: ProtocolName): StageSandbox {
  const world = led(from);
  world.propose(n1, ['a']);
  expect(world.stopUnprepared(n1, stageOf(2, [to, n1, n2, n3, 'preferred', n1]))).toMatchObject({ accepted: true });
  // What remains of the pre-flight has no more to say.
  world.member(n1).pending = world.member(n1).pending.filter(({ kind }) => kind !== 'prepare');
  for (const [key, link] of world.links)
    world.links.set(
      key,
      link.filter(({ kind }) => kind === 'engine'),
    );
  return world;
}

/** n1 alone knows that its stage has ended, and has begun the next one. */
function decided(from: ProtocolName, to: ProtocolName): StageSandbox {
  const world = stopping(from, to);
  while (world.member(n1).succession!.status().handOver.kind === 'stopping') {
    for (const [sender, receiver] of [
      [n1, n2],
      [n2, n1],
    ] as const)
      world.deliver(sender, receiver);
    world.store(n2);
    world.store(n1);
  }
  while (world.store(n1)) {
    // `Started` among it
  }
  expect(world.member(n1).succession!.epoch).toBe(2);
  return world;
}

/** As `decided`, and n2, which does not know yet, leads the old stage again by the vote of n3. */
function ledAgain(from: ProtocolName, to: ProtocolName): StageSandbox {
  const world = decided(from, to);
  for (const key of ['n1>n2', 'n2>n1', 'n1>n3', 'n3>n1']) world.links.get(key)!.length = 0;
  campaign(world, n2);
  for (let step = 0; step < 50 && world.leaders().every(({ id }) => id !== n2); step++) {
    for (const id of [n2, n3]) world.store(id);
    for (const [sender, receiver] of [
      [n3, n2],
      [n2, n3],
    ] as const)
      world.deliver(sender, receiver);
  }
  expect(world.leaders().map(({ log }) => log.stage.epoch)).toContain(1);
  return world;
}

/** Of a stage that its receiver has left, of a round that it has durably left, or about what only leavers wait for. */
function isSpent(world: StageSandbox, _from: NodeId, to: NodeId, envelope: Envelope): boolean {
  const { log, succession } = world.member(to);
  if (succession === undefined) return true;
  if (envelope.kind === 'control') {
    const { message } = envelope;
    if (message.kind === 'stopped' || message.kind === 'decided') return message.end.epoch < succession.epoch;
    return message.kind === 'started' || message.kind === 'prepare' || message.kind === 'prepared';
  }
  if (envelope.epoch < log.stage.epoch) return true;
  // Every message of every protocol has a kind and the round of its sender.
  const { kind, round } = envelope.message as { readonly kind: string; readonly round: number };
  if (kind === 'pre-vote' || kind === 'pre-vote-answer') return true;
  return envelope.epoch === log.stage.epoch && round < log.hardState.round;
}

/** Whoever leads a stage holds all that the stages before it decided. */
function check(world: StageSandbox): void {
  for (const { id, log } of world.leaders()) {
    for (const { entry, epoch } of world.invariants.decided.values()) {
      if (epoch >= log.stage.epoch || log.base.index >= entry.index) continue;
      if (log.roundAt(entry.index) !== entry.round || log.epochAt(entry.index) !== epoch) {
        throw new SafetyViolation(`${id} leads epoch ${log.stage.epoch} without ${entry.index} of epoch ${epoch}`);
      }
    }
  }
}

function run(start: StageSandbox, budgets: Partial<Budgets>, campaigners: readonly NodeId[]): Explored {
  const all = { campaigns: 0, proposals: 0, crashes: 0, reads: 0, ...budgets };
  const explored = explore<Envelope, StageSandbox>({
    start,
    budgets: all,
    campaigners,
    campaign,
    isSpent,
    check,
    statesMax: STATES_MAX,
    deliveries: 'oldest',
  });
  if (process.env.CONSENSUS_STATES !== undefined) console.log(explored);
  return explored;
}

const LIMIT = { timeout: 3_600_000 };

for (const from of NAMES) {
  for (const to of NAMES) {
    describe(`in all interleavings from ${from} to ${to}`, () => {
      it('a stop-sign under way and a rival: one end', LIMIT, () => {
        expect(run(stopping(from, to), { campaigns: 1 }, [n2]).depth).toBeGreaterThanOrEqual(4);
      });

      it('a stop-sign under way and a crash: one history', LIMIT, () => {
        expect(run(stopping(from, to), { crashes: 1 }, []).depth).toBeGreaterThanOrEqual(4);
      });

      it('one knows of the end, and a rival in the old stage or the next: nobody begins on less', LIMIT, () => {
        expect(run(decided(from, to), { campaigns: 1 }, [n2]).depth).toBeGreaterThanOrEqual(4);
      });

      it('one knows of the end, and a crash: nobody begins on less', LIMIT, () => {
        expect(run(decided(from, to), { crashes: 1 }, []).depth).toBeGreaterThanOrEqual(4);
      });

      it('a new leader of the old stage beside the first of the next: no stale read', LIMIT, () => {
        expect(run(ledAgain(from, to), { reads: 2, proposals: 1 }, []).depth).toBeGreaterThanOrEqual(3);
      });
    });
  }
}
