// The open incident of one subject: the only writer of its record. It knows how a record may move and tells each move;
// what to do next is the climb's business. Its steps and its verification have files of their own.
import { assert } from '@reknit/base';
import type { ExitStatus } from '../detect/facts.js';
import { type Diagnosis, explain } from '../diagnose/diagnose.js';
import { type Boot, type Incident, isFinal, type Mender, type Observer, type Phase, type Plan } from '../incidents/incident.js';
import { spokenPlan } from '../recover/plan.js';
import type { VerificationOutcome } from '../verify/verification.js';
import { CaseProof } from './case-proof.js';
import { CaseRecord, type Opening } from './case-record.js';
import { CaseSteps } from './case-steps.js';
import type { Desk } from './desk.js';
import { spokenMoments, spokenSeconds } from './words.js';

const HOW_RESOLVED: Readonly<Record<Mender, string>> = {
  engine: 'resolved',
  operator: 'resolved, mended by operator',
  itself: 'resolved, it came back by itself',
};

export class CaseFile {
  readonly steps: CaseSteps;
  readonly #record: CaseRecord;
  readonly #proof: CaseProof;
  #endService: (() => void) | undefined;

  constructor(desk: Desk, subject: string) {
    this.#record = new CaseRecord(desk, subject);
    this.steps = new CaseSteps(this.#record);
    this.#proof = new CaseProof(this.#record);
  }

  /** The one that the engine works on; undefined when there is none, or it is closed or in the hands of a human. */
  get open(): Incident | undefined {
    return this.#record.open;
  }

  /** The one that waits for a human: a mend by hand will close it. */
  get handedOver(): Incident | undefined {
    return this.#record.handedOver;
  }

  /** Whatever became of it. */
  require(): Incident {
    return this.#record.get();
  }

  /** Takes over what an earlier agent left open. */
  resume(incident: Incident): void {
    const { desk, subject } = this.#record;
    this.#record.takeOver(incident);
    desk.decide(subject, `${subject}: taking over incident ${incident.id}, left at "${incident.phase.kind}"`);
    if (this.open !== undefined && incident.phase.kind !== 'suspected') this.#measureService();
  }

  /** An act that somebody asked for, recorded like a repair. */
  request(request: NonNullable<Incident['request']>, patient: Incident['patient'], plan: Plan): Incident {
    const at = this.#record.desk.stamp();
    const text = `${this.#record.subject}: ${request.action} asked for by ${request.by}`;
    this.#begin({ phase: { kind: 'planned', at }, onset: at, onsetSource: 'request', evidence: text, patient, request }, text);
    this.#record.amend({ plan, moments: { detected: at } });
    this.#measureService();
    return this.#record.get();
  }

  suspect(opening: Omit<Opening, 'phase'>, text: string): void {
    this.#begin({ ...opening, phase: { kind: 'suspected', at: this.#record.desk.stamp() } }, text);
  }

  detect(opening: Omit<Opening, 'phase'>, text: string): void {
    const at = this.#record.desk.stamp();
    if (this.open === undefined) {
      this.#begin({ ...opening, phase: { kind: 'detected', at } }, text);
    } else {
      this.#record.amend({ moments: { detected: at }, patient: this.#record.located(opening.patient) });
      this.#record.enter({ kind: 'detected', at }, text);
    }
    this.#measureService();
  }

  diagnosed(diagnosis: Diagnosis): void {
    this.#record.amend({ diagnosis, observers: this.#observersWith(diagnosis) });
    this.#enter({ kind: 'diagnosed', at: this.#record.desk.stamp() }, spokenDiagnosis(diagnosis));
  }

  /** A closer look in the middle of a repair: the record keeps the newest. What is planned is another matter. */
  diagnosedAgain(diagnosis: Diagnosis): void {
    this.#record.amend({ diagnosis, observers: this.#observersWith(diagnosis) }, spokenDiagnosis(diagnosis));
  }

  /** The newest word of each. */
  #observersWith({ facts: { at, votes } }: Diagnosis): readonly Observer[] {
    const peers = votes.map(({ name, vote }): Observer => ({ name: `peer ${name}`, vote, at }));
    const earlier = this.#record.get().observers.filter(({ name }) => !peers.some((peer) => peer.name === name));
    return [...earlier, ...peers];
  }

  /** In place of any earlier one, whose steps count no more. */
  plan(plan: Plan): void {
    const { attempt, phase, plan: earlier } = this.#record.get();
    const text = `plan: ${spokenPlan(plan)}`;
    const number = earlier === undefined ? 1 : (earlier.number ?? 1) + 1;
    this.#record.amend({ plan: { ...plan, since: attempt, number } });
    if (phase.kind === 'diagnosed') this.#enter({ kind: 'planned', at: this.#record.desk.stamp() }, text);
    else this.#record.tell(text);
  }

