import type { Ladder } from '../recover/actions.js';
import type { Check } from '../verify/check.js';
import { BLOCKED_LOOP } from './blocked-loop.js';
import { CRASH } from './crash.js';
import { CRASH_LOOP } from './crash-loop.js';
import type { FaultClass, FaultName, Verdict } from './fault-class.js';
import { HANG } from './hang.js';
import { PLANNED_STOP } from './planned-stop.js';

/** Every class that a diagnosis weighs. The order carries no meaning. */
export const CATALOGUE: readonly FaultClass[] = [CRASH, CRASH_LOOP, HANG, BLOCKED_LOOP, PLANNED_STOP];

/** What may be done about a verdict; nothing without one. */
export const ladderOf = (verdict: Verdict): Ladder => find(verdict)?.ladder ?? [];

/** Whose repairs elsewhere come first. */
export const waitsFor = (verdict: Verdict): readonly FaultName[] => find(verdict)?.waitsFor ?? [];

/** How its repair is verified. A mend by hand before any verdict is verified as the repair of a crash. */
export const checksOf = (verdict: Verdict | undefined): readonly Check[] => (find(verdict) ?? CRASH).verification;

const find = (verdict: Verdict | undefined): FaultClass | undefined => CATALOGUE.find((fault) => fault.name === verdict);
