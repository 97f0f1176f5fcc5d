import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  BoundedLoads,
  completeStep,
  currentStep,
  deserializePlan,
  deserializeProgress,
  leastMoves,
  type MovementPlan,
  type Placement,
  placeAll,
  placementAfter,
  planMovement,
  Ring,
  recognise,
  requireQuorums,
  serializePlan,
  serializeProgress,
  startPlan,
} from '../src/index.js';
import { expectRefusal, inZones, keysNamed, nodesNamed } from './support.js';

const KEYS = keysNamed(60);
const ring = (count: number): Ring => new Ring(nodesNamed(count), { virtualNodes: 32 });
const placed = (hash: Ring, replicas = 3): Placement => placeAll(hash, KEYS, { replicas });
const majority = (voters: number): number => Math.floor(voters / 2) + 1;

/** Nodes that join, leave and die, fewer dead than cost a quorum of anything. */
const changes = fc.record({
  count: fc.integer({ min: 7, max: 12 }),
  replicas: fc.constantFrom(1, 3, 5),
  joins: fc.integer({ min: 0, max: 3 }),
  leaves: fc.integer({ min: 0, max: 1 }),
  dies: fc.integer({ min: 0, max: 2 }),
  copiesPerNode: fc.integer({ min: 1, max: 6 }),
});

interface Change {
  readonly from: Placement;
  readonly to: Placement;
  readonly plan: MovementPlan;
}

function changed({
  count,
  replicas,
  joins,
  leaves,
  dies,
  copiesPerNode,
}: typeof changes extends fc.Arbitrary<infer T> ? T : never): Change {
  const before = ring(count);
  const dead = nodesNamed(Math.min(dies, (replicas - 1) / 2)).map(({ id }) => id);
  let after = before;
  for (const { id } of nodesNamed(joins, 'joiner')) after = after.with({ id });
  for (const id of [...dead, ...(leaves > 0 && count > 8 ? ['node-5'] : [])]) after = after.without(id);
  const [from, to] = [placed(before, replicas), placed(after, replicas)];
  return { from, to, plan: planMovement(from, to, { dead, copiesPerNode }) };
}

/** An independent judge: plays the plan action by action, in a random order within each step. */
function expectNeverBelowQuorum({ from, plan }: Change, order: readonly number[]): ReadonlyMap<string, ReadonlySet<string>> {
  const voters = new Map(Array.from(from.keys, ([key, ids]) => [key, new Set(ids)]));
  const copied = new Set<string>();
  for (const { actions } of plan.steps) {
    const shuffled = actions.toSorted((a, b) => order[a.key.length % order.length]! - order[b.node.length % order.length]!);
    for (const { kind, key, node } of shuffled) {
      const now = voters.get(key)!;
      const previous = new Set(now);
      if (kind === 'copy') copied.add(`${key} ${node}`);
      else if (kind === 'remove') now.delete(node);
      else {
        expect(copied).toContain(`${key} ${node}`);
        now.add(node);
      }
      const alive = [...now].filter((id) => !plan.dead.includes(id)).length;
      expect(alive).toBeGreaterThanOrEqual(majority(now.size));
      // Any two majorities of neighbouring voter sets share a member.
      expect(majority(now.size) + majority(previous.size)).toBeGreaterThan(new Set([...now, ...previous]).size);
    }
  }
  return voters;
}

test('a plan leads to its goal, and no state on the way is below a quorum', () => {
  fc.assert(
    fc.property(changes, fc.array(fc.nat(), { minLength: 3, maxLength: 3 }), (given, order) => {
      const change = changed(given);
      const voters = expectNeverBelowQuorum(change, order);
      for (const key of KEYS) expect([...voters.get(key)!].sort()).toEqual([...change.to.keys.get(key)!].sort());
    }),
    { numRuns: 60 },
  );
});

test('one node that joins or leaves: the plan moves exactly the information-theoretic minimum', () => {
  fc.assert(
    fc.property(fc.integer({ min: 4, max: 15 }), fc.constantFrom(1, 3), fc.boolean(), (count, replicas, joins) => {
      const before = ring(count);
      const after = joins ? before.with({ id: 'joiner' }) : before.without('node-2');
      const plan = planMovement(placed(before, replicas), placed(after, replicas));
      expect(plan.moved).toBe(plan.leastMoves);
    }),
    { numRuns: 40 },
  );
});

