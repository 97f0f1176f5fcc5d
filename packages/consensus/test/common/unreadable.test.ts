// What a leader's disk has changed since it was written is there, and cannot be read: it is neither left out nor taken for
// missing, and the leader leaves the lead to somebody who can read it.
import { describe, expect, it } from 'vitest';
import { type Index, type NodeId, type Protocol, protocols } from '../../src/index.js';
import { Sandbox } from '../support/sandbox.js';
import { stabilize } from '../support/script.js';

const [n1, n2, n3] = ['n1', 'n2', 'n3'] as [NodeId, NodeId, NodeId];
const TICK_MS = 20;
const ROUNDS_MAX = 1000;

/** n1 leads, all is decided with n2, and n3 has missed it. */
function ledWithoutThird(protocol: Protocol<unknown>): Sandbox<unknown> {
  const world = new Sandbox({ protocol, voters: [n1, n2, n3] });
  world.tick(n1, 2500);
  stabilize(world);
  expect(world.leaders().map(({ id }) => id)).toEqual([n1]);
  world.crash(n3);
  for (const word of ['a', 'b', 'c', 'd']) {
    world.propose(n1, [word]);
    stabilize(world);
  }
  return world;
}

/** From now on no read of this member's disk gets beyond the entry before `index`. */
function rot(world: Sandbox<unknown>, id: NodeId, index: Index): void {
  const { log } = world.member(id);
  const read = log.read.bind(log);
  log.read = (from, to, bytesMax) => read(from, to, bytesMax).filter((entry) => from <= entry.index && entry.index < index);
}

describe.each(Object.values(protocols).map((protocol) => ({ protocol: protocol as Protocol<unknown>, name: protocol.name })))(
  'a leader of $name that cannot read what another needs',
  ({ protocol }) => {
    it('leaves the lead to one who can, and the other gets it', () => {
      const world = ledWithoutThird(protocol);
      const last = world.member(n1).replica!.status().last;
      rot(world, n1, (last - 1) as Index);
      world.start(n3);
      for (const id of [n1, n2]) world.connect(id, n3);
      for (let round = 0; world.member(n3).delivered < last; round++) {
        expect(round).toBeLessThan(ROUNDS_MAX);
        for (const id of [n1, n2, n3]) world.tick(id, TICK_MS);
        stabilize(world);
      }
      expect(world.leaders().map(({ id }) => id)).toEqual([n2]);
    });
  },
);
