import type { Mutant } from '../mutant.js';

const common = { part: 'the log', ground: { kind: 'log' } } as const;

export const LOG_MUTANTS: readonly Mutant[] = [
  {
    ...common,
    name: 'sync-left-out',
    why: 'What was written counts as durable before it is synced; after a loss of power a member misses what it acknowledged.',
    reference: {
      text: 'etcd #10166: tocommit is out of range, after a sync that was lost',
      url: 'https://github.com/etcd-io/etcd/issues/10166',
    },
    edits: [
      {
        file: 'packages/wal/src/commit/group-commit.ts',
        find: 'this.#segment.file.writeAndSync(offset, [encodeBatchHeader(header, body), body], (error) => this.#written(batch, error));',
        replace: `const first = encodeBatchHeader(header, body);
    this.#segment.file.write(offset, first);
    this.#segment.file.write(offset + first.length, body);
    this.#options.clock.soon(() => this.#written(batch, undefined));`,
      },
    ],
  },
  {
    ...common,
    name: 'rot-cut-off',
    why: 'A damaged entry in the middle is taken for the end of the log, and all that follows is cut off, though it was acknowledged.',
    reference: {
      text: 'Alagappan et al. 2018, Protocol-Aware Recovery: what etcd, ZooKeeper and LogCabin do with a corrupt entry',
      url: 'https://www.usenix.org/conference/fast18/presentation/alagappan',
    },
    edits: [
      {
        file: 'packages/wal/src/recovery/judge.ts',
        find: '    this.#at++;\n',
        replace: '    this.#at++;\n    if (this.torn !== undefined) return;\n',
      },
      {
        file: 'packages/wal/src/recovery/judge.ts',
        find: "if (this.#at < this.#lastBatch || item === this.#first) return 'rot';",
        replace: "if (this.#at < this.#lastBatch || item === this.#first) return 'torn';",
      },
    ],
  },
  {
    ...common,
    name: 'torn-tail-as-whole',
    why: 'A write that a crash cut short is taken for a whole one: nobody asks its checksums.',
    reference: {
      text: 'Pillai et al. 2014, All File Systems Are Not Created Equal: appends that are not atomic',
      url: 'https://www.usenix.org/conference/osdi14/technical-sessions/presentation/pillai',
    },
    edits: [
      {
        file: 'packages/wal/src/recovery/judge.ts',
        find: "if (item.kind === 'batch' && isWhole(item.check)) {",
        replace: "if (item.kind === 'batch') {",
      },
    ],
  },
  {
    ...common,
    name: 'directory-not-synced',
    why: 'A new segment gets its name, but its directory is not synced: after a loss of power the file is gone, and what it held.',
    reference: {
      text: 'etcd #6368: possible data loss, fsync parent directories',
      url: 'https://github.com/etcd-io/etcd/issues/6368',
    },
    edits: [
      {
        file: 'packages/wal/src/segment-file.ts',
        find: '  disk.syncDirectory(directory);\n',
        replace: '',
      },
    ],
  },
  {
    ...common,
    name: 'segment-dropped-early',
    why: 'A segment goes when memory says that nobody needs it, not when the record that says so is durable.',
    reference: { text: 'etcd #2470: open wal error: wal: file not found', url: 'https://github.com/etcd-io/etcd/issues/2470' },
    edits: [
      {
        file: 'packages/wal/src/log.ts',
        find: 'this.#dropSegments(batch.dropThrough);',
        replace: 'this.#dropSegments(this.#droppableThrough());',
      },
    ],
  },
];
