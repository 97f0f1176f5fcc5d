// What a member knows to be wrong with its store, by the recovery engine's names: plain, for agents and metrics.
import type { StoreMember } from '../member.js';

export type StoreAlarm = 'nospace' | 'corrupt' | 'lost-write';

export interface StoreSignal {
  readonly alarm: StoreAlarm;
  /** Whom it is about, where that is another member. */
  readonly member?: string;
  /** For people. */
  readonly detail: string;
}

export function storeSignals(member: StoreMember): readonly StoreSignal[] {
  const signals: StoreSignal[] = [];
  const { scarcity } = member.room;
  if (scarcity !== undefined) signals.push({ alarm: 'nospace', detail: scarcity });
  for (const { name, alarms } of member.groups) {
    for (const { member: raiser, kind } of alarms.raised)
      signals.push({ alarm: kind, detail: `the alarm of member ${raiser} stands in keyspace ${name} until it is disarmed` });
  }
  for (const { name, detail } of member.distrusted) signals.push({ alarm: 'lost-write', member: name, detail });
  return signals;
}
