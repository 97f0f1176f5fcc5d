// Going on alone (stop-signs, rule 13), before a member is created: its log and its state become the beginning of a new branch
// in which it alone votes. Nobody reopens the old stage: the new one stands behind a stop-sign that never was, in a branch of its
// own, so that whatever the others still say or hold is another history's.
//
// Everything in the log counts as decided: what was not might have been, elsewhere. Revisions leap beyond any that the lost ones can have
// given out, and the gap is compacted: no client takes a new revision for an old one. Every step may be done twice; the order's
// note goes last.
import { assert } from '@reknit/base';
import { decodeStage, type Entry, type Epoch } from '@reknit/consensus';
import { type KeySpace, openKeySpace } from '@reknit/mvcc';
import type { Logger, Runtime } from '@reknit/runtime';
import type { GroupId, GroupLog, Wal } from '@reknit/wal';
import { findSelf } from '../cluster/find-self.js';
import { deriveCluster } from '../cluster/identity.js';
import { Membership } from '../cluster/membership.js';
import { groupRecordOf, type StageRecord, writeGroupRecord } from '../configuration/group-record.js';
import type { Configuration } from '../configuration/record.js';
import { stageAtStart } from '../configuration/stage-at-start.js';
import { DataDirectory, type UnsafeRecovery } from '../data-directory.js';
import { Applier } from '../group/applier.js';
import { holds } from '../group/fit-log.js';
import { writeInstallNote } from '../install-notes.js';
import { openLog } from '../open-log.js';
import { KEYSPACES, type KeyspaceName, type MemberOptions } from '../options.js';
import { StartError } from '../start-error.js';

/** More than a cluster gives out between two looks at it: as etcd's tools advise. */
const LEAP = 1_000_000_000;
const CHUNK_BYTES = 4 * 1024 * 1024;

interface Ground {
  readonly runtime: Runtime;
  readonly options: MemberOptions;
  readonly directory: DataDirectory;
  readonly order: UnsafeRecovery;
  readonly wal: Wal;
  /** The last that was in force. */
  readonly before: Configuration;
}

/** @param done called once: nothing was ordered, or it is carried out; or why it cannot be */
export function carryOutRecovery(runtime: Runtime, options: MemberOptions, done: (error: StartError | undefined) => void): void {
  const { disk } = runtime;
  if (!disk.exists(`${options.dataDirectory}/unsafe-recovery.json`)) return done(undefined);
  try {
    const described = deriveCluster(options.initialCluster, options.token);
    const directory = DataDirectory.open(runtime, options.dataDirectory, described, findSelf(described, options.name));
    const order = directory.unsafeRecovery;
    const before = new Membership(directory, described).configuration;
    assert(order !== undefined && before !== undefined, 'what had begun was ordered to go on');
    const wal = openLog(runtime, directory, options.segmentBytes, () => undefined);
    carryOut({ runtime, options, directory, order, wal, before }, done);
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    done(error);
  }
}

function carryOut(ground: Ground, done: (error: StartError | undefined) => void): void {
  const { wal, directory, runtime, order } = ground;
  const spaces = KEYSPACES.map(({ name, group }) => open(ground, name, group as GroupId));
  let at = 0;
  const finish = (error: StartError | undefined): void => {
    for (const { space } of spaces) space.close();
    wal.close();
    done(error);
  };
  const failed = (error: Error): void => finish(cannot(directory.path, error));
  const next = (): void => {
    const place = spaces[at++];
    if (place !== undefined) return catchUp(place, runtime.log, (error) => (error === undefined ? next() : failed(error)));
    const configuration = newConfiguration(ground, spaces);
    let open = spaces.length;
    for (const each of spaces) {
      renew(ground, each, configuration, (error) => {
        if (error !== undefined) return failed(error);
        if (--open > 0) return;
        conclude(ground, configuration);
        runtime.log.log('warn', 'unsafe recovery carried out: this member goes on alone', { branch: order.branch });
        finish(undefined);
      });
    }
  };
  next();
}

interface Place {
  readonly name: KeyspaceName;
  readonly group: GroupId;
  readonly space: KeySpace;
  readonly log: GroupLog;
  readonly first: StageRecord;
}

function open({ options, directory, wal, before }: Ground, name: KeyspaceName, group: GroupId): Place {
  const { genesis } = directory;
  const log = wal.groups.get(group);
  assert(genesis !== undefined && log !== undefined, 'what had begun has a genesis and a log', () => name);
  const space = openKeySpace(options.pagesHome(name, `${directory.path}/keyspaces/${name}`), { branch: log.identity.branch });
  const self = directory.identity.memberId.padStart(16, '0') as Configuration['members'][number]['id'];
  const renewed = space.flushed.branch !== log.identity.branch;
  const first = renewed ? undefined : stageAtStart(self, genesis, space, log, before).first;
  return { name, group, space, log, first: first ?? { stage: groupRecordOf(space).stage!.stage, start: 0, previous: undefined } };
}

