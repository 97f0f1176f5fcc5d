// What stands between a step and its beginning: repairs elsewhere that come first, and brakes.
import type { Diagnosis } from '../diagnose/diagnose.js';
import { waitsFor } from '../faults/catalogue.js';
import type { Action } from '../recover/actions.js';
import type { Hold } from './hold.js';

/** A repair elsewhere may take longer than this; then it has had its chance. */
const WAIT_FOR_OTHERS_MS = 30_000;
/** A repair elsewhere is over by then, and most cooldowns. */
const HELD_LONG_MS = 5 * 60_000;

/** Why this step must not be begun yet, beside what an operator has said; empty: it may. */
export function obstaclesTo(hold: Hold, action: Action, diagnosis: Diagnosis | undefined): readonly string[] {
  const { state, desk, subject } = hold;
  if (state.kind !== 'living' || diagnosis === undefined) return [];
  const sickFor = diagnosis.facts.at - hold.case.require().moments.onset;
  const first =
    sickFor > WAIT_FOR_OTHERS_MS
      ? undefined
      : desk.underRepair().find((other) => other.subject !== subject && waitsFor(diagnosis.verdict).includes(other.fault));
  const waits = first === undefined ? [] : [`the repair of ${first.subject} (${first.fault}) comes first`];
  return [...waits, ...(diagnosis.facts.silence === undefined ? hold.restraints.brakes(action) : [])];
}

/** What may not be mended is not left unsaid for ever. */
export function pageIfHeldLong({ desk, restraints, case: file }: Hold, held: readonly string[]): void {
  const incident = file.require();
  const isHeldByChoice = restraints.objection() !== undefined || restraints.needsApproval();
  if (isHeldByChoice || desk.stamp() - (incident.moments.detected ?? desk.stamp()) < HELD_LONG_MS) return;
  desk.page(incident, `not acted on: ${held.join('; ')}`, 'held');
}
