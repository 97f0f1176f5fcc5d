import { WRONG_CLOCK } from './clocks.js';
import { CONFIG_ERROR, DEPENDENCY_DOWN, TWO_AT_ONCE } from './company.js';
import { FAILED_SYNC, FULL_DISK, ROT, SLOW_DISK } from './disks.js';
import type { DrillFault } from './drill-fault.js';
import { ISOLATION, ONE_LINK, ONE_WAY, SLOW_LINKS } from './links.js';
import { CRASH, CRASH_ALL, HANG, NOTHING, SHORT_PAUSE } from './signals.js';
import { BLOCKED_LOOP, CRASH_LOOP } from './switched.js';

/** Each has a right name. */
export const FAULTS: readonly DrillFault[] = [
  CRASH,
  HANG,
  BLOCKED_LOOP,
  CRASH_LOOP,
  CRASH_ALL,
  ISOLATION,
  ONE_LINK,
  ONE_WAY,
  SLOW_DISK,
  FULL_DISK,
  FAILED_SYNC,
  ROT,
  WRONG_CLOCK,
  CONFIG_ERROR,
  DEPENDENCY_DOWN,
  TWO_AT_ONCE,
];

/** The right answer to these is to leave everything alone. */
export const FAULTS_OF_NO_CLASS: readonly DrillFault[] = [SHORT_PAUSE, NOTHING, SLOW_LINKS];
