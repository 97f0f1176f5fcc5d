import type { Ladder } from '../recover/actions.js';
import type { Check } from '../verify/check.js';
import { BLOCKED_LOOP } from './blocked-loop.js';
import { CLOCK_JUMP } from './clock-jump.js';
import { CONFIG_ERROR } from './config-error.js';
import { CORRELATED } from './correlated.js';
import { CORRUPTION } from './corruption.js';
import { CRASH } from './crash.js';
import { CRASH_LOOP } from './crash-loop.js';
import { DEPENDENCY_DOWN } from './dependency-down.js';
import { DISK_FULL } from './disk-full.js';
import { DISK_LOST } from './disk-lost.js';
import { DIVERGED } from './diverged.js';
import type { FaultClass, FaultName, Verdict } from './fault-class.js';
import { FLAPPING } from './flapping.js';
import { FULL_PARTITION } from './full-partition.js';
import { GRAY } from './gray.js';
import { HANG } from './hang.js';
import { LAGGING } from './lagging.js';
import { LEAKED_LOCK } from './leaked-lock.js';
import { LOST_WRITE } from './lost-write.js';
import { OBSERVER_FAULT } from './observer-fault.js';
import { OVERLOAD } from './overload.js';
import { PARTIAL_PARTITION } from './partial-partition.js';
import { PLANNED_STOP } from './planned-stop.js';
import { QUORUM_LOST } from './quorum-lost.js';
import { SLOW_DISK } from './slow-disk.js';
import { SPLIT_BRAIN } from './split-brain.js';
import { TORN_TAIL } from './torn-tail.js';
import { UNHEALTHY } from './unhealthy.js';

/** Every class that a diagnosis weighs, gravest first. The order carries no meaning. */
export const CATALOGUE: readonly FaultClass[] = [
  QUORUM_LOST,
  SPLIT_BRAIN,
  DIVERGED,
  CORRUPTION,
  DISK_LOST,
  LOST_WRITE,
  CORRELATED,
  FLAPPING,
  DEPENDENCY_DOWN,
  CONFIG_ERROR,
  DISK_FULL,
  CRASH_LOOP,
  TORN_TAIL,
  CRASH,
  SLOW_DISK,
  FULL_PARTITION,
  PARTIAL_PARTITION,
  HANG,
  LEAKED_LOCK,
  GRAY,
  OVERLOAD,
  CLOCK_JUMP,
  BLOCKED_LOOP,
  LAGGING,
  UNHEALTHY,
  OBSERVER_FAULT,
  PLANNED_STOP,
];

const BY_NAME: ReadonlyMap<string, FaultClass> = new Map(CATALOGUE.map((fault) => [fault.name, fault]));

export const classOf = (verdict: Verdict | undefined): FaultClass | undefined =>
  verdict === undefined ? undefined : BY_NAME.get(verdict);

/** What may be done about a verdict; nothing without one. */
export const ladderOf = (verdict: Verdict): Ladder => classOf(verdict)?.ladder ?? [];

/** Whose repairs elsewhere come first. */
export const waitsFor = (verdict: Verdict): readonly FaultName[] => classOf(verdict)?.waitsFor ?? [];

/** How its repair is verified. A mend by hand before any verdict is verified as the repair of a crash. */
export const checksOf = (verdict: Verdict | undefined): readonly Check[] => (classOf(verdict) ?? CRASH).verification;
