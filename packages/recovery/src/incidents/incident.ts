// One incident as plain, versioned data: what the journal holds, what `_system` holds, and what `reknit incident ID`
// tells as a story. It changes only through `enter` and `amend`, which return a new record with a higher `change`: so
// of two copies the further one is always known, and a record never goes backwards.
//
// Surprising: `verifying → recovering` is progress, not a step back. A recurrence opens the next attempt.
import { assert } from '@reknit/base';
import type { ProcessIdentity } from '@reknit/runtime';
import type { ExitStatus } from '../detect/facts.js';
import type { Diagnosis } from '../diagnose/diagnose.js';
import type { Action } from '../recover/actions.js';
import type { Check } from '../verify/check.js';

export const INCIDENT_FORMAT = 1;

/** One life of a component's process. */
export interface Boot {
  readonly process: ProcessIdentity;
  readonly bootId: string;
  /** Of its data directory. */
  readonly incarnation: string;
}

/** Times are wall-clock milliseconds. */
export type Phase =
  /** Something looks wrong; not yet enough to say that it is. */
  | { readonly kind: 'suspected'; readonly at: number }
  | { readonly kind: 'detected'; readonly at: number }
  | { readonly kind: 'diagnosed'; readonly at: number }
  | { readonly kind: 'planned'; readonly at: number }
  /** Its plan is carried out once somebody approves it, if the facts are still those that it rests on. */
  | { readonly kind: 'awaiting-approval'; readonly at: number; readonly fingerprint: string; readonly expiresAt: number }
  | { readonly kind: 'recovering'; readonly at: number; readonly step: number; readonly attempt: number }
  | { readonly kind: 'verifying'; readonly at: number; readonly by: Mender; readonly boot: Boot }
  | { readonly kind: 'resolved'; readonly at: number; readonly by: Mender; readonly boot: Boot }
  /** The engine is at its end: a human is asked. A mend by hand is still recognised, verified, and then resolves it. */
  | { readonly kind: 'escalated'; readonly at: number; readonly reason: string }
  /** Somebody has refused its plan. A mend by hand is still recognised. */
  | { readonly kind: 'rejected'; readonly at: number; readonly by: string; readonly reason: string }
  /** It went away, or a planned stop overtook it, before anything was proven. */
  | { readonly kind: 'expired'; readonly at: number; readonly reason: string };

export type PhaseKind = Phase['kind'];
/** Whose doing it is that the subject is well again. `itself`: it came back before anything was done. */
export type Mender = 'engine' | 'operator' | 'itself';

export type OnsetSource = 'kernel exit notice' | 'exit journal' | 'last heartbeat' | 'found dead' | 'signal' | 'request';

export interface Observer {
  readonly name: string;
  readonly vote: 'up' | 'down' | 'stale';
  readonly at: number;
}

export interface PlanStep {
  readonly action: Action;
  /** Counted from 0; absent in records of version 0.1: one rung. */
  readonly rung?: number;
  readonly text: string;
  /** Why it will not be tried. */
  readonly skipped?: string;
}

export interface Plan {
  readonly steps: readonly PlanStep[];
  /** Attempts begun before it was made: runs of those belong to an earlier plan. Absent: none. */
  readonly since?: number;
  /** How many there were, this one among them. Absent: it is the first. */
  readonly number?: number;
  readonly blastRadius: string;
  readonly expectedLoss: string;
  readonly expectedDurationMs: number;
}

export type StepOutcome = 'succeeded' | 'failed' | 'interrupted';

export interface StepRun {
  readonly step: number;
  readonly action: Action;
  readonly attempt: number;
  readonly delayMs: number;
  readonly startedAt: number;
  /** The life that it was meant for, as known when it began. */
  readonly process?: ProcessIdentity;
  /** The controller's, where it was needed. */
  readonly epoch?: number;
  readonly endedAt?: number;
  readonly outcome?: StepOutcome;
  readonly detail?: string;
}

export interface Reading {
  readonly check: Check;
  readonly attempt: number;
  readonly at: number;
  readonly ok: boolean;
  readonly detail: string;
}

/** What was seen of a living process before it was ended: gone for good afterwards. */
export interface KeptEvidence {
  readonly at: number;
  /** Where it was read, e.g. `wchan`. */
  readonly source: string;
  readonly text: string;
}

