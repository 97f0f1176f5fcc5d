// ZooKeeper's own data losses. Most of them put an epoch, or an acknowledgement, on record before the log that it speaks of.
import type { Mutant } from '../mutant.js';

const common = { part: 'Zab', ground: { kind: 'walks', protocol: 'zab' } } as const;
const jira = (number: number, title: string): Mutant['reference'] => ({
  text: `ZOOKEEPER-${number}: ${title}`,
  url: `https://issues.apache.org/jira/browse/ZOOKEEPER-${number}`,
});

export const ZAB_MUTANTS: readonly Mutant[] = [
  {
    ...common,
    name: 'epoch-before-log',
    why: 'currentEpoch becomes durable with the first piece of the leader’s history, before the rest of it.',
    reference: jira(4643, 'committed txns may be improperly truncated if a follower crashes between currentEpoch and the txns'),
    edits: [
      {
        file: 'packages/consensus/src/zab/synchronization.ts',
        find: "  session.stage = 'synchronization';\n",
        replace: "  session.stage = 'synchronization';\n  state.history = state.round;\n",
      },
    ],
  },
  {
    ...common,
    name: 'newleader-acknowledged-before-log',
    why: 'NEWLEADER is acknowledged, and what follows it, before the history is on disk.',
    reference: jira(4646, 'committed txns may still be lost if followers crash after the ACK of NEWLEADER'),
    edits: [
      {
        file: 'packages/consensus/src/zab/following.ts',
        find: 'isDurable: ({ promises, history, verified, log }) => promises.durable.history === history && verified <= log.stored,',
        replace: 'isDurable: () => true,',
      },
    ],
  },
  {
    ...common,
    name: 'epoch-promised-before-sync',
    why: 'ACKEPOCH leaves before acceptedEpoch is on disk: after a crash the follower serves an older leader again.',
    reference: jira(2307, 'acceptedEpoch is less than the currentEpoch'),
    edits: [
      {
        file: 'packages/consensus/src/zab/discovery.ts',
        find: "state.outbox.sendOnceStored(leader, { kind: 'ack-epoch'",
        replace: "state.outbox.send(leader, { kind: 'ack-epoch'",
      },
    ],
  },
  {
    ...common,
    name: 'zxid-before-epoch',
    why: 'An election looks at the last zxid alone: who holds a longer log of an epoch that was overtaken wins.',
    reference: jira(1154, 'data inconsistency when the node with the highest zxid is not present at the election'),
    edits: [
      {
        file: 'packages/consensus/src/zab/elections.ts',
        find: 'claim.history - history || claim.lastRound',
        replace: 'claim.lastRound',
      },
    ],
  },
  {
    ...common,
    name: 'diff-without-truncation',
    why: 'A follower that holds more than its leader gets a DIFF and keeps what the leader does not have.',
    reference: jira(2846, 'leader follower sync with on disk txns can possibly lead to data inconsistency'),
    edits: [
      {
        file: 'packages/consensus/src/zab/synchronization.ts',
        find: `    assert(mode === 'trunc', 'a DIFF cuts nothing', () => ({ last: log.last, verified }));
    cutFrom(state, following(verified));`,
        replace: '',
      },
    ],
  },
  {
    ...common,
    name: 'acks-of-older-epochs',
    why: 'Copies count on followers that have not acknowledged NEWLEADER: they may yet follow a leader who never knew of them.',
    reference: jira(3911, 'data inconsistency caused by DIFF sync uncommitted log'),
    edits: [
      {
        file: 'packages/consensus/src/zab/commit.ts',
        find: '  if (!hasSynchronized(state, leader, voter)) return noIndex;\n',
        replace: '',
      },
    ],
  },
  {
    ...common,
    name: 'read-before-synchronization',
    why: 'A new leader serves reads before a majority has acknowledged NEWLEADER.',
    reference: jira(4394, 'apply only committed requests in sync with leader before NEWLEADER ACK'),
    edits: [
      {
        file: 'packages/consensus/src/zab/commit.ts',
        find: "leader.phase === 'broadcast' && log.roundAt(commit) !== noRound",
        replace: 'log.roundAt(commit) !== noRound',
      },
    ],
  },
];
