// Every kind of fault that strikes at moments of its own, by name. A new one is a function in a file of this folder, and a
// line here; what goes wrong all the time (loss, duplication, clocks that drift) is part of the plan instead.
import type { EventKind } from '../cluster/plan.js';
import * as disks from './disks.js';
import * as leadership from './leadership.js';
import * as network from './network.js';
import * as processes from './processes.js';
import * as reconfiguration from './reconfiguration.js';
import type { Fault } from './stage.js';
import * as time from './time.js';

export const FAULTS: Readonly<Record<EventKind, Fault>> = {
  kill: processes.kill,
  'power-loss': processes.powerLoss,
  'kill-all': processes.killAll,
  'power-loss-all': processes.powerLossAll,
  'restart-storm': processes.restartStorm,
  outage: processes.outage,
  pause: time.pause,
  'pause-leader': time.pauseLeader,
  stall: time.stall,
  'clock-jump': time.clockJump,
  'slow-disk': disks.slowDisk,
  'slow-death': disks.slowDeath,
  'full-disk': disks.fullDisk,
  'failed-sync': disks.failedSync,
  'bit-rot': disks.bitRot,
  'lost-write': disks.lostWrite,
  'wiped-disk': disks.wipedDisk,
  partition: network.partition,
  'partial-partition': network.partialPartition,
  'isolate-leader': network.isolateLeader,
  exile: network.exile,
  'deaf-leader': network.deafLeader,
  'one-way-cut': network.oneWayCut,
  clog: network.clog,
  delay: network.delay,
  transfer: leadership.transfer,
  'protocol-switch': reconfiguration.protocolSwitch,
  'member-replace': reconfiguration.memberReplace,
  learner: reconfiguration.learner,
  'one-step-replace': reconfiguration.oneStepReplace,
  'plan-cancelled': reconfiguration.planCancelled,
  'short-reigns': leadership.shortReigns,
  'figure-eight': leadership.figureEight,
};
