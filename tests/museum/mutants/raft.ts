// Raft's promises, one after the other. The dissertation's sections are those of Ongaro, "Consensus: bridging theory and
// practice" (2014).
import type { Mutant } from '../mutant.js';

const DISSERTATION = 'https://github.com/ongardie/dissertation';
const common = { part: 'Raft', ground: { kind: 'walks', protocol: 'raft' } } as const;

export const RAFT_MUTANTS: readonly Mutant[] = [
  {
    ...common,
    name: 'vote-before-sync',
    why: 'A vote is answered before it is on disk: after a crash the voter votes again in the same term.',
    reference: { text: 'Ongaro 2014, section 3.8: what a server must persist before it answers', url: DISSERTATION },
    edits: [
      {
        file: 'packages/consensus/src/raft/elections.ts',
        find: "state.outbox.sendOnceStored(from, { kind: 'vote-answer', round, granted: true",
        replace: "state.outbox.send(from, { kind: 'vote-answer', round, granted: true",
      },
    ],
  },
  {
    ...common,
    name: 'vote-kept-in-memory',
    why: 'A restarted voter knows its term and not its vote: it elects a second leader of the same term.',
    reference: { text: 'Ongaro 2014, section 3.8', url: DISSERTATION },
    edits: [{ file: 'packages/consensus/src/common/core.ts', find: 'vote: hardState.vote,', replace: 'vote: undefined,' }],
  },
  {
    ...common,
    name: 'old-term-commit',
    why: 'Entries of earlier terms are decided by counting their copies (figure 3.7; figure 8 of the paper).',
    reference: { text: 'Ongaro 2014, section 3.6.2', url: DISSERTATION },
    edits: [
      {
        file: 'packages/consensus/src/raft/commit.ts',
        find: `if (reached <= state.commit || state.log.roundAt(reached) !== state.round) return;
  assert(reached >= leader.firstOwn, 'an own entry is not older than the leadership', () => ({
    reached,
    firstOwn: leader.firstOwn,
  }));`,
        replace: 'if (reached <= state.commit) return;',
      },
    ],
  },
  {
    ...common,
    name: 'acknowledged-before-sync',
    why: 'A follower acknowledges entries that it has not yet written.',
    reference: { text: 'Ongaro 2014, section 3.8', url: DISSERTATION },
    edits: [
      {
        file: 'packages/consensus/src/raft/following.ts',
        find: 'isDurable: ({ verified, log }) => verified <= log.stored,',
        replace: 'isDurable: ({ verified, log }) => verified <= log.last,',
      },
    ],
  },
  {
    ...common,
    name: 'leader-counts-unsynced',
    why: 'A leader counts its own copy of an entry before it is written (it may be written in parallel, not counted).',
    reference: { text: 'Ongaro 2014, section 10.2.1', url: DISSERTATION },
    edits: [
      {
        file: 'packages/consensus/src/raft/commit.ts',
        find: 'voter === state.self ? state.log.stored :',
        replace: 'voter === state.self ? state.log.last :',
      },
    ],
  },
  {
    ...common,
    name: 'read-without-majority',
    why: 'A leader serves reads without asking whether it still leads.',
    reference: { text: 'etcd #741: stale reads from a deposed leader', url: 'https://github.com/etcd-io/etcd/issues/741' },
    edits: [
      {
        file: 'packages/consensus/src/common/reads.ts',
        find: 'const confirmed = reachedByMajority(state.voters.map((id) => leader.progress.get(id)?.acknowledged ?? state.sequence));',
        replace: 'const confirmed = state.sequence;',
      },
    ],
  },
  {
    ...common,
    name: 'read-before-own-entry',
    why: 'A new leader serves reads before an entry of its own term is decided: it does not know yet what was decided before.',
    reference: { text: 'etcd #7331: ReadIndex may read stale value', url: 'https://github.com/etcd-io/etcd/issues/7331' },
    edits: [
      {
        file: 'packages/consensus/src/raft/commit.ts',
        find: 'state.commit >= leader.firstOwn;',
        replace: 'state.commit >= leader.firstOwn || true;',
      },
    ],
  },
  {
    ...common,
    name: 'read-confirmed-by-old-heartbeat',
    why: 'A read takes over the number of a heartbeat that is under way: answers that predate the read confirm it.',
    reference: {
      text: 'etcd #20418: stale reads caused by process pausing',
      url: 'https://github.com/etcd-io/etcd/issues/20418',
    },
    edits: [
      {
        file: 'packages/consensus/src/common/reads.ts',
        find: "state.stopSign !== undefined) return 'none';\n  state.sequence++;",
        replace: "state.stopSign !== undefined) return 'none';",
      },
    ],
  },
  {
    ...common,
    name: 'commit-not-verified',
    why: 'A follower takes the leader’s commit index for its own log up to its end, though it has not compared all of it.',
    reference: {
      text: 'Ongaro & Ousterhout 2014, figure 2: min(leaderCommit, index of last new entry)',
      url: 'https://raft.github.io/raft.pdf',
    },
    edits: [
      {
        file: 'packages/consensus/src/raft/following.ts',
        find: 'advanceCommit(state, lower(message.commit, state.verified));',
        replace: 'advanceCommit(state, lower(message.commit, state.log.last));',
      },
    ],
  },
];
