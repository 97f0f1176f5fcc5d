import { CRASH } from './crash.js';
import type { FaultClass } from './fault-class.js';
import { HANG } from './hang.js';
import { PLANNED_STOP } from './planned-stop.js';

/** Every class that a diagnosis weighs. The order carries no meaning. */
export const CATALOGUE: readonly FaultClass[] = [CRASH, HANG, PLANNED_STOP];
