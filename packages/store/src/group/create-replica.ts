// The replica of a group, begun where its log and its state stand.
import { type HardState, type Index, protocols, type Stage, Succession, type GroupLog as SuccessionLog } from '@reknit/consensus';
import type { LogHardState } from '@reknit/wal';
import type { GroupMember, GroupOptions } from './group-contract.js';

export function createReplica(member: GroupMember, { at, log, space, timings, prepared }: GroupOptions): Succession {
  return new Succession({
    self: member.self,
    // The log's entries have the protocol's shape; only the brands of their numbers differ.
    log: log as unknown as SuccessionLog,
    stage: at.stage,
    start: log.epochStart as Index,
    hardState: (log.hardState ?? NO_PROMISES) as HardState,
    applied: space.flushed.index as Index,
    stopped: at.stopped,
    guest: at.guest,
    prepared: prepared as Pick<Stage, 'epoch' | 'plan'> | undefined,
    protocols,
    electionTimeout: timings.electionTimeout,
    heartbeatInterval: timings.heartbeatInterval,
    random: () => member.runtime.random.next(),
  });
}

const NO_PROMISES: LogHardState = { round: 0, vote: undefined, history: 0, commit: 0 };
