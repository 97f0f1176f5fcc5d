// What a member knows to be wrong with its store, by the recovery engine's names: plain, for agents and metrics.
import type { NodeId } from '@reknit/consensus';
import type { StoreMember } from '../member.js';

export type StoreAlarm = 'nospace' | 'corrupt' | 'rot' | 'lost-write';

export interface StoreSignal {
  readonly alarm: StoreAlarm;
  /** Whom it is about, where that is another member. */
  readonly member?: string;
  /** For people. */
  readonly detail: string;
}

/** It stands in every member's state, and is about one. */
function about({ self, cluster }: StoreMember, raiser: NodeId): Pick<StoreSignal, 'member'> {
  if (raiser === self.nodeId) return {};
  return { member: cluster.members.find(({ nodeId }) => nodeId === raiser)?.name ?? raiser };
}

export function storeSignals(member: StoreMember): readonly StoreSignal[] {
  const signals: StoreSignal[] = [];
  const { scarcity } = member.room;
  if (scarcity !== undefined) signals.push({ alarm: 'nospace', detail: scarcity });
  const rot = new Set(member.rot);
  for (const { name, alarms, log } of member.groups) {
    // Found by reading. It is over when the log has been shortened beyond it, or it was had from another member.
    if (log.damaged.length > 0) rot.add(describeDamage(name, log.damaged));
    for (const { member: raiser, kind } of alarms.raised) {
      const detail = `the alarm of member ${raiser} stands in keyspace ${name} until it is disarmed`;
      signals.push({ alarm: kind, ...about(member, raiser), detail });
    }
  }
  for (const detail of rot) signals.push({ alarm: 'rot', detail });
  for (const { name, detail } of member.distrusted) signals.push({ alarm: 'lost-write', member: name, detail });
  return signals;
}

/** @param damaged indexes, at least one */
export const describeDamage = (keyspace: string, damaged: readonly number[]): string =>
  `the disk has changed ${damaged.length} entries of the log of keyspace ${keyspace}, the first of them ${damaged[0]}`;
