// The open incident of one subject: the only writer of its record. It knows how a record may move and tells each move;
// what to do next is the guard's business.
import { assert } from '@reknit/base';
import type { ExitStatus } from '../detect/facts.js';
import { type Diagnosis, explain } from '../diagnose/diagnose.js';
import { checksOf } from '../faults/catalogue.js';
import {
  type Amendment,
  amend,
  type Boot,
  enter,
  type Incident,
  type IncidentOpening,
  isClosed,
  isFinal,
  type KeptEvidence,
  type Mender,
  openIncident,
  type Phase,
  type Reading,
  type StepRun,
} from '../incidents/incident.js';
import { incidentId } from '../incidents/incident-id.js';
import type { Action, Ladder } from '../recover/actions.js';
import { planFor, spokenPlan } from '../recover/plan.js';
import type { Check } from '../verify/check.js';
import type { Answer } from '../verify/checks.js';
import { type VerificationOutcome, verify } from '../verify/verification.js';
import type { Desk } from './desk.js';
import { spokenMoments } from './words.js';

/** A good canary is service too, should the service probe not have come round. */
const momentOf = (check: Check, at: number): NonNullable<Amendment['moments']> =>
  check === 'redundancy' ? { redundancyRestored: at } : check === 'canary' ? { servedAgain: at } : {};

