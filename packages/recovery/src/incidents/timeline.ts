// An incident's record as a tree of spans with their real times: what a trace is made of, or a drawing. The root lasts from
// the onset to the end of the engine's work; below it stand the time in which nobody knew, each phase, and in the phases of
// recovery each step.
//
// Surprising: work may go on after it was handed to a human (a mend by hand is verified). That is a chapter of its own, so
// that what was told at the hand-over is never told again.
import type { Incident, PhaseKind, StepRun } from './incident.js';

export type Facet = string | number | boolean;

export interface Mark {
  readonly name: string;
  readonly at: number;
  readonly attributes: Readonly<Record<string, Facet>>;
}

/** Times are wall-clock milliseconds. */
export interface Span {
  readonly name: string;
  readonly startAt: number;
  readonly endAt: number;
  readonly attributes: Readonly<Record<string, Facet>>;
  /** Why it did not end well. */
  readonly failure?: string;
  readonly marks: readonly Mark[];
  readonly children: readonly Span[];
}

export interface Chapter extends Span {
  /** 0: from the onset. Others begin where the work was handed to a human. */
  readonly number: number;
}

type Entry = Incident['history'][number];

const HANDED_OVER: ReadonlySet<PhaseKind> = new Set<PhaseKind>(['escalated', 'rejected']);

/** The last one: up to the phase in which the record stands. */
export function chapterOf(incident: Incident): Chapter {
  const { history, moments, phase, subject, diagnosis } = incident;
  const earlier = history.slice(0, -1);
  const handedOver = earlier.findLastIndex((entry) => HANDED_OVER.has(entry.phase));
  const entries = history.slice(Math.max(0, handedOver));
  const first = entries[0]!;
  const startAt = handedOver < 0 ? Math.min(moments.onset, first.at) : first.at;
  const endAt = Math.max(startAt, phase.at);
  const name = incident.request?.action ?? diagnosis?.verdict ?? 'incident';
  return {
    number: earlier.filter((entry) => HANDED_OVER.has(entry.phase)).length,
    name: handedOver < 0 ? `${name} ${subject}` : `${name} ${subject}: in the hands of a human`,
    startAt,
    endAt,
    attributes: attributesOf(incident),
    ...(phase.kind === 'resolved' ? {} : { failure: reasonOf(incident) }),
    marks: momentsOf(incident).filter(({ at }) => at >= startAt && at <= endAt),
    children: [...unnoticed(startAt, first.at), ...phasesOf(incident, entries)],
  };
}

const unnoticed = (startAt: number, endAt: number): readonly Span[] =>
  endAt > startAt ? [{ name: 'unnoticed', startAt, endAt, attributes: {}, marks: [], children: [] }] : [];

function attributesOf(incident: Incident): Span['attributes'] {
  const { id, subject, diagnosis, cause, phase, attempt, times, moments, owner, request } = incident;
  return present({
    incident: id,
    subject,
    owner,
    verdict: diagnosis?.verdict,
    confidence: diagnosis?.confidence,
    cause: cause.kind === 'incident' ? cause.id : cause.evidence,
    'cause.kind': cause.kind,
    outcome: phase.kind,
    'outcome.by': phase.kind === 'resolved' || phase.kind === 'rejected' ? phase.by : undefined,
    attempts: attempt,
    'onset.source': moments.onsetSource,
    'requested.by': request?.by,
    'mttd.ms': times.mttd,
    'mtta.ms': times.mtta,
    'mttm.ms': times.mttm,
    'mttr.ms': times.mttr,
  });
}

const reasonOf = ({ phase }: Incident): string => ('reason' in phase ? `${phase.kind}: ${phase.reason}` : phase.kind);

const MOMENTS = [
  ['detected', 'detected'],
  ['firstAction', 'first action'],
  ['servedAgain', 'clients served again'],
  ['redundancyRestored', 'redundancy restored'],
] as const;

const momentsOf = ({ moments }: Incident): readonly Mark[] =>
  MOMENTS.flatMap(([moment, name]) => {
    const at = moments[moment];
    return at === undefined ? [] : [{ name, at, attributes: {} }];
  });

/** Each lasts until the next begins; the last one is where the record stands, and lasts no time. */
function phasesOf(incident: Incident, entries: readonly Entry[]): readonly Span[] {
  return entries.slice(0, -1).map((entry, at) => {
    const endAt = Math.max(entry.at, entries[at + 1]!.at);
    const within = (moment: number): boolean => moment >= entry.at && moment <= endAt;
    const children = entry.phase === 'recovering' ? incident.runs.filter(({ startedAt }) => within(startedAt)).map(stepOf) : [];
    const readings = entry.phase === 'verifying' ? incident.readings.filter((reading) => within(reading.at)) : [];
    return {
      name: entry.phase,
      startAt: entry.at,
      endAt,
      attributes: entry.attempt === 0 ? {} : { attempt: entry.attempt },
      marks: readings.map(({ check, at: moment, ok, detail }) => ({ name: check, at: moment, attributes: { ok, detail } })),
      children,
    };
  });
}

function stepOf({ step, action, attempt, delayMs, startedAt, endedAt, outcome, detail }: StepRun): Span {
  return {
    name: action,
    startAt: startedAt,
    endAt: Math.max(startedAt, endedAt ?? startedAt),
    attributes: present({ step, attempt, 'delay.ms': delayMs, outcome: outcome ?? 'unknown', detail }),
    ...(outcome === 'succeeded' ? {} : { failure: detail ?? outcome ?? 'its end is not known' }),
    marks: [],
    children: [],
  };
}

const present = (attributes: Readonly<Record<string, Facet | undefined>>): Span['attributes'] =>
  Object.fromEntries(Object.entries(attributes).filter((entry): entry is [string, Facet] => entry[1] !== undefined));
