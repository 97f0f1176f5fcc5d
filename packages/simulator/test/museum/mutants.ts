// Known ways to lose data, each one small change to the sources as they are. No switch in the sources knows of them: a test
// run with a mutant reads the changed text instead of the file's. `found` names the rules that its damage may break.
import type { ViolationRule } from '@reknit/simulator';

export interface Edit {
  /** From the root of the repository. */
  readonly file: string;
  /** Stands in it exactly once. */
  readonly find: string;
  readonly replace: string;
}

export interface Mutant {
  readonly name: string;
  readonly why: string;
  readonly edits: readonly Edit[];
  readonly found: readonly ViolationRule[];
}

/** Two histories where there must be one: which rule is broken first is chance. */
const DIVERGED: readonly ViolationRule[] = [
  'election safety',
  'leader completeness',
  'state-machine safety',
  'log matching',
  'linearizability',
  'lost write',
];

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'vote-before-sync',
    why: 'A vote is answered before it is on disk: after a loss of power the voter votes again in the same term.',
    edits: [
      {
        file: 'packages/consensus/src/raft/elections.ts',
        find: "state.outbox.sendOnceStored(from, { kind: 'vote-answer', round, granted: true",
        replace: "state.outbox.send(from, { kind: 'vote-answer', round, granted: true",
      },
    ],
    found: DIVERGED,
  },
  {
    name: 'old-term-commit',
    why: 'Entries of earlier terms are decided by counting their copies (Ongaro & Ousterhout 2014, figure 8).',
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
    found: DIVERGED,
  },
  {
    name: 'acknowledged-before-sync',
    why: 'A follower acknowledges entries that it has not yet written.',
    edits: [
      {
        file: 'packages/consensus/src/raft/following.ts',
        find: 'if (durable && verified <= log.stored) {',
        replace: 'if (verified <= log.last) {',
      },
    ],
    found: DIVERGED,
  },
  {
    name: 'leader-counts-unsynced',
    why: 'A leader counts its own copy of an entry before it is written.',
    edits: [
      {
        file: 'packages/consensus/src/raft/commit.ts',
        find: 'voter === state.self ? state.log.stored :',
        replace: 'voter === state.self ? state.log.last :',
      },
    ],
    found: DIVERGED,
  },
  {
    name: 'stale-read',
    why: 'A leader serves reads without asking whether it still leads (etcd #741, and many after it).',
    edits: [
      {
        file: 'packages/consensus/src/raft/reads.ts',
        find: 'const confirmed = reachedByMajority(state.voters.map((id) => leader.progress.get(id)?.acknowledged ?? state.sequence));',
        replace: 'const confirmed = state.sequence;',
      },
    ],
    found: ['linearizability', 'stale read'],
  },
  {
    name: 'torn-tail-as-whole',
    why: 'A write that a crash cut short is taken for a whole one: no checksum is asked, and the log ends at the first zero.',
    edits: [
      {
        file: 'packages/wal/src/recovery/judge.ts',
        find: "if (item.kind === 'batch' && isWhole(item.check)) {",
        replace: "if (item.kind === 'batch') {",
      },
      {
        file: 'packages/wal/src/format/read-records.ts',
        find: 'while (reader.remaining > 0) records.push',
        replace: 'while (reader.remaining > 0 && body[reader.position] !== 0) records.push',
      },
      {
        file: 'packages/wal/src/format/entry.ts',
        find: 'if (crc32c(payload, crc32c(bytes.subarray(at, at + CHECKSUM_AT))) !== identity.checksum) return undefined;',
        replace: '',
      },
    ],
    found: DIVERGED,
  },
];