test('over failure domains too', () => {
  const before = new Ring(inZones(4, 2, 2), { virtualNodes: 32 });
  for (const after of [
    before.with({ id: 'joiner', domain: ['z1', 'r9'] }),
    before.without('n6'),
    before.with({ id: 'far', domain: ['z9', 'r0'] }),
  ]) {
    const plan = planMovement(placed(before), placed(after));
    expect(plan.moved).toBeGreaterThan(0);
    expect(plan.moved).toBe(plan.leastMoves);
  }
});

test('a replacement moves what it replaces; a join with a leave moves more', () => {
  const before = ring(10);
  const [from, replaced, both] = [
    before,
    before.replace('node-3', { id: 'new' }),
    before.without('node-3').with({ id: 'new' }),
  ].map((hash) => placed(hash));
  const held = [...from!.keys.values()].filter((ids) => ids.includes('node-3')).length;
  expect(planMovement(from!, replaced!).moved).toBe(held);
  expect(leastMoves(from!, replaced!)).toBe(held);
  expect(planMovement(from!, both!).moved).toBeGreaterThan(held);
});

test('no placement with the same loads can be reached with fewer copies than the bound', () => {
  const assignments = fc.array(fc.subarray(['a', 'b', 'c', 'd', 'e'], { minLength: 2, maxLength: 2 }), {
    minLength: 12,
    maxLength: 12,
  });
  fc.assert(
    fc.property(assignments, assignments, (before, after) => {
      const place = (ids: readonly (readonly string[])[]): Placement => ({
        version: 1,
        nodes: ['a', 'b', 'c', 'd', 'e'],
        replicas: 2,
        keys: new Map(ids.map((one, at) => [`k${at}`, one])),
      });
      const plan = planMovement(place(before), place(after));
      expect(plan.moved).toBe(after.reduce((sum, ids, at) => sum + ids.filter((id) => !before[at]!.includes(id)).length, 0));
      expect(plan.leastMoves).toBeLessThanOrEqual(plan.moved);
    }),
  );
});

test('every move says why', () => {
  const before = ring(8);
  const after = before.without('node-0').without('node-1').with({ id: 'joiner' });
  const plan = planMovement(placed(before), placed(after), { dead: ['node-0'] });
  for (const { from, to, why } of plan.moves) {
    if (from === 'node-0') expect(why).toBe('source-died');
    else if (from === 'node-1') expect(why).toBe('source-left');
    else if (to === 'joiner') expect(why).toBe('target-joined');
    else expect(why).toBe('rebalanced');
  }
  expect(new Set(plan.moves.map(({ why }) => why))).toContain('source-died');
  // What restores lost replicas comes before what does not.
  const urgent = plan.moves.map(({ why }) => why === 'source-died');
  expect(urgent.lastIndexOf(true)).toBeLessThan(urgent.indexOf(false));
});

test('more replicas, and fewer', () => {
  const hash = ring(6);
  const up = planMovement(placed(hash, 3), placed(hash, 5));
  expect(up.moves).toHaveLength(2 * KEYS.length);
  expect(up.moved).toBe(up.leastMoves);
  const down = planMovement(placed(hash, 5), placed(hash, 3));
  expect([down.moved, down.leastMoves, down.moves.length]).toEqual([0, 0, 2 * KEYS.length]);
  expect(new Set(down.moves.map(({ why }) => why))).toEqual(new Set(['fewer-replicas']));
});

test('no step copies more to or from a node than was allowed', () => {
  const before = ring(5);
  const plan = planMovement(placed(before), placed(before.with({ id: 'joiner' })), { copiesPerNode: 2 });
  for (const { actions } of plan.steps) {
    expect(actions.filter(({ kind, node }) => kind === 'copy' && node === 'joiner').length).toBeLessThanOrEqual(2);
  }
});

test('a node that is emptied sends no more copies in a step than was allowed', () => {
  const before = ring(6);
  const plan = planMovement(placed(before), placed(before.without('node-3')), { copiesPerNode: 2 });
  for (const { actions } of plan.steps) expect(actions.filter(({ kind }) => kind === 'copy').length).toBeLessThanOrEqual(2);
});

test('a plan that was stopped anywhere goes on from what was written down, to the same end', () => {
  fc.assert(
    fc.property(changes, fc.nat(), (given, stop) => {
      const { from, to, plan } = changed(given);
      let progress = startPlan(plan);
      for (let step = 0; step < stop % (plan.steps.length + 1); step++) progress = completeStep(plan, progress);
      const readPlan = deserializePlan(serializePlan(plan));
      expect(readPlan).toEqual(plan);
      progress = deserializeProgress(serializeProgress(progress));
      while (currentStep(readPlan, progress) !== undefined) progress = completeStep(readPlan, progress);
      const end = placementAfter(readPlan, progress, from);
      for (const key of KEYS) expect([...end.keys.get(key)!].sort()).toEqual([...to.keys.get(key)!].sort());
    }),
    { numRuns: 30 },
  );
});

