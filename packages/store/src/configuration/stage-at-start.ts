// In which stage a group stands when its member starts. The log says it durably (`Started`), the state says how far it was
// applied; a crash may leave either of them behind the other by the change that was under way.
import { assert } from '@reknit/base';
import { decodeStage, type Epoch, type Index, type NodeId, type Stage, type StageEnd } from '@reknit/consensus';
import type { KeySpace } from '@reknit/mvcc';
import type { GroupLog } from '@reknit/wal';
import type { Genesis } from '../data-directory.js';
import { groupRecordOf, type StageRecord } from './group-record.js';
import type { Configuration } from './record.js';

export interface StageAtStart {
  /** That of the log's epoch. */
  readonly stage: Stage;
  /** It has ended already, as far as the state was applied. */
  readonly stopped: StageEnd | undefined;
  /** In force behind the last entry of the state. */
  readonly applied: StageRecord;
  /** In which the cluster began. */
  readonly first: StageRecord;
}

export const firstStage = ({ voters, protocol }: Genesis): Stage => ({
  epoch: 1 as Epoch,
  protocol,
  voters: Object.keys(voters).sort() as NodeId[],
  learners: [],
  plan: '',
  preferred: undefined,
});

/** Members that have been met and do not vote in the stage. */
export const learnersOf = ({ members }: Configuration, { voters }: Stage): readonly NodeId[] =>
  members.filter(({ id, incarnation }) => incarnation !== undefined && !voters.includes(id)).map(({ id }) => id);

/** @param configuration the newest that is known, for the learners */
export function stageAtStart(
  genesis: Genesis,
  space: KeySpace,
  log: GroupLog,
  configuration: Configuration | undefined,
): StageAtStart {
  const first: StageRecord = { stage: firstStage(genesis), start: 0, previous: undefined };
  const applied = groupRecordOf(space).stage ?? first;
  const { epoch } = log.identity;
  const stage =
    epoch > applied.stage.epoch ? namedInLog(log) : epoch === applied.stage.epoch ? applied.stage : before(applied, epoch);
  const stopped = epoch < applied.stage.epoch ? endOf(applied, log.identity.epoch as Epoch) : undefined;
  const learners = configuration === undefined ? stage.learners : learnersOf(configuration, stage);
  return { stage: { ...stage, learners }, stopped, applied, first };
}

/** The stop-sign is not flushed with the state yet, so it stands in the log. */
function namedInLog(log: GroupLog): Stage {
  const stopSign = log.read(log.epochStart, log.epochStart, 1)[0];
  assert(stopSign?.kind === 'stop-sign', 'an epoch of the log begins behind a stop-sign', () => log.epochStart);
  return decodeStage(stopSign.payload);
}

function before({ previous }: StageRecord, epoch: number): Stage {
  assert(previous?.stage.epoch === epoch, 'a log is at most one stop-sign behind its state', () => epoch);
  return previous.stage;
}

const endOf = ({ stage, start }: StageRecord, epoch: Epoch): StageEnd => ({ epoch, index: start as Index, next: stage });
