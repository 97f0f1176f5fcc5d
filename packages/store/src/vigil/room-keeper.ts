// What is done about disks that run full, by whoever leads the keyspace of clients: while a majority of its voters has room it
// only makes sure that one of those leads; otherwise it raises the alarm NOSPACE for those that have none, as etcd does, and
// clients' writes are refused until an operator has made room and disarmed it. One full disk of three stops nobody.
import type { Millis } from '@reknit/base';
import type { NodeId } from '@reknit/consensus';
import { raise } from '../api/alarm.js';
import { speaks } from '../cluster/level.js';
import type { Group } from '../group/group.js';
import type { StoreMember } from '../member.js';
import { DEFAULT_SEGMENT_BYTES } from '../options.js';
import { Room } from './room.js';
import type { Vigil } from './vigil.js';

/** What was begun shows its effect within that. */
const ACT_EVERY: Millis = 1000;

export class RoomKeeper {
  readonly room: Room;
  readonly #member: StoreMember;
  readonly #vigil: Pick<Vigil, 'peersWith'>;
  #actAt: Millis = 0;
  #raising = false;

  constructor(member: StoreMember, vigil: Pick<Vigil, 'peersWith'>) {
    this.#member = member;
    this.#vigil = vigil;
    const { runtime, options, directory, wal } = member;
    this.room = new Room({
      disk: runtime.disk,
      directory: directory.path,
      wal,
      segmentBytes: options.segmentBytes ?? DEFAULT_SEGMENT_BYTES,
      quotaBytes: options.quotaBytes,
      stateBytes: () => member.group('default')?.space.statistics().sizeBytes ?? 0,
    });
  }

  tick(now: Millis): void {
    this.room.tick(now);
    if (now < this.#actAt) return;
    this.#actAt = now + ACT_EVERY;
    const group = this.#member.group('default');
    if (group?.status.role === 'leader') this.#judge(group, now);
  }

  #judge(group: Group, now: Millis): void {
    const { room } = this;
    const self = this.#member.self.nodeId;
    const withRoom = this.#vigil.peersWith('room', now);
    const without = this.#vigil.peersWith('no room', now);
    const { voters } = group.status.stage;
    const scarce = voters.filter((voter) => (voter === self ? room.scarcity !== undefined : without.has(voter)));
    if (scarce.length === 0) return;
    const ample = voters.filter((voter) => !scarce.includes(voter) && (voter === self || withRoom.has(voter)));
    if (ample.length <= voters.length / 2) this.#alarm(group, scarce);
    else if (scarce.includes(self)) for (const each of this.#member.groups) each.handOver(withRoom);
  }

  #alarm(group: Group, scarce: readonly NodeId[]): void {
    const { raised } = group.alarms;
    const next = scarce.find((voter) => !raised.some(({ member, kind }) => member === voter && kind === 'nospace'));
    if (next === undefined || this.#raising || !speaks(this.#member.reconfiguration.applied, 'alarms')) return;
    this.#raising = true;
    const failed = (): void => {
      this.#raising = false;
    };
    const applied = (): void => {
      this.#raising = false;
      this.#member.runtime.log.log('error', 'disks run full: writes are refused until there is room and the alarm is disarmed', {
        member: next,
        cause: this.room.scarcity ?? 'it says that its disk is nearly full',
      });
    };
    raise(group, next, 'nospace', { applied, failed });
  }
}
