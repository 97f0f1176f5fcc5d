import type { DrillFault } from './drill-fault.js';
import { CRASH, HANG, NOTHING, SHORT_PAUSE } from './signals.js';
import { BLOCKED_LOOP, CRASH_LOOP } from './switched.js';

/** One of each class that the engine knows how to name. */
export const FAULTS: readonly DrillFault[] = [CRASH, HANG, BLOCKED_LOOP, CRASH_LOOP];

/** The right answer to these is to leave everything alone. */
export const FAULTS_OF_NO_CLASS: readonly DrillFault[] = [SHORT_PAUSE, NOTHING];
