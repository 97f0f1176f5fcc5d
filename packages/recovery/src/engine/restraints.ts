// What keeps the engine from an act on one subject, all of it in words: the kill switch and pauses, the mode, an approval
// that is missing, and the brakes.
//
// Surprising: brakes are asked only where the subject still answers. What is dead, silent or stopped serves nobody, and its
// repair takes nothing away.
import { classOf } from '../faults/catalogue.js';
import type { Incident } from '../incidents/incident.js';
import { EVERYTHING } from '../journal/entries.js';
import type { Action, Policy } from '../recover/actions.js';
import { brakesOn, type PastRepair, spentBudget } from '../recover/brakes.js';
import { isApproved } from '../recover/fingerprint.js';
import { type EffectiveMode, effectiveMode, modeObjection } from '../recover/modes.js';
import type { Desk } from './desk.js';

export class Restraints {
  readonly #desk: Desk;
  readonly #subject: string;
  readonly #open: () => Incident | undefined;

  constructor(desk: Desk, subject: string, open: () => Incident | undefined) {
    this.#desk = desk;
    this.#subject = subject;
    this.#open = open;
  }

  get policy(): Policy {
    return this.#desk.policy(this.#subject);
  }

  mode(): EffectiveMode {
    const { modes } = this.#desk.journal.memory;
    return effectiveMode({
      at: this.#desk.stamp(),
      declared: this.policy.mode,
      own: modes.get(this.#subject),
      global: modes.get(EVERYTHING),
      fault: classOf(this.#open()?.diagnosis?.verdict)?.mode,
    });
  }

  /** Why nothing may be done to this subject now; undefined: it may. What somebody has asked for is held by the switch only. */
  objection(): string | undefined {
    const incident = this.#open();
    if (incident?.request !== undefined) return this.#desk.permits.killSwitch?.objection('coordinated');
    return this.#desk.permits.objection(this.#subject) ?? modeObjection(this.mode(), this.#desk.stamp());
  }

  /** Its plan has to be approved, and is not. */
  needsApproval(): boolean {
    const incident = this.#open();
    if (incident === undefined || incident.request !== undefined || this.mode().mode !== 'passive') return false;
    return !isApproved(incident);
  }

  /** Every brake that holds this act on a subject that answers. */
  brakes(action: Action): readonly string[] {
    const severity = classOf(this.#open()?.diagnosis?.verdict)?.severity ?? 0;
    const kin = this.#desk.kin();
    const { policy } = this;
    const at = this.#desk.stamp();
    return brakesOn(
      { subject: this.#subject, action, severity, at, policy, kin, past: this.#past() },
      this.#desk.settings.brakes,
    );
  }

  /** Of the repairs that are declared for it, all are used up. */
  spent(): string | undefined {
    return spentBudget({ policy: this.policy, past: this.#past(), at: this.#desk.stamp() });
  }

  #past(): readonly PastRepair[] {
    return [...this.#desk.journal.memory.incidents.values()].flatMap(({ subject, phase, diagnosis, runs }) => {
      const fault = diagnosis?.verdict;
      const isRepair = subject === this.#subject && phase.kind === 'resolved' && phase.by === 'engine' && runs.length > 0;
      if (!isRepair || fault === undefined || fault === 'not-enough-evidence') return [];
      const { severity = 0, cooldownMs = 0 } = classOf(fault) ?? {};
      return [{ fault, severity, closedAt: phase.at, cooldownMs }];
    });
  }
}
