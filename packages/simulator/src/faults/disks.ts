// Disks that are slow, full, broken, or that do not keep what they were given. Slow and full ones recover; what a disk has
// damaged, a member may refuse to start with: then it is out, and the others must do without it.
import { anyLogByte } from '../cluster/log-files.js';
import { disarmAlarms } from './operator.js';
import type { Fault } from './stage.js';

/** A disk this much slower takes 20 ms to a second and a half for one sync. */
const SLOW_FACTOR_MIN = 100;
const SLOW_FACTOR_MEAN = 700;
/** Somewhere in it the state is flushed. */
const SLOW_DEATH_MS_SPREAD = 7000;
/** Room that a disk which is about to be full still has: for a few batches, or for less than one. */
const ROOM_BYTES_MAX = 96 * 1024;
/** How often the disks of all members fill at the same time. */
const ALL_FULL = 0.4;
const SECTOR_BYTES = 512;

export const slowDisk: Fault = (stage) => {
  for (const { machine } of stage.members) {
    if (!stage.prng.chance(0.5)) continue;
    machine.disk.slowFactor = SLOW_FACTOR_MIN + stage.prng.tail(SLOW_FACTOR_MEAN);
    stage.after(stage.duration, () => {
      machine.disk.slowFactor = 1;
    });
  }
};

/** The log falls behind what the others decide, until the power fails: what was applied meanwhile was not durable here. */
export const slowDeath: Fault = (stage) => {
  const { victim, prng } = stage;
  if (!victim.up) return 'missed';
  victim.machine.disk.slowFactor = SLOW_FACTOR_MIN + prng.tail(SLOW_FACTOR_MEAN);
  stage.after(300 + prng.next() * SLOW_DEATH_MS_SPREAD, () => {
    victim.machine.disk.slowFactor = 1;
    victim.crash();
    stage.after(prng.tail(500), () => victim.start());
  });
  return undefined;
};

/** The next sync reports an error and keeps nothing: the member must end itself and come back by its log. */
export const failedSync: Fault = (stage) => {
  const { victim } = stage;
  victim.excuseFailures();
  victim.machine.disk.failNextSync();
  stage.after(stage.duration, () => victim.start());
};

/**
 * For a while there is hardly any room, on one disk or on all of them; who cannot go on ends itself, and comes back when there
 * is. Where a majority has none, writes are refused until somebody disarms the alarm.
 */
export const fullDisk: Fault = (stage) => {
  const { victim, prng } = stage;
  const room = prng.next() * ROOM_BYTES_MAX;
  const struck = prng.chance(ALL_FULL) ? stage.members : [victim];
  for (const member of struck) {
    const { disk } = member.machine;
    member.excuseFailures();
    disk.capacityBytes = disk.usedBytes() + room;
    stage.after(stage.duration * 2, () => {
      disk.capacityBytes = Number.POSITIVE_INFINITY;
      member.start();
    });
  }
  stage.world.after(stage.duration * 2, () => disarmAlarms(stage));
};

/** One bit of the log flips where it lies. */
export const bitRot: Fault = (stage) => {
  const victim = stage.theatre.expendable;
  const place = victim && anyLogByte(victim.machine, stage.prng, 'any');
  if (victim === undefined || place === undefined) return 'missed';
  victim.excuseDamage();
  victim.machine.disk.corrupt(place.path, place.offset, 1 << stage.prng.below(8));
  return undefined;
};

/** A sector that was acknowledged never arrived; others after it did. */
export const lostWrite: Fault = (stage) => {
  const victim = stage.theatre.expendable;
  const place = victim && anyLogByte(victim.machine, stage.prng, 'not-last');
  if (victim === undefined || place === undefined) return 'missed';
  victim.excuseDamage();
  const sector = place.offset - (place.offset % SECTOR_BYTES);
  victim.machine.disk.eraseSector(place.path, sector);
  if (stage.prng.chance(0.7)) victim.crash();
  stage.after(stage.prng.tail(800), () => victim.start());
  return undefined;
};

/** A new, empty disk under the old name: it must not be taken for the old one. */
export const wipedDisk: Fault = (stage) => {
  const victim = stage.theatre.expendable;
  if (victim === undefined || victim.lost) return 'missed';
  victim.excuseDamage();
  victim.wipe();
  stage.after(stage.prng.tail(800), () => victim.start());
  return undefined;
};
