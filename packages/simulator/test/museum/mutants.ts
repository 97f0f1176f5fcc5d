// Known ways to lose data, each one small change to the sources as they are. No switch in the sources knows of them: a test
// run with a mutant reads the changed text instead of the file's. `found` names the rules that its damage may break.
import type { ViolationRule, WorkloadKind } from '@reknit/simulator';

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
  /** What clients do beside reading and writing registers: nothing else could find it. */
  readonly workloads: readonly WorkloadKind[];
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

/** An expiry of unknown fate is not dropped with the leadership, but sent once more to whoever leads next (etcd #15247). */
const FORWARDED_EXPIRIES: readonly Edit[] = [
  {
    file: 'packages/store/src/group/leases/leases.ts',
    find: 'const proposed = this.#member.propose(payloads);',
    replace: `const proposed = this.#member.propose(payloads);
    this.openExpiries.push(...payloads);`,
  },
  {
    file: 'packages/store/src/group/leases/leases.ts',
    find: `  dispatch(): void {
    const { leader } = this.#member.status();`,
    replace: `  openExpiries: Uint8Array[] = [];

  dispatch(): void {
    const { leader } = this.#member.status();
    const payloads = this.openExpiries;
    if (leader !== undefined && leader !== this.#member.self && payloads.length > 0) {
      this.openExpiries = [];
      this.#member.send(leader, PartKind.forward, (writer) => {
        writer.u32(payloads.length);
        for (const payload of payloads) writer.bytes(payload);
      });
    }`,
  },
];

const EXPIRY_OF_ANOTHER_ROUND: Edit = {
  file: 'packages/store/src/group/apply-lease.ts',
  find: 'if (claim.epoch !== at.epoch || claim.round !== at.round) return false;',
  replace: '',
};

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
    workloads: [],
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
    workloads: [],
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
    workloads: [],
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
    workloads: [],
  },
  {
    name: 'stale-read',
    why: 'A leader serves reads without asking whether it still leads (etcd #741, and many after it).',
    edits: [
      {
        file: 'packages/consensus/src/shared/reads.ts',
        find: 'const confirmed = reachedByMajority(state.voters.map((id) => leader.progress.get(id)?.acknowledged ?? state.sequence));',
        replace: 'const confirmed = state.sequence;',
      },
    ],
    found: ['linearizability', 'stale read'],
    workloads: [],
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
    workloads: [],
  },
  {
    name: 'progress-ahead-of-events',
    why: 'A progress mark does not wait for the events that are still to be read (etcd #15220).',
    edits: [
      {
        file: 'packages/mvcc/src/watch/stream.ts',
        find: 'return this.#behind === 0 && !this.#blocked;',
        replace: 'return true;',
      },
    ],
    found: ['watch: bookmarkable'],
    workloads: ['watches'],
  },
  {
    name: 'resume-skips-a-revision',
    why: 'A watch that is opened again begins behind the revision that it was asked for.',
    edits: [
      {
        file: 'packages/mvcc/src/watch/stream.ts',
        find: 'const next = startRevision > 0 ? startRevision :',
        replace: 'const next = startRevision > 1 ? startRevision + 1 :',
      },
    ],
    found: ['watch: resumable', 'watch: reliable'],
    workloads: ['watches'],
  },
  {
    name: 'keep-alive-without-barrier',
    why: 'A keep-alive is answered by who takes itself for the leader.',
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
    found: ['lease: held', 'lease: ended'],
    workloads: ['leases'],
  },
  {
    name: 'revoke-by-deposed-leader',
    why: 'Who no longer leads still counts, and what it takes for over is ended in its name (etcd #15247).',
    edits: [
      {
        file: 'packages/store/src/group/leases/leases.ts',
        find: "this.#lessor.observe(role === 'leader' && ready ? reignOf(status) : undefined, this.#member.now());",
        replace: "if (role === 'leader' && ready) this.#lessor.observe(reignOf(status), this.#member.now());",
      },
      ...FORWARDED_EXPIRIES,
      EXPIRY_OF_ANOTHER_ROUND,
    ],
    found: ['lease: held', 'lease: ended', 'meaning'],
    workloads: ['leases'],
  },
  {
    name: 'expiry-without-barrier',
    why: 'A leader that was stopped ends what ran out meanwhile, and asks nobody whether it still leads.',
    edits: [
      {
        file: 'packages/store/src/group/leases/lease-clock.ts',
        find: 'Math.min(now - this.#tickedAt, TICK_COUNTS_MAX)',
        replace: '(now - this.#tickedAt)',
      },
      {
        file: 'packages/store/src/group/leases/lessor.ts',
        find: `      timer.state = 'due';
      reign.due.add(timer);
    }`,
        replace: `      timer.state = 'due';
      reign.due.add(timer);
    }
    this.#confirmDue(reign, time);`,
      },
      {
        file: 'packages/store/src/group/leases/lessor.ts',
        find: 'this.#outlets.read({',
        replace: '((waiter: ReadWaiter) => waiter.ready())({',
      },
      ...FORWARDED_EXPIRIES,
      EXPIRY_OF_ANOTHER_ROUND,
    ],
    found: ['lease: held', 'lease: ended', 'meaning'],
    workloads: ['leases'],
  },
];