/** Wall-clock milliseconds at which each was first true. */
export interface Moments {
  readonly onset: number;
  readonly onsetSource: OnsetSource;
  readonly detected?: number;
  readonly firstAction?: number;
  readonly servedAgain?: number;
  readonly redundancyRestored?: number;
}

/** Milliseconds since the onset; absent while not yet known. */
export interface Times {
  readonly mttd?: number;
  readonly mtta?: number;
  readonly mttm?: number;
  readonly mttr?: number;
}

export interface Incident {
  readonly format: typeof INCIDENT_FORMAT;
  readonly id: string;
  readonly subject: string;
  /** Rises with every change of the record. */
  readonly change: number;
  /** Recovery attempts begun. */
  readonly attempt: number;
  readonly phase: Phase;
  readonly history: readonly { readonly phase: PhaseKind; readonly at: number; readonly attempt: number }[];
  /** The incident that led to this one, or the evidence at its root. */
  readonly cause: { readonly kind: 'incident'; readonly id: string } | { readonly kind: 'root'; readonly evidence: string };
  /** The agent whose duty it is to finish it; absent in records of version 0.1. */
  readonly owner?: string;
  /** An act that somebody asked for: there was no fault, and there is no diagnosis. */
  readonly request?: { readonly action: 'restart' | 'replace' | 'repair'; readonly by: string };
  /** Somebody has approved the plan with this fingerprint. */
  readonly approval?: { readonly by: string; readonly at: number; readonly fingerprint: string };
  /** Somebody has seen it: nobody is paged for it any more. */
  readonly acknowledged?: { readonly by: string; readonly at: number };
  readonly observers: readonly Observer[];
  readonly patient: {
    readonly process?: ProcessIdentity;
    readonly boot?: Boot;
    readonly exit?: ExitStatus;
    /** Where others can ask it who it is. */
    readonly endpoint?: string;
  };
  readonly diagnosis?: Diagnosis;
  readonly plan?: Plan;
  readonly runs: readonly StepRun[];
  readonly readings: readonly Reading[];
  readonly kept?: readonly KeptEvidence[];
  readonly moments: Moments;
  readonly times: Times;
}

/** A crash loop may go on for days: the record keeps how it began and how it went lately. */
const HISTORY_FIRST = 8;
const HISTORY_LAST = 32;
const RUNS_LAST = 20;
const READINGS_LAST = 40;
/** A look at a process is a dozen lines, and an incident rarely sees two fences. */
const KEPT_LAST = 40;

const NEXT: Readonly<Record<PhaseKind, readonly PhaseKind[]>> = {
  suspected: ['detected', 'expired'],
  detected: ['diagnosed', 'verifying', 'escalated', 'expired'],
  diagnosed: ['planned', 'verifying', 'escalated', 'expired'],
  planned: ['awaiting-approval', 'recovering', 'verifying', 'escalated', 'expired'],
  'awaiting-approval': ['awaiting-approval', 'planned', 'recovering', 'verifying', 'rejected', 'escalated', 'expired'],
  recovering: ['awaiting-approval', 'recovering', 'verifying', 'escalated', 'expired'],
  verifying: ['awaiting-approval', 'recovering', 'verifying', 'resolved', 'escalated', 'expired'],
  resolved: [],
  escalated: ['verifying', 'expired'],
  rejected: ['verifying', 'expired'],
  expired: [],
};

/** It never changes again. */
export const isFinal = (incident: Incident): boolean => NEXT[incident.phase.kind].length === 0;

/** The engine has done what it can: final, or in the hands of a human. */
export const isClosed = (incident: Incident): boolean =>
  isFinal(incident) || incident.phase.kind === 'escalated' || incident.phase.kind === 'rejected';

