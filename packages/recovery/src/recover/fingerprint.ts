// What a plan rests on, in eight characters: whoever approves names what he has seen, and is told when it is something else.
import { crc32c, utf8Encode } from '@reknit/base';
import type { Diagnosis } from '../diagnose/diagnose.js';
import type { Incident, Plan } from '../incidents/incident.js';

interface Basis {
  readonly diagnosis?: Diagnosis;
  readonly plan?: Plan;
}

export function fingerprintOf({ diagnosis, plan }: Basis): string {
  const steps = plan?.steps.map(({ action, skipped }) => [action, skipped === undefined]);
  const text = JSON.stringify([groundsOf(diagnosis), steps]);
  return crc32c(utf8Encode(text)).toString(16).padStart(8, '0');
}

/** Whether what stands in the record is what somebody has approved. */
export const isApproved = (incident: Pick<Incident, 'approval' | 'diagnosis' | 'plan'>): boolean =>
  incident.approval?.fingerprint === fingerprintOf(incident);

/** What has changed between two looks, in words; empty: nothing that matters. */
export function whatChanged(then: Diagnosis, now: Diagnosis): readonly string[] {
  const differs = (what: string, before: unknown, after: unknown): readonly string[] =>
    before === after ? [] : [`${what} was ${before}, and is ${after}`];
  return [
    ...differs('the diagnosis', then.verdict, now.verdict),
    ...differs('its process', pidOf(then), pidOf(now)),
    ...differs('its state', then.facts.processState, now.facts.processState),
  ];
}

const pidOf = ({ facts: { process } }: Diagnosis): string =>
  process === undefined ? 'none' : `${process.pid} since ${process.startTime}`;

const groundsOf = (diagnosis: Diagnosis | undefined): unknown =>
  diagnosis === undefined ? [] : [diagnosis.verdict, pidOf(diagnosis), diagnosis.facts.processState];
