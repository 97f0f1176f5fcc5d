// Alarms as etcd has them: raised by a member whose room runs short, or by hand; disarmed by hand, once the cause is gone. Each
// keyspace has its own.
import { AlarmAction, type AlarmRequest, createAlarmRequest, encodeAlarmRequest, encodeAlarmResponse } from '@reknit/etcd-api';
import { type Failure, Status, type UnaryReply } from '@reknit/grpc';
import { speaks } from '../cluster/level.js';
import type { Alarm } from '../configuration/group-record.js';
import { alarmKindOf, alarmTypeOf } from '../group/apply-alarm.js';
import { Operation } from '../group/envelope.js';
import type { Group } from '../group/group.js';
import type { WriteWaiter } from '../group/writes.js';
import type { StoreMember } from '../member.js';
import { headerOf } from './context.js';

export function alarm(member: StoreMember, group: Group, request: AlarmRequest, reply: UnaryReply): void {
  const kind = alarmKindOf(request.alarm);
  const answer = (alarms: readonly Alarm[]): void => {
    const wire = alarms.map((each) => ({ memberID: BigInt(`0x${each.member}`), alarm: alarmTypeOf(each.kind) }));
    reply.ok(encodeAlarmResponse({ header: headerOf(member, group), alarms: wire }));
  };
  const failed = (failure: Failure): void => reply.fail(failure);
  if (request.action === AlarmAction.GET) {
    const wanted = ({ kind: of }: Alarm): boolean => kind === undefined || of === kind;
    return group.read({ ready: () => answer(group.alarms.raised.filter(wanted)), failed });
  }
  const known = request.action === AlarmAction.ACTIVATE || request.action === AlarmAction.DEACTIVATE;
  if (kind === undefined || !known) return group.read({ ready: () => answer([]), failed });
  if (!speaks(member.reconfiguration.applied, 'alarms')) return reply.fail(MIXED_VERSIONS);
  group.write(Operation.alarm, encodeAlarmRequest(request), {
    applied: (result) => answer(result.kind === 'alarm' ? result.meant : []),
    failed,
  });
}

const MIXED_VERSIONS: Failure = {
  code: Status.failedPrecondition,
  message: 'reknit: some members run a version that knows no alarms; upgrade them first (GET /version shows the level in use)',
};

/** As etcd prints it in a status. */
export const describeAlarm = ({ member, kind }: Alarm): string =>
  `memberID:${BigInt(`0x${member}`)} alarm:${kind.toUpperCase()} `;

/** In the name of a member. */
export const raise = (group: Group, member: Alarm['member'], kind: Alarm['kind'], waiter: WriteWaiter): void =>
  group.write(
    Operation.alarm,
    encodeAlarmRequest(
      createAlarmRequest({ action: AlarmAction.ACTIVATE, memberID: BigInt(`0x${member}`), alarm: alarmTypeOf(kind) }),
    ),
    waiter,
  );
