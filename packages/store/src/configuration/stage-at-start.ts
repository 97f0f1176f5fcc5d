// In which stage a group stands when its member starts. The log says it durably (`Started`), the state says how far it was
// applied; a crash may leave either of them behind the other by the change that was under way.
import { assert } from '@reknit/base';
import {
  decodeStage,
  type Epoch,
  type Index,
  type NodeId,
  type Stage,
  type StageEnd,
  UnreadableLogError,
} from '@reknit/consensus';
import type { KeySpace } from '@reknit/mvcc';
import type { GroupLog } from '@reknit/wal';
import type { Genesis } from '../data-directory.js';
import { voterIds } from './changes.js';
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
  /** This member joined later. */
  readonly guest: boolean;
}

/**
 * For a member that joined later it is only where its way to the present stage begins: who votes now can show it that way, while
 * those who began the cluster may all be gone.
 */
function firstStage({ voters, protocol }: Genesis, configuration: Configuration | undefined): Stage {
  const began = Object.keys(voters).sort() as NodeId[];
  const now = configuration === undefined ? began : voterIds(configuration.members);
  const shown = began.some((voter) => now.includes(voter)) ? began : now;
  return { epoch: 1 as Epoch, protocol, voters: shown, learners: [], plan: '', preferred: undefined };
}

export const metMembers = ({ members }: Configuration): readonly NodeId[] =>
  members.filter(({ incarnation }) => incarnation !== undefined).map(({ id }) => id);

/** Members that have been met and do not vote in the stage. */
export const learnersOf = (configuration: Configuration, { voters }: Stage): readonly NodeId[] =>
  metMembers(configuration).filter((id) => !voters.includes(id));

/** @param configuration the newest that is known, for the learners */
export function stageAtStart(
  self: NodeId,
  genesis: Genesis,
  space: KeySpace,
  log: GroupLog,
  configuration: Configuration | undefined,
): StageAtStart {
  const first: StageRecord = { stage: firstStage(genesis, configuration), start: 0, previous: undefined };
  const applied = groupRecordOf(space).stage ?? first;
  const { epoch } = log.identity;
  const stage =
    epoch > applied.stage.epoch ? namedInLog(log) : epoch === applied.stage.epoch ? applied.stage : before(applied, epoch);
  const stopped = epoch < applied.stage.epoch ? endOf(applied, log.identity.epoch as Epoch) : undefined;
  const learners = configuration === undefined ? stage.learners : learnersOf(configuration, stage);
  return { stage: { ...stage, learners }, stopped, applied, first, guest: !(self in genesis.voters) };
}

/** The stop-sign is not flushed with the state yet, so it stands in the log. */
function namedInLog(log: GroupLog): Stage {
  const stopSign = log.read(log.epochStart, log.epochStart, 1)[0];
  if (stopSign === undefined) throw new UnreadableLogError(log.epochStart as Index);
  assert(stopSign.kind === 'stop-sign', 'an epoch of the log begins behind a stop-sign', () => log.epochStart);
  return decodeStage(stopSign.payload);
}

function before({ previous }: StageRecord, epoch: number): Stage {
  assert(previous?.stage.epoch === epoch, 'a log is at most one stop-sign behind its state', () => epoch);
  return previous.stage;
}

const endOf = ({ stage, start }: StageRecord, epoch: Epoch): StageEnd => ({ epoch, index: start as Index, next: stage });