test('where progress was lost, the voters tell it: at most copies are done again', () => {
  fc.assert(
    fc.property(changes, fc.nat(), (given, stop) => {
      const { from, plan } = changed(given);
      const done = { plan: plan.id, completed: stop % (plan.steps.length + 1) };
      const { keys } = placementAfter(plan, done, from);
      const { completed } = recognise(plan, (key) => keys.get(key)!);
      expect(completed).toBeLessThanOrEqual(done.completed);
      for (const { actions } of plan.steps.slice(completed, done.completed))
        for (const { kind } of actions) expect(kind).toBe('copy');
    }),
    { numRuns: 30 },
  );
});

test('a plan that was given up half-way is the start of another', () => {
  const before = ring(8);
  const from = placed(before);
  const plan = planMovement(from, placed(before.with({ id: 'joiner' })), { copiesPerNode: 1 });
  const half = placementAfter(plan, { plan: plan.id, completed: Math.floor(plan.steps.length / 2) }, from);
  const back = planMovement(half, from);
  expect(back.moved).toBeLessThan(plan.moved);
  expect(planMovement(from, half).moved + planMovement(half, placed(before.with({ id: 'joiner' }))).moved).toBeGreaterThanOrEqual(
    plan.moved,
  );
});

test('bounded loads plan like any placement', () => {
  const before = ring(10);
  const loads = new BoundedLoads(before, { epsilon: 0.05, replicas: 3 });
  for (const key of KEYS) loads.assign(key);
  const from = loads.placement();
  loads.update(before.with({ id: 'joiner' }));
  const plan = planMovement(from, loads.placement());
  expect(plan.moved).toBeGreaterThan(0);
  expect(plan.moved).toBe(plan.leastMoves);
});

test('a quorum that is lost already is refused, not planned around', () => {
  const before = ring(6);
  const from = placed(before);
  const [first] = from.keys.values();
  const dead = first!.slice(0, 2);
  const after = dead.reduce((hash, id) => hash.without(id), before);
  expectRefusal(() => planMovement(from, placed(after), { dead }), 'quorum-lost');
});

test('the judge refuses a plan that removes before it adds, or votes without a copy', () => {
  const from: Placement = { version: 1, nodes: ['a', 'b'], replicas: 1, keys: new Map([['k', ['a']]]) };
  const step = (kind: 'copy' | 'add' | 'remove', node: string): MovementPlan['steps'][number] => ({
    actions: [{ kind, key: 'k', node }],
  });
  requireQuorums({ dead: [], steps: [step('copy', 'b'), step('add', 'b'), step('remove', 'a')] }, from);
  expectRefusal(
    () => requireQuorums({ dead: [], steps: [step('copy', 'b'), step('remove', 'a'), step('add', 'b')] }, from),
    'quorum-lost',
  );
  expectRefusal(() => requireQuorums({ dead: [], steps: [step('add', 'b')] }, from), 'other-plan');
  expectRefusal(() => requireQuorums({ dead: ['a'], steps: [step('copy', 'b')] }, from), 'quorum-lost');
});

test('what belongs to another plan, or to none, is refused', () => {
  const before = ring(5);
  const [from, to] = [placed(before), placed(before.with({ id: 'joiner' }))];
  const plan = planMovement(from, to);
  const other = planMovement(to, from);
  expectRefusal(() => currentStep(plan, startPlan(other)), 'other-plan');
  expectRefusal(() => placementAfter(plan, startPlan(plan), to), 'other-plan');
  expectRefusal(() => completeStep(plan, { plan: plan.id, completed: plan.steps.length }), 'other-plan');
  expectRefusal(() => currentStep(plan, { plan: plan.id, completed: -1 }), 'other-plan');
  expectRefusal(() => planMovement(from, { ...to, keys: new Map([...to.keys].slice(1)) }), 'other-plan');
  expectRefusal(() => planMovement(from, to, { copiesPerNode: 0 }), 'bad-option');
  expectRefusal(() => deserializePlan(serializeProgress(startPlan(plan))), 'foreign');
  expectRefusal(() => deserializePlan(serializePlan(plan).replace('joiner', 'elsewhere')), 'damaged');
});