  awaitApproval({ fingerprint, expiresAt }: Omit<Extract<Phase, { kind: 'awaiting-approval' }>, 'kind' | 'at'>): void {
    const at = this.#record.desk.stamp();
    this.#enter(
      { kind: 'awaiting-approval', at, fingerprint, expiresAt },
      `the plan waits for an approval, for ${spokenSeconds(expiresAt - at)}: reknit approve ${this.#record.get().id}`,
    );
  }

  /** Durable when it returns: the next agent is bound by it. */
  approve(by: string, fingerprint: string): void {
    const at = this.#record.desk.stamp();
    this.#record.amend({ approval: { by, at, fingerprint } }, `the plan is approved by ${by}`);
    this.#record.desk.journal.sync();
  }

  reject(by: string, reason: string): void {
    this.#close({ kind: 'rejected', at: this.#record.desk.stamp(), by, reason }, `the plan is rejected by ${by}: ${reason}`);
  }

  acknowledge(by: string): void {
    this.#record.amend(
      { acknowledged: { by, at: this.#record.desk.stamp() } },
      `acknowledged by ${by}: nobody is paged for it any more`,
    );
  }

  /** What is known of the boot that ended, for the diagnosis to be repeated by a later agent. */
  patientEnded(exit: ExitStatus | undefined): void {
    const { patient } = this.#record.get();
    if (exit !== undefined) this.#record.amend({ patient: { ...patient, exit } });
  }

  /** @param onOutcome not called once a step begins or the case is closed */
  verify(boot: Boot, by: Mender, onOutcome: (outcome: VerificationOutcome) => void): void {
    this.#proof.begin(boot, by, onOutcome);
  }

  /** A step is about to begin, or the life that was verified is over: no answer about it counts any more. */
  endVerification(): void {
    this.#proof.end();
  }

  /** @param boot the one that lives now: it must be the one that was verified */
  resolve(boot: Boot): void {
    const incident = this.#record.get();
    const { phase } = incident;
    assert(phase.kind === 'verifying', 'only what was verified is resolved', () => phase);
    const { by } = phase;
    const at = this.#record.desk.stamp();
    this.#close({ kind: 'resolved', at, by, boot }, `${HOW_RESOLVED[by]}: ${spokenMoments(incident)}`);
  }

  escalate(reason: string): void {
    const incident = this.#record.get();
    // Before the record says so: the next agent would take a human for told.
    if (incident.acknowledged === undefined) this.#record.desk.page(incident, reason, `${incident.attempt}`);
    this.#close({ kind: 'escalated', at: this.#record.desk.stamp(), reason }, `escalated to a human: ${reason}`);
  }

  /** Nothing, when there is none that could still change. */
  expire(reason: string): void {
    const incident = this.open ?? this.handedOver;
    if (incident === undefined || isFinal(incident)) return;
    this.#close({ kind: 'expired', at: this.#record.desk.stamp(), reason }, `closed without action: ${reason}`);
  }

  /** Ends the running work; the record stays as it is. */
  detach(): void {
    this.#proof.end();
    this.#endService?.();
  }

  #begin(opening: Opening, text: string): void {
    if (this.handedOver !== undefined) this.expire('a new incident of the same subject takes its place');
    this.#record.begin(opening, text);
  }

  /** A component's own probes tell when it serves, unless others of it do; the store's clients do of its members. */
  #measureService(): void {
    const { desk, subject } = this.#record;
    if (this.#record.get().moments.servedAgain !== undefined) return;
    if (!desk.isMember(subject)) {
      if (desk.beside(subject).some(({ isWell }) => isWell)) this.#record.amend({ moments: { servedAgain: desk.stamp() } });
      return;
    }
    this.#endService?.();
    this.#endService = this.#record.desk.service.await(() => {
      if (this.open === undefined) return;
      this.#record.amend({ moments: { servedAgain: this.#record.desk.stamp() } });
      this.#record.tell(`clients are served again after ${this.#record.get().times.mttm} ms`);
    });
  }

  #enter(phase: Phase, text: string): void {
    this.#record.enter(phase, `${this.#record.subject}: ${text}`);
  }

  #close(phase: Phase, text: string): void {
    this.detach();
    this.#enter(phase, text);
  }
}

const spokenDiagnosis = (diagnosis: Diagnosis): string => `diagnosed ${explain(diagnosis)} (confidence ${diagnosis.confidence})`;