/** Moves to the next phase. A move that is not in the table is a bug of the engine. */
export function enter(incident: Incident, phase: Phase): Incident {
  const from = incident.phase;
  assert(NEXT[from.kind].includes(phase.kind), 'an incident moves forward only', () => ({ id: incident.id, from, to: phase }));
  if (phase.kind === 'recovering') {
    const nextStep = from.kind === 'recovering' && phase.attempt === incident.attempt && phase.step > from.step;
    assert(nextStep || phase.attempt === incident.attempt + 1, 'each recovery is the next step or the next attempt', () => ({
      id: incident.id,
      phase,
    }));
  }
  if (phase.kind === 'resolved') {
    assert(from.kind === 'verifying' && sameBoot(from.boot, phase.boot), 'what is resolved is what was verified', () => ({
      from,
      phase,
    }));
  }
  const attempt = phase.kind === 'recovering' ? phase.attempt : incident.attempt;
  return {
    ...incident,
    change: incident.change + 1,
    attempt,
    phase,
    history: firstAndLast([...incident.history, { phase: phase.kind, at: phase.at, attempt }]),
  };
}

/** The parts that may change without a change of phase; each keeps what earlier changes set. */
export type Amendment = Partial<
  Pick<
    Incident,
    | 'owner'
    | 'observers'
    | 'patient'
    | 'diagnosis'
    | 'plan'
    | 'runs'
    | 'readings'
    | 'cause'
    | 'kept'
    | 'approval'
    | 'acknowledged'
  >
> & {
  readonly moments?: Partial<Omit<Moments, 'onset' | 'onsetSource'>>;
};

export function amend(incident: Incident, amendment: Amendment): Incident {
  assert(!isFinal(incident), 'a closed incident is not amended', () => incident.id);
  const moments = { ...amendment.moments, ...incident.moments };
  const amended = { ...incident, ...amendment, change: incident.change + 1, moments, times: timesOf(moments) };
  const { runs, readings, kept } = amended;
  return {
    ...amended,
    runs: runs.slice(-RUNS_LAST),
    readings: readings.slice(-READINGS_LAST),
    ...(kept === undefined ? {} : { kept: kept.slice(-KEPT_LAST) }),
  };
}

export interface IncidentOpening {
  readonly subject: string;
  readonly phase: Extract<Phase, { readonly kind: 'suspected' | 'detected' | 'planned' }>;
  readonly owner?: string;
  readonly request?: Incident['request'];
  readonly onset: number;
  readonly onsetSource: OnsetSource;
  readonly evidence: string;
  readonly observers: readonly Observer[];
  readonly patient: Incident['patient'];
}

export function openIncident(opening: IncidentOpening, id: string): Incident {
  const { subject, phase, onset, onsetSource, observers, patient, owner, request } = opening;
  const moments: Moments = { onset, onsetSource, ...(phase.kind === 'detected' ? { detected: phase.at } : {}) };
  return {
    format: INCIDENT_FORMAT,
    id,
    subject,
    change: 1,
    attempt: 0,
    phase,
    history: [{ phase: phase.kind, at: phase.at, attempt: 0 }],
    cause: { kind: 'root', evidence: opening.evidence },
    ...(owner === undefined ? {} : { owner }),
    ...(request === undefined ? {} : { request }),
    observers,
    patient,
    runs: [],
    readings: [],
    moments,
    times: timesOf(moments),
  };
}

export const sameProcess = (a: ProcessIdentity | undefined, b: ProcessIdentity | undefined): boolean =>
  a !== undefined && b !== undefined && a.pid === b.pid && a.startTime === b.startTime;

export const sameBoot = (a: Boot, b: Boot): boolean =>
  a.bootId === b.bootId && a.incarnation === b.incarnation && sameProcess(a.process, b.process);

function firstAndLast<Item>(items: readonly Item[]): readonly Item[] {
  if (items.length <= HISTORY_FIRST + HISTORY_LAST) return items;
  return [...items.slice(0, HISTORY_FIRST), ...items.slice(-HISTORY_LAST)];
}

function timesOf(moments: Moments): Times {
  const since = (moment: number | undefined): number | undefined =>
    moment === undefined ? undefined : Math.max(0, Math.round((moment - moments.onset) * 10) / 10);
  const { detected, firstAction, servedAgain, redundancyRestored } = moments;
  return {
    ...optional('mttd', since(detected)),
    ...optional('mtta', since(firstAction)),
    ...optional('mttm', since(servedAgain)),
    ...optional('mttr', since(redundancyRestored)),
  };
}

const optional = <Key extends string>(key: Key, value: number | undefined): Partial<Record<Key, number>> =>
  value === undefined ? {} : ({ [key]: value } as Record<Key, number>);
