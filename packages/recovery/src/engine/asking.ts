// Where a plan needs an approval: asks for one, keeps the question true to what the record says, and takes the answer.
//
// Surprising: an approval is bound to what the plan rests on. When the facts are others by then it is refused, with what has
// changed, and asked for anew.
import type { Diagnosis } from '../diagnose/diagnose.js';
import type { Incident } from '../incidents/incident.js';
import { fingerprintOf, whatChanged } from '../recover/fingerprint.js';
import { spokenPlan } from '../recover/plan.js';
import type { Hold } from './hold.js';
import { RequestRefused } from './request-refused.js';
import { spokenSeconds } from './words.js';

export interface Answering {
  readonly by: string;
  /** What was seen by whoever answers; absent: whatever stands. */
  readonly fingerprint?: string;
}

export class Asking {
  readonly #hold: Hold;

  constructor(hold: Hold) {
    this.#hold = hold;
  }

  /** Why nothing may be done yet; empty: it may. Asks, where an answer is missing. */
  objections(): readonly string[] {
    const objection = this.#hold.objection();
    if (objection !== undefined) return [objection];
    if (!this.#hold.restraints.needsApproval()) return [];
    this.#ask();
    return [`mode passive: its plan waits for an approval, reknit approve ${this.#hold.case.open?.id}`];
  }

  /** @throws RequestRefused when it comes too late, or is about another plan */
  approve({ by, fingerprint }: Answering, diagnosis: Diagnosis): void {
    const incident = this.#awaiting(fingerprint);
    const changes = incident.diagnosis === undefined ? [] : whatChanged(incident.diagnosis, diagnosis);
    if (changes.length > 0)
      throw new RequestRefused(
        `the plan of ${incident.id} is not approved: ${changes.join('; ')}. It is made anew: look at it with  reknit incident ${incident.id}`,
      );
    this.#hold.case.approve(by, fingerprintOf(incident));
  }

  /** @throws RequestRefused */
  reject({ by, fingerprint }: Answering, reason: string): void {
    this.#awaiting(fingerprint);
    this.#hold.case.reject(by, reason);
  }

  #awaiting(fingerprint: string | undefined): Incident {
    const { subject, case: file, desk } = this.#hold;
    const incident = file.open;
    const { phase } = incident ?? {};
    if (incident === undefined || phase?.kind !== 'awaiting-approval')
      throw new RequestRefused(
        `nothing of ${subject} waits for an approval${phase === undefined ? '' : `: incident ${incident?.id} is ${phase.kind}`}`,
      );
    const late = desk.stamp() - phase.expiresAt;
    if (late >= 0)
      throw new RequestRefused(
        `too late: the plan of ${incident.id} was good until ${spokenSeconds(late)} ago; it is made anew from what is seen now`,
      );
    if (fingerprint !== undefined && fingerprint !== phase.fingerprint)
      throw new RequestRefused(
        `the plan is another one now (${phase.fingerprint}, not ${fingerprint}): ${incident.plan === undefined ? 'none' : spokenPlan(incident.plan)}`,
      );
    return incident;
  }

  #ask(): void {
    const { case: file, desk } = this.#hold;
    const incident = file.open;
    if (incident === undefined) return;
    const { phase } = incident;
    const fingerprint = fingerprintOf(incident);
    const isAsked = phase.kind === 'awaiting-approval' && phase.fingerprint === fingerprint && phase.expiresAt > desk.stamp();
    if (isAsked) return;
    desk.page(incident, `${incident.subject}: a plan waits for an approval`, fingerprint);
    file.awaitApproval({ fingerprint, expiresAt: desk.stamp() + desk.settings.approvalMs });
  }
}
