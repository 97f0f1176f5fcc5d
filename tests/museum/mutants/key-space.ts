import type { Mutant } from '../mutant.js';

const common = { part: 'mvcc', ground: { kind: 'key space' } } as const;

export const KEY_SPACE_MUTANTS: readonly Mutant[] = [
  {
    ...common,
    name: 'tombstone-compacted-early',
    why: 'A compaction at the very revision of a deletion removes the deletion: a watch from there never hears of it.',
    reference: {
      text: 'etcd #18089: watch dropping an event when compacting on delete',
      url: 'https://github.com/etcd-io/etcd/issues/18089',
    },
    edits: [
      {
        file: 'packages/mvcc/src/compaction-job.ts',
        find: 'recordDeleted(record) && main < this.#target.to;',
        replace: 'recordDeleted(record) && main <= this.#target.to;',
      },
    ],
  },
  {
    ...common,
    name: 'needed-revision-compacted',
    why: 'A compaction looks one revision too far, and removes what is still to be read at its own.',
    reference: { text: 'etcd #10713: range failed to find revision pair', url: 'https://github.com/etcd-io/etcd/issues/10713' },
    edits: [
      {
        file: 'packages/mvcc/src/compaction-job.ts',
        find: 'to: copyOf(recordKey(this.#target.to + 1, 0)) });',
        replace: 'to: copyOf(recordKey(this.#target.to + 2, 0)) });',
      },
    ],
  },
  {
    ...common,
    name: 'index-before-data',
    why: 'How far the log was applied becomes durable before what it changed: after a crash those entries are never applied again.',
    reference: {
      text: 'etcd #13766: inconsistent revision and data occurs',
      url: 'https://github.com/etcd-io/etcd/issues/13766',
    },
    edits: [
      {
        file: 'packages/mvcc/src/flush.ts',
        find: '  yield* parts.leftovers;\n',
        replace: '  yield stateWrite(parts.state, parts.salt);\n  yield* parts.leftovers;\n',
      },
    ],
  },
  {
    ...common,
    name: 'put-leaves-old-lease',
    why: 'A key that is put under another lease stays attached to the first: whose end deletes it.',
    reference: {
      text: 'etcd #6102: a key that changed its lease must outlive the first',
      url: 'https://github.com/etcd-io/etcd/issues/6102',
    },
    edits: [
      {
        file: 'packages/mvcc/src/writer.ts',
        find: 'this.#leases.move(key, before === undefined ? 0n : before.lease, head.lease);',
        replace: 'if (before === undefined || before.lease === 0n) this.#leases.move(key, 0n, head.lease);',
      },
    ],
  },
  {
    ...common,
    name: 'progress-ahead-of-events',
    why: 'A progress mark does not wait for the events that are still to be read.',
    reference: {
      text: 'etcd #15220: progress notifications ahead of events',
      url: 'https://github.com/etcd-io/etcd/issues/15220',
    },
    ground: { kind: 'watches' },
    edits: [
      {
        file: 'packages/mvcc/src/watch/stream.ts',
        find: 'return this.#behind === 0 && !this.#blocked;',
        replace: 'return true;',
      },
    ],
  },
  {
    ...common,
    name: 'slow-watcher-skips',
    why: 'A watcher whose client is slow goes on after the revision that it missed.',
    reference: { text: 'etcd #17529: watch event loss', url: 'https://github.com/etcd-io/etcd/issues/17529' },
    ground: { kind: 'watches' },
    edits: [
      {
        file: 'packages/mvcc/src/watch/hub.ts',
        find: 'stream.park(watcher, missed);',
        replace: 'stream.park(watcher, revision + 1);',
      },
    ],
  },
  {
    ...common,
    name: 'watch-lost-at-snapshot',
    why: 'A member that catches up by a snapshot goes on with its watches behind it: what lies in between is never told.',
    reference: {
      text: 'etcd #17529: watchers that miss events',
      url: 'https://github.com/etcd-io/etcd/issues/17529',
    },
    ground: { kind: 'simulator', protocol: 'raft', workloads: ['watches'], faults: ['exile'] },
    edits: [
      {
        file: 'packages/mvcc/src/watch/hub.ts',
        find: `    this.#foremost = new Cohort(revision + 1);
    this.#fellBehind(left);
    this.#settle();`,
        replace: '    left.next = revision + 1;',
      },
    ],
  },
];
