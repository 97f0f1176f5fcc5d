import type { Edit, Mutant } from '../mutant.js';

const LEASES = {
  kind: 'simulator',
  protocol: 'raft',
  workloads: ['leases'],
  faults: ['pause-leader', 'deaf-leader', 'isolate-leader', 'clock-drift'],
} as const;

/** Two doors, and either alone keeps the bug out: who is deposed goes on counting, and sends what is over to whoever leads now. */
const COUNTS_ON: Edit = {
  file: 'packages/store/src/group/leases/leases.ts',
  find: "this.#lessor.observe(role === 'leader' && ready ? reignOf(status) : undefined, this.#member.now());",
  replace: "if (role === 'leader' && ready) this.#lessor.observe(reignOf(status), this.#member.now());",
};

const FORWARDS: Edit = {
  file: 'packages/store/src/group/leases/leases.ts',
  find: `    if (reignOf(status) !== reign) return false;
    const { epoch, round } = status;`,
  replace: `    const { epoch, round, leader } = status;
    if (leader !== undefined && leader !== this.#member.self) {
      this.#member.send(leader, PartKind.forward, (writer) => {
        writer.u32(leases.length);
        for (const { id, granted } of leases) {
          const request = encodeExpiry({ epoch, round, id, granted });
          writer.bytes(this.#sealer.seal(Operation.leaseExpiry, NOBODY_WAITS, request));
        }
      });
      return true;
    }`,
};

export const STORE_MUTANTS: readonly Mutant[] = [
  {
    name: 'keep-alive-without-barrier',
    why: 'A keep-alive is answered by who takes itself for the leader, while its successor ends the lease.',
    reference: {
      text: 'etcd #15247: the old leader still handles keep-alives',
      url: 'https://github.com/etcd-io/etcd/issues/15247',
    },
    part: 'the store',
    ground: LEASES,
    edits: [
      {
        file: 'packages/store/src/group/leases/leases.ts',
        find: `    this.#member.read({
      ready: () => reply(this.#lessor.reign === reign ? this.#answersTo(questions) : []),
      failed: () => reply([]),
    });`,
        replace: 'reply(this.#answersTo(questions));',
      },
    ],
  },
  {
    name: 'revoke-by-deposed-leader',
    why: 'What a deposed leader took for over is ended in its name, under a successor that has renewed it.',
    reference: {
      text: 'etcd #12528: old leader still revokes lease after it stepped to follower',
      url: 'https://github.com/etcd-io/etcd/issues/12528',
    },
    part: 'the store',
    ground: LEASES,
    edits: [COUNTS_ON, FORWARDS],
  },
  {
    name: 'state-ahead-of-log',
    why: 'The state is flushed up to what is applied, though the own log does not hold it durably yet.',
    reference: {
      text: 'ZOOKEEPER-4882: the log lags behind the database, and has a hole after the next start',
      url: 'https://github.com/apache/zookeeper/pull/2268',
    },
    part: 'the store',
    ground: { kind: 'simulator', protocol: 'raft', workloads: [], faults: ['slow-death'] },
    edits: [
      {
        file: 'packages/store/src/group/keeper.ts',
        find: 'if (applied.index > this.#outlets.durableIndex()) return;',
        replace: '',
      },
    ],
  },
];
