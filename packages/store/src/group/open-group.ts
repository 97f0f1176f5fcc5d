// Opens what a group has on disk, makes its log and its state fit, and starts it in the stage in which they stand.
import { assert, type ByteWriter } from '@reknit/base';
import { type NodeId, protocols, type Stage, UnreadableLogError } from '@reknit/consensus';
import { CorruptRecordError, FormatError, type KeySpace, openKeySpace } from '@reknit/mvcc';
import type { Runtime } from '@reknit/runtime';
import type { LogIdentity, Wal } from '@reknit/wal';
import { groupRecordOf } from '../configuration/group-record.js';
import type { Configuration } from '../configuration/record.js';
import { stageAtStart } from '../configuration/stage-at-start.js';
import type { DataDirectory, Prepared } from '../data-directory.js';
import { writeInstallNote } from '../install-notes.js';
import { DEFAULT_SEGMENT_BYTES, type KeyspaceName, type MemberOptions } from '../options.js';
import { StartError } from '../start-error.js';
import type { Admits } from './admission.js';
import { fitLog, standAt } from './fit-log.js';
import { Group } from './group.js';

/** A group's recent entries lie in the newest two or three; more are kept alive by a group that is idle. */
const CROWDED_SEGMENTS = 4;
/** The log refuses units of a quarter of a segment: half of that leaves room for what stands around the entries. */
const APPENDS_PER_SEGMENT_MIN = 8;

export interface GroupGround {
  readonly name: KeyspaceName;
  /** With which its log begins. */
  readonly identity: LogIdentity;
  readonly runtime: Runtime;
  readonly options: MemberOptions;
  readonly directory: DataDirectory;
  readonly wal: Wal;
  readonly self: NodeId;
  /** Random per process start. */
  readonly origin: number;
  readonly configuration: Configuration | undefined;
  /** What the opening of the log found damaged, with its places. */
  rot(): readonly string[];
  writer(peer: NodeId): ByteWriter | undefined;
  wake(): void;
  admits(wanted: () => number): Admits;
  takes(bytes: number): boolean;
  staged(): void;
  configured(configuration: Configuration): void;
}

/** Throws StartError. */
export function openGroup(ground: GroupGround): Group {
  try {
    return open(ground);
  } catch (error) {
    if (!(error instanceof UnreadableLogError)) throw error;
    const { name, directory } = ground;
    const places = ground.rot().join('; ');
    throw new StartError(
      'log-damaged',
      `the log of keyspace ${name} in ${directory.path}/wal is damaged: ${error.message}${places === '' ? '' : ` (${places})`}`,
      'restore it from a copy of this disk, or replace this member',
      { cause: error },
    );
  }
}

function open(ground: GroupGround): Group {
  const { name, identity, runtime, options, directory, wal } = ground;
  const { genesis } = directory;
  assert(genesis !== undefined, 'groups run after the genesis');
  const space = openSpace(ground);
  const place = { runtime, directory: directory.path, wal };
  const log = fitLog(place, name, identity, space.flushed, groupRecordOf(space).stage);
  const { electionTimeout, heartbeatInterval, snapshotCount, catchupEntries } = options;
  return new Group(
    {
      runtime,
      self: ground.self,
      origin: ground.origin,
      observer: options.observer,
      writer: ground.writer,
      wake: ground.wake,
      admits: ground.admits,
      takes: ground.takes,
      staged: ground.staged,
      configured: ground.configured,
      prepare: (stage) => prepare(directory, name, stage),
      logCrowded: () => wal.statistics().segments > CROWDED_SEGMENTS,
      flushed: (took) => options.meters?.flush(took),
      moveBase: (base, durable) => wal.setBase(base, durable),
      standAt: (position, at, durable) => standAt(wal, log, position, at, durable),
      noteInstall: (position) => writeInstallNote(runtime, directory.path, name, position),
    },
    {
      name,
      at: stageAtStart(ground.self, genesis, space, log, ground.configuration),
      prepared: preparedFor(directory, name),
      log,
      space,
      timings: { electionTimeout, heartbeatInterval, requestTimeout: 5000 + 2 * electionTimeout },
      appendBytesMax: (options.segmentBytes ?? DEFAULT_SEGMENT_BYTES) / APPENDS_PER_SEGMENT_MIN,
      keeper: { snapshotCount, catchupEntries, random: () => runtime.random.next() },
    },
  );
}

function openSpace({ name, identity, options, directory }: GroupGround): KeySpace {
  try {
    return openKeySpace(options.pagesHome(name, `${directory.path}/keyspaces/${name}`), { branch: identity.branch });
  } catch (error) {
    if (!(error instanceof FormatError || error instanceof CorruptRecordError)) throw error;
    throw new StartError(
      'data-directory-damaged',
      `the state of keyspace ${name} in ${directory.path} cannot be read: ${error.message}`,
      'restore it from a backup, or replace this member',
      { cause: error },
    );
  }
}

/** Undefined, or why this member cannot run the stage. */
function prepare(directory: DataDirectory, keyspace: KeyspaceName, stage: Stage): string | undefined {
  const { protocol } = stage;
  if (protocols[protocol] === undefined) return `its version of Reknit does not know ${protocol}`;
  directory.writePrepared(keyspace, stage);
  return undefined;
}

/** It counts after a restart, too; not for another version that cannot run it. */
function preparedFor(directory: DataDirectory, keyspace: KeyspaceName): Prepared | undefined {
  const prepared = directory.prepared(keyspace);
  return prepared !== undefined && protocols[prepared.protocol] !== undefined ? prepared : undefined;
}