/** Applies what the log holds, decided or not; not what follows a stop-sign behind which nobody has begun. */
function catchUp({ space, log, first }: Place, logger: Logger, done: (error: Error | undefined) => void): void {
  const { branch, epoch } = log.identity;
  if (space.applied.branch !== branch || (space.applied.index > 0 && !holds(log, space.applied))) return done(undefined);
  let stage = groupRecordOf(space).stage ?? first;
  const stopped = (entry: Entry): void => {
    const { stage: ended, start } = stage;
    stage = { stage: decodeStage(entry.payload), start: entry.index, previous: { stage: ended, start } };
    writeGroupRecord(space, { ...groupRecordOf(space), stage });
  };
  const nothing = (): void => undefined;
  const applier = new Applier(space, stage.stage.epoch, logger, {
    begins: nothing,
    results: () => 'unread',
    applied: nothing,
    stopped,
  });
  const isOver = (entry: { readonly index: number; readonly kind: string }): boolean =>
    entry.kind === 'stop-sign' && entry.index > log.epochStart;
  const goOn = (): void => {
    const read = log.read(space.applied.index + 1, log.lastIndex, CHUNK_BYTES);
    const end = read.findIndex(isOver);
    const entries = end < 0 ? read : read.slice(0, end);
    for (const entry of entries) applier.add(entry as unknown as Entry);
    applyAll(applier, space, branch);
    if (end >= 0 || entries.length === 0 || stage.stage.epoch > epoch) return done(undefined);
    if (space.flushDue) space.flush((error) => (error === undefined ? goOn() : done(error)));
    else goOn();
  };
  goOn();
}

function applyAll(applier: Applier, space: KeySpace, branch: string): void {
  for (;;) {
    const applied = applier.applyThrough(Number.POSITIVE_INFINITY);
    if (applied === undefined && !applier.midEntry) return;
    if (applied === undefined) continue;
    const { index, round } = applied.last;
    space.end({ branch, epoch: applied.epoch, index, round });
  }
}

/** The same on every try: the log's epochs and the record do not change before it is in force. */
function newConfiguration({ before, directory, order }: Ground, places: readonly Place[]): Configuration {
  const recorded = places.map(({ space }) => groupRecordOf(space).configuration).find((each) => each !== undefined);
  const latest = recorded !== undefined && recorded.version >= before.version ? recorded : before;
  const begun = places.find(({ space }) => space.flushed.branch === order.branch);
  const epochs = places.map(({ space, log }) => Math.max(log.identity.epoch, groupRecordOf(space).stage?.stage.epoch ?? 1));
  const epoch = begun === undefined ? Math.max(...epochs) + 1 : groupRecordOf(begun.space).stage!.stage.epoch;
  const { plan: _, ...rest } = latest;
  const members = latest.members.filter(({ incarnation }) => incarnation === directory.identity.incarnation);
  assert(members.length === 1, 'a survivor is a member', () => latest);
  const removed = new Set([...latest.removed, ...latest.members.filter((each) => !members.includes(each)).map(({ id }) => id)]);
  // In force already, after a crash between the two keyspaces.
  if (latest.members.length === 1 && latest.epoch === epoch) return latest;
  const alone = members.map((each) => ({ ...each, role: 'voter' as const }));
  return { ...rest, version: latest.version + 1, epoch, members: alone, removed: [...removed] };
}

/** State first, then the log behind it, as after a snapshot. */
function renew(
  { order, wal }: Ground,
  place: Place,
  configuration: Configuration,
  done: (error: Error | undefined) => void,
): void {
  const { space, log, name } = place;
  const follow = (error: Error | undefined): void => {
    if (error !== undefined) return done(error);
    if (log.identity.branch === order.branch) return done(undefined);
    const { index, round, epoch } = space.flushed;
    const group = place.group;
    wal.setBase({ group, branch: order.branch, epoch, index, round, epochStart: index - 1 }, () => undefined);
    wal.beginEpoch({ group, branch: order.branch, epoch: epoch + 1 }, index, () => done(undefined));
  };
  if (space.flushed.branch === order.branch) return follow(undefined);
  const record = groupRecordOf(space);
  const { stage } = record.stage ?? place.first;
  const index = space.applied.index + 1;
  const epoch = configuration.epoch as Epoch;
  const voters = configuration.members.map(({ id }) => id);
  const next = { epoch, protocol: configuration.protocol, voters, learners: [], plan: order.fingerprint, preferred: voters[0] };
  const previous = { stage: { ...stage, epoch: (epoch - 1) as Epoch }, start: index - 1 };
  writeGroupRecord(space, {
    ...record,
    stage: { stage: next, start: index, previous },
    configuration: name === '_system' ? configuration : undefined,
  });
  space.leap(space.revision + LEAP);
  space.end({ branch: order.branch, epoch: epoch - 1, index, round: Math.max(1, space.applied.round) });
  space.flush(follow);
}

function conclude({ runtime, directory, order, before }: Ground, configuration: Configuration): void {
  const { genesis, identity } = directory;
  assert(genesis !== undefined, 'what had begun has a genesis');
  for (const { name } of KEYSPACES) writeInstallNote(runtime, directory.path, name, undefined);
  if (configuration.version > before.version) directory.writeConfiguration(configuration);
  const [self] = configuration.members;
  directory.writeGenesis({ ...genesis, branch: order.branch, voters: { [self!.id]: identity.incarnation } });
  directory.unsafeRecoveryDone();
}

const cannot = (path: string, error: Error): StartError =>
  new StartError(
    'data-directory-damaged',
    `the unsafe recovery of ${path} cannot be carried out: ${error.message}`,
    'mend its disk and start again: what was done will not be done twice; or recover from another survivor',
    { cause: error },
  );
