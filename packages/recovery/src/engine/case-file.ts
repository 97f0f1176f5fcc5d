// The open incident of one subject: the only writer of its record. It knows how a record may move and tells each move;
// what to do next is the guard's business.
import { assert } from '@reknit/base';
import type { ExitStatus } from '../detect/facts.js';
import { type Diagnosis, explain } from '../diagnose/diagnose.js';
import { checksOf } from '../faults/catalogue.js';
import type { Check } from '../faults/fault-class.js';
import {
  type Amendment,
  amend,
  type Boot,
  enter,
  type Incident,
  type IncidentOpening,
  isClosed,
  type Mender,
  openIncident,
  type Phase,
  type Reading,
  type StepRun,
} from '../incidents/incident.js';
import { incidentId } from '../incidents/incident-id.js';
import { planFor } from '../recover/plan.js';
import type { Answer } from '../verify/checks.js';
import { type VerificationOutcome, verify } from '../verify/verification.js';
import type { Desk } from './desk.js';
import { spokenMoments } from './words.js';

/** A good canary is service too, should the service probe not have come round. */
const momentOf = (check: Check, at: number): NonNullable<Amendment['moments']> =>
  check === 'redundancy' ? { redundancyRestored: at } : check === 'canary' ? { servedAgain: at } : {};

/** A check that waits changes its words often; once a second is enough for the record. */
const WAIT_READING_EVERY_MS = 1000;

export class CaseFile {
  readonly #desk: Desk;
  readonly #subject: string;
  #incident: Incident | undefined;
  #endService: (() => void) | undefined;
  #endVerification: (() => void) | undefined;

  constructor(desk: Desk, subject: string) {
    this.#desk = desk;
    this.#subject = subject;
  }

  /** Undefined when there is none, or it is closed. */
  get open(): Incident | undefined {
    return this.#incident !== undefined && !isClosed(this.#incident) ? this.#incident : undefined;
  }

  /** Takes over what an earlier agent left open. */
  resume(incident: Incident): void {
    assert(this.open === undefined, 'a subject has one open incident at most', () => [this.open?.id, incident.id]);
    this.#incident = incident;
    this.#desk.decide(this.#subject, `${this.#subject}: taking over incident ${incident.id}, left at "${incident.phase.kind}"`);
    if (incident.phase.kind !== 'suspected') this.#measureService();
  }

  suspect(opening: Omit<IncidentOpening, 'phase' | 'observers' | 'subject'>, text: string): void {
    this.#begin({ ...opening, phase: { kind: 'suspected', at: this.#desk.stamp() } }, text);
  }

  detect(opening: Omit<IncidentOpening, 'phase' | 'observers' | 'subject'>, text: string): void {
    const at = this.#desk.stamp();
    if (this.open === undefined) {
      this.#begin({ ...opening, phase: { kind: 'detected', at } }, text);
    } else {
      this.#amend({ moments: { detected: at }, patient: opening.patient });
      this.#enter({ kind: 'detected', at }, text);
    }
    this.#measureService();
  }

  diagnosed(diagnosis: Diagnosis): void {
    this.#amend({ diagnosis });
    this.#enter(
      { kind: 'diagnosed', at: this.#desk.stamp() },
      `${this.#subject}: diagnosed ${explain(diagnosis)} (confidence ${diagnosis.confidence})`,
    );
  }

