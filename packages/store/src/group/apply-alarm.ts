// The entry that raises or disarms an alarm: etcd's own request, kept beside the keys. What is refused while one is raised is
// refused before it is proposed (admission.ts): an entry that was decided is applied in any case.
import { MalformedBytesError } from '@reknit/base';
import { AlarmAction, AlarmType, decodeAlarmRequest } from '@reknit/etcd-api';
import type { KeySpace } from '@reknit/mvcc';
import { nodeIdOf } from '../cluster/identity.js';
import { type Alarm, groupRecordOf, writeGroupRecord } from '../configuration/group-record.js';

export interface AlarmResult {
  readonly kind: 'alarm';
  /** Raised, or disarmed; empty when there was nothing to disarm. */
  readonly meant: readonly Alarm[];
}

/** Throws MalformedBytesError. */
export function applyAlarm(space: KeySpace, request: Uint8Array): AlarmResult {
  const { action, memberID, alarm } = decodeAlarmRequest(request);
  const kind = alarmKindOf(alarm);
  if (kind === undefined) throw new MalformedBytesError(`an alarm of type ${alarm}`);
  const meant: Alarm = { member: nodeIdOf(memberID), kind };
  const record = groupRecordOf(space);
  const others = record.alarms.filter((each) => each.member !== meant.member || each.kind !== kind);
  if (action === AlarmAction.ACTIVATE) writeGroupRecord(space, { ...record, alarms: [...others, meant] });
  else if (action === AlarmAction.DEACTIVATE) writeGroupRecord(space, { ...record, alarms: others });
  else throw new MalformedBytesError(`an alarm entry with action ${action}`);
  const known = others.length < record.alarms.length;
  return { kind: 'alarm', meant: action === AlarmAction.ACTIVATE || known ? [meant] : [] };
}

/** Undefined for NONE, and for what this version does not know. */
export function alarmKindOf(type: number): Alarm['kind'] | undefined {
  if (type === AlarmType.NOSPACE) return 'nospace';
  return type === AlarmType.CORRUPT ? 'corrupt' : undefined;
}

export const alarmTypeOf = (kind: Alarm['kind']): number => (kind === 'nospace' ? AlarmType.NOSPACE : AlarmType.CORRUPT);
