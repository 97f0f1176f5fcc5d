// What a person does after a fault that the cluster does not end by itself, through the API like any other client.
import type { Millis } from '@reknit/base';
import { AlarmAction, type AlarmMember, createAlarmRequest, decodeAlarmResponse, encodeAlarmRequest } from '@reknit/etcd-api';
import type { SimulatedMember } from '../cluster/simulated-member.js';
import type { Stage } from './stage.js';

const LOOK_EVERY: Millis = 500;
/** An alarm may still be on its way into the log when the room is back. */
const LOOKS = 12;

/** Disarms what is raised, also once everything else is healed. */
export function disarmAlarms(stage: Stage, looks: number = LOOKS): void {
  const member = stage.members.find(({ up }) => up);
  if (member !== undefined) {
    ask(member, {}, (alarms) => {
      for (const { memberID, alarm } of alarms) ask(member, { action: AlarmAction.DEACTIVATE, memberID, alarm }, () => undefined);
    });
  }
  if (looks > 1) stage.world.after(LOOK_EVERY, () => disarmAlarms(stage, looks - 1));
}

function ask(
  member: SimulatedMember,
  request: Parameters<typeof createAlarmRequest>[0],
  answered: (alarms: readonly AlarmMember[]) => void,
): void {
  const bytes = encodeAlarmRequest(createAlarmRequest(request));
  const answer = (response: unknown): void => {
    if (response instanceof Uint8Array) answered(decodeAlarmResponse(response).alarms);
  };
  member.call('/etcdserverpb.Maintenance/Alarm', bytes, 'default', answer, () => undefined);
}
