// A voter whose disk has lost what it had acknowledged counts for nothing, though its acknowledgement had arrived.
import { describe, expect, it } from 'vitest';
import { type NodeId, type Protocol, protocols } from '../../src/index.js';
import { Sandbox } from '../support/sandbox.js';
import { stabilize } from '../support/script.js';

const [n1, n2, n3] = ['n1', 'n2', 'n3'] as [NodeId, NodeId, NodeId];

describe.each(Object.values(protocols).map((protocol) => ({ protocol: protocol as Protocol<unknown>, name: protocol.name })))(
  'a voter of $name whose disk has lost what it had acknowledged',
  ({ protocol }) => {
    it('is not counted: what only it and the leader hold is decided once another holds it', () => {
      const world = new Sandbox({ protocol, voters: [n1, n2, n3] });
      world.tick(n1, 2500);
      stabilize(world);
      const leader = world.member(n1).replica!;
      const before = leader.status().commit;
      world.crash(n3);
      world.propose(n1, ['a']);
      stabilize(world, [n1]);
      expect(leader.status()).toMatchObject({ role: 'leader', commit: before });
      leader.step({ kind: 'peer-distrusted', peer: n2 });
      world.crash(n2);
      stabilize(world);
      expect(leader.status()).toMatchObject({ commit: before, last: before + 1 });
      world.start(n3);
      world.connect(n1, n3);
      stabilize(world);
      expect(leader.status().commit).toBe(before + 1);
    });
  },
);