  plan(): void {
    const plan = planFor(this.#subject);
    this.#amend({ plan });
    this.#enter(
      { kind: 'planned', at: this.#desk.stamp() },
      `${this.#subject}: plan: ${plan.steps.map((step) => step.text).join(', then ')}`,
    );
  }

  /** The next attempt of the first (and so far only) step. */
  beginAttempt(delayMs: number): void {
    const incident = this.#require();
    const at = this.#desk.stamp();
    const attempt = incident.attempt + 1;
    const run: StepRun = { step: 0, action: 'restart', attempt, delayMs, startedAt: at };
    this.#endVerification?.();
    this.#amend({ runs: [...incident.runs, run] });
    const when = delayMs === 0 ? 'at once' : `in ${delayMs} ms (back-off)`;
    this.#enter({ kind: 'recovering', at, step: 0, attempt }, `${this.#subject}: restart, attempt ${attempt}, ${when}`);
  }

  actionBegins(): void {
    this.#amend({ moments: { firstAction: this.#desk.stamp() } });
  }

  endAttempt(outcome: NonNullable<StepRun['outcome']>, detail: string): void {
    const incident = this.#require();
    const last = incident.runs.at(-1);
    if (last === undefined || last.outcome !== undefined) return;
    const runs = [...incident.runs.slice(0, -1), { ...last, endedAt: this.#desk.stamp(), outcome, detail }];
    this.#amend({ runs }, `${this.#subject}: restart ${outcome}: ${detail}`);
  }

  /** What is known of the boot that ended, for the diagnosis to be repeated by a later agent. */
  patientEnded(exit: ExitStatus | undefined): void {
    const { patient } = this.#require();
    if (exit !== undefined) this.#amend({ patient: { ...patient, exit } });
  }

  /** @param onOutcome not called once cancelled */
  verify(boot: Boot, by: Mender, onOutcome: (outcome: VerificationOutcome) => void): void {
    const { clock } = this.#desk.runtime;
    this.#endVerification?.();
    this.#enter(
      { kind: 'verifying', at: this.#desk.stamp(), by, boot },
      `${this.#subject}: verifying boot ${boot.bootId} (pid ${boot.process.pid})`,
    );
    const state = { cancelled: false };
    this.#endVerification = () => {
      state.cancelled = true;
    };
    const { id, change, diagnosis } = this.#require();
    const context = {
      store: this.#desk.store,
      driver: this.#desk.driver,
      subject: this.#subject,
      boot,
      mark: `${id}/${change}/${boot.bootId}`,
      members: () => this.#desk.members(),
      callTimeoutMs: this.#desk.settings.probeTimeoutMs,
    };
    const watcher = { cancelled: () => state.cancelled, onReading: (check: Check, answer: Answer) => this.#read(check, answer) };
    const request = { checks: checksOf(diagnosis?.verdict), context, options: this.#desk.settings.verification };
    void verify(clock, request, watcher).then((outcome) => {
      if (!state.cancelled) onOutcome(outcome);
    });
  }

  /** @param boot the one that lives now: it must be the one that was verified */
  resolve(boot: Boot): void {
    const incident = this.#require();
    const { phase } = incident;
    assert(phase.kind === 'verifying', 'only what was verified is resolved', () => phase);
    const { by } = phase;
    const how = by === 'engine' ? 'resolved' : 'resolved, mended by operator';
    this.#close({ kind: 'resolved', at: this.#desk.stamp(), by, boot }, `${this.#subject}: ${how}: ${spokenMoments(incident)}`);
  }

  escalate(reason: string): void {
    this.#close({ kind: 'escalated', at: this.#desk.stamp(), reason }, `${this.#subject}: escalated to a human: ${reason}`);
  }

  expire(reason: string): void {
    this.#close({ kind: 'expired', at: this.#desk.stamp(), reason }, `${this.#subject}: closed without action: ${reason}`);
  }

  /** Ends the running work; the record stays as it is. */
  detach(): void {
    this.#endVerification?.();
    this.#endService?.();
  }

  #begin(opening: Omit<IncidentOpening, 'observers' | 'subject'>, text: string): void {
    const { at } = opening.phase;
    const life =
      opening.patient.boot?.bootId ?? `${opening.patient.process?.pid ?? 0}.${opening.patient.process?.startTime ?? 0}`;
    const observers = [{ name: this.#desk.observer, vote: 'down', at }] as const;
    this.#incident = openIncident(
      { ...opening, subject: this.#subject, observers },
      incidentId(this.#subject, life, opening.onset),
    );
    this.#desk.save(this.#incident, 'phase', text);
  }

  #measureService(): void {
    if (this.#require().moments.servedAgain !== undefined) return;
    this.#endService?.();
    this.#endService = this.#desk.service.await(() => {
      if (this.open === undefined) return;
      this.#amend({ moments: { servedAgain: this.#desk.stamp() } });
      this.#tell(`${this.#subject}: clients are served again after ${this.#require().times.mttm} ms`);
    });
  }

  #read(check: Check, answer: Answer): void {
    const { readings, attempt } = this.#require();
    const at = this.#desk.stamp();
    const last = readings.at(-1);
    const waits = last !== undefined && last.check === check && last.attempt === attempt && !last.ok;
    if (waits && answer.kind === 'wait' && at - last.at < WAIT_READING_EVERY_MS) return;
    const reading: Reading = { check, attempt, at, ok: answer.kind === 'good', detail: answer.detail };
    const moments = reading.ok ? momentOf(check, at) : {};
    this.#amend(
      { readings: [...(waits ? readings.slice(0, -1) : readings), reading], moments },
      `${this.#subject}: ${check}: ${answer.detail}`,
    );
  }

  #close(phase: Phase, text: string): void {
    this.detach();
    this.#enter(phase, text);
  }

  #enter(phase: Phase, text: string): void {
    this.#incident = enter(this.#require(), phase);
    this.#desk.save(this.#incident, 'phase', text);
  }

  #amend(amendment: Amendment, text?: string): void {
    this.#incident = amend(this.#require(), amendment);
    if (text !== undefined) this.#tell(text);
  }

  #tell(text: string): void {
    this.#desk.save(this.#require(), 'progress', text);
  }

  #require(): Incident {
    assert(this.#incident !== undefined, 'an incident is open');
    return this.#incident;
  }
}
