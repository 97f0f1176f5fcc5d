// The record of one subject's incident, and the only way in which it changes: each change is kept in the journal, told, and
// sent to the store before this returns.
import { assert } from '@reknit/base';
import {
  type Amendment,
  amend,
  enter,
  type Incident,
  type IncidentOpening,
  isClosed,
  isFinal,
  openIncident,
  type Phase,
} from '../incidents/incident.js';
import { incidentId } from '../incidents/incident-id.js';
import type { Desk } from './desk.js';

export type Opening = Omit<IncidentOpening, 'observers' | 'subject' | 'owner'>;

export class CaseRecord {
  readonly desk: Desk;
  readonly subject: string;
  #incident: Incident | undefined;

  constructor(desk: Desk, subject: string) {
    this.desk = desk;
    this.subject = subject;
  }

  /** The one that the engine works on; undefined when there is none, or it is closed or in the hands of a human. */
  get open(): Incident | undefined {
    return this.#incident !== undefined && !isClosed(this.#incident) ? this.#incident : undefined;
  }

  /** The one that is left to a human: a mend by hand will close it. */
  get handedOver(): Incident | undefined {
    return this.#incident !== undefined && isClosed(this.#incident) && !isFinal(this.#incident) ? this.#incident : undefined;
  }

  get(): Incident {
    assert(this.#incident !== undefined, 'there is an incident', () => this.subject);
    return this.#incident;
  }

  begin(opening: Opening, text: string): void {
    const { at } = opening.phase;
    const { boot, process } = opening.patient;
    const life = boot?.bootId ?? `${process?.pid ?? 0}.${process?.startTime ?? 0}`;
    const vote = opening.request === undefined ? 'down' : 'up';
    this.#incident = openIncident(
      {
        ...opening,
        subject: this.subject,
        owner: this.desk.agentId,
        observers: [{ name: this.desk.observer, vote, at }],
        patient: this.located(opening.patient),
      },
      incidentId(this.subject, life, opening.onset),
    );
    this.desk.save(this.#incident, 'phase', text);
  }

  /** What an earlier agent left. */
  takeOver(incident: Incident): void {
    assert(this.open === undefined, 'a subject has one open incident at most', () => [this.open?.id, incident.id]);
    this.#incident = incident;
  }

  enter(phase: Phase, text: string): void {
    this.#incident = enter(this.get(), phase);
    this.desk.save(this.#incident, 'phase', text);
  }

  amend(amendment: Amendment, text?: string): void {
    this.#incident = amend(this.get(), amendment);
    if (text !== undefined) this.tell(text);
  }

  tell(text: string): void {
    this.desk.save(this.get(), 'progress', `${this.subject}: ${text}`);
  }

  located(patient: Incident['patient']): Incident['patient'] {
    return { ...patient, endpoint: this.desk.driver.endpoint(this.subject) };
  }
}