const HOW_RESOLVED: Readonly<Record<Mender, string>> = {
  engine: 'resolved',
  operator: 'resolved, mended by operator',
  itself: 'resolved, it came back by itself',
};

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

  /** The one that the engine works on; undefined when there is none, or it is closed or in the hands of a human. */
  get open(): Incident | undefined {
    return this.#incident !== undefined && !isClosed(this.#incident) ? this.#incident : undefined;
  }

  /** The one that waits for a human: a mend by hand will close it. */
  get escalated(): Incident | undefined {
    return this.#incident?.phase.kind === 'escalated' ? this.#incident : undefined;
  }

  /** Takes over what an earlier agent left open. */
  resume(incident: Incident): void {
    assert(this.open === undefined, 'a subject has one open incident at most', () => [this.open?.id, incident.id]);
    this.#incident = incident;
    this.#desk.decide(this.#subject, `${this.#subject}: taking over incident ${incident.id}, left at "${incident.phase.kind}"`);
    if (this.open !== undefined && incident.phase.kind !== 'suspected') this.#measureService();
  }

  /** An act that somebody asked for, recorded like a repair. */
  request(by: string, patient: Incident['patient'], ladder: Ladder): Incident {
    const at = this.#desk.stamp();
    const text = `${this.#subject}: restart asked for by ${by}`;
    this.#begin(
      {
        phase: { kind: 'planned', at },
        onset: at,
        onsetSource: 'request',
        evidence: text,
        patient,
        request: { action: 'restart', by },
      },
      text,
    );
    this.#amend({ plan: planFor({ subject: this.#subject, ladder }), moments: { detected: at } });
    this.#measureService();
    return this.#require();
  }

  suspect(opening: Omit<IncidentOpening, 'phase' | 'observers' | 'subject'>, text: string): void {
    this.#begin({ ...opening, phase: { kind: 'suspected', at: this.#desk.stamp() } }, text);
  }

  detect(opening: Omit<IncidentOpening, 'phase' | 'observers' | 'subject'>, text: string): void {
    const at = this.#desk.stamp();
    if (this.open === undefined) {
      this.#begin({ ...opening, phase: { kind: 'detected', at } }, text);
    } else {
      this.#amend({ moments: { detected: at }, patient: this.#located(opening.patient) });
      this.#enter({ kind: 'detected', at }, text);
    }
    this.#measureService();
  }

  diagnosed(diagnosis: Diagnosis): void {
    const { at, votes } = diagnosis.facts;
    const peers = votes.map(({ name, vote }) => ({ name: `peer ${name}`, vote, at }));
    this.#amend({ diagnosis, observers: [...this.#require().observers, ...peers] });
    this.#enter(
      { kind: 'diagnosed', at: this.#desk.stamp() },
      `${this.#subject}: diagnosed ${explain(diagnosis)} (confidence ${diagnosis.confidence})`,
    );
  }

  /** A closer look in the middle of a repair: the record keeps the newest, and what is done about it. */
  diagnosedAgain(diagnosis: Diagnosis, ladder: Ladder): void {
    const plan = ladder.length === 0 ? {} : { plan: planFor({ subject: this.#subject, ladder }) };
    this.#amend({ diagnosis, ...plan }, `${this.#subject}: diagnosed ${explain(diagnosis)} (confidence ${diagnosis.confidence})`);
  }

  plan(ladder: Ladder): void {
    const plan = planFor({ subject: this.#subject, ladder });
    this.#amend({ plan });
    this.#enter({ kind: 'planned', at: this.#desk.stamp() }, `${this.#subject}: plan: ${spokenPlan(plan)}`);
  }

  /** The next step of the attempt under way, or the first of the next attempt. */
  beginStep(action: Action, { delayMs = 0, next }: { readonly delayMs?: number; readonly next: 'step' | 'attempt' }): void {
    const incident = this.#require();
    const at = this.#desk.stamp();
    const attempt = next === 'step' ? incident.attempt : incident.attempt + 1;
    const step = Math.max(0, incident.plan?.steps.findIndex((each) => each.action === action) ?? 0);
    const run: StepRun = { step, action, attempt, delayMs, startedAt: at };
    this.#endVerification?.();
    this.#amend({ runs: [...incident.runs, run] });
    const when = delayMs === 0 ? '' : `, in ${delayMs} ms (back-off)`;
    this.#enter({ kind: 'recovering', at, step, attempt }, `${this.#subject}: ${action}, attempt ${attempt}${when}`);
  }

  actionBegins(): void {
    this.#amend({ moments: { firstAction: this.#desk.stamp() } });
  }

  /** Nothing, when no step is under way. */
  endStep(outcome: NonNullable<StepRun['outcome']>, detail: string): void {
    const incident = this.#require();
    const last = incident.runs.at(-1);
    if (last === undefined || last.outcome !== undefined) return;
    const runs = [...incident.runs.slice(0, -1), { ...last, endedAt: this.#desk.stamp(), outcome, detail }];
    this.#amend({ runs }, `${this.#subject}: ${last.action} ${outcome}: ${detail}`);
  }

  /** What is seen of the process before it is ended. */
  keep(seen: readonly Omit<KeptEvidence, 'at'>[]): void {
    const at = this.#desk.stamp();
    const { kept = [] } = this.#require();
    const sources = seen.map(({ source }) => source).join(', ');
    this.#amend(
      { kept: [...kept, ...seen.map((each) => ({ at, ...each }))] },
      `${this.#subject}: kept before the end: ${sources === '' ? 'nothing, the platform shows nothing' : sources}`,
    );
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
    const how = HOW_RESOLVED[by];
    this.#close({ kind: 'resolved', at: this.#desk.stamp(), by, boot }, `${this.#subject}: ${how}: ${spokenMoments(incident)}`);
  }

  escalate(reason: string): void {
    this.#close({ kind: 'escalated', at: this.#desk.stamp(), reason }, `${this.#subject}: escalated to a human: ${reason}`);
  }

  /** Nothing, when there is none that could still change. */
  expire(reason: string): void {
    if (this.#incident === undefined || isFinal(this.#incident)) return;
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
    const vote = opening.request === undefined ? 'down' : 'up';
    const observers = [{ name: this.#desk.observer, vote, at }] as const;
    if (this.escalated !== undefined) this.expire('a new incident of the same subject takes its place');
    this.#incident = openIncident(
      {
        ...opening,
        subject: this.#subject,
        owner: this.#desk.agentId,
        observers,
        patient: this.#located(opening.patient),
      },
      incidentId(this.#subject, life, opening.onset),
    );
    this.#desk.save(this.#incident, 'phase', text);
  }

  #located(patient: Incident['patient']): Incident['patient'] {
    return { ...patient, endpoint: this.#desk.driver.endpoint(this.#subject) };
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
