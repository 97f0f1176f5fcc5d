// What one round shows: the engine's own records, held against what the drill knows to be true. Pure, so that tests can show that a
// wrong diagnosis, a lost write or an act on a healthy node fails a round.
import type { Action, Incident, Times, Verdict } from '@reknit/recovery';
import type { LoadVerdict } from '../load/checked-load.js';
import { objectionsTo } from '../load/objections.js';
import { plural } from '../output/words.js';
import type { DrillFault } from './faults/drill-fault.js';

export type Diagnosed = Verdict | 'silence';

/** Milliseconds from the fault itself, which the engine does not know; absent: it did not come to that. */
export type RoundTimes = Times;

export interface Witnessed {
  readonly fault: DrillFault;
  readonly victim: string;
  /** Wall clock, when the fault struck. */
  readonly struckAt: number;
  /** Opened since by the engine itself, of whatever subject, in the order in which they were heard of. */
  readonly incidents: readonly Incident[];
  /** Milliseconds from the fault to the first write that was begun after it and acknowledged. */
  readonly firstAcceptedWriteMs: number | undefined;
  readonly load: LoadVerdict;
  /** What else went wrong in it. */
  readonly mishaps: readonly string[];
}

export interface Finding {
  readonly diagnosedAs: Diagnosed;
  readonly rightlyNamed: boolean;
  readonly incident: string | null;
  /** Where the incident stands; 'none': there is none. */
  readonly end: Incident['phase']['kind'] | 'none';
  readonly times: RoundTimes;
  /** What was done about it, in order. */
  readonly actions: readonly Action[];
  readonly firstAcceptedWriteMs: number | null;
  readonly acknowledged: number;
  /** Writes that were certainly not done: what clients paid for the fault. */
  readonly refused: number;
  /** Writes whose outcome their client never learnt. */
  readonly unknown: number;
  readonly lost: number;
  readonly stale: number;
  /** Steps taken on a subject that nothing had happened to. */
  readonly falseActions: number;
  readonly objections: readonly string[];
}

export function findingOf(witnessed: Witnessed): Finding {
  const { fault, victim, struckAt, incidents, load, firstAcceptedWriteMs, mishaps } = witnessed;
  const ofVictim = fault.right === 'silence' ? [] : incidents.filter((incident) => isOfFault(fault, victim, incident));
  const others = incidents.filter((incident) => !ofVictim.includes(incident));
  const decisive = ofVictim.findLast(({ subject }) => subject === victim) ?? ofVictim.at(-1);
  const diagnosedAs = fault.right === 'silence' ? nameOf(others.at(-1)) : nameOf(decisive);
  const rightlyNamed = isRight(fault, diagnosedAs);
  const falseActions = others.reduce((sum, { runs }) => sum + runs.length, 0);
  const end = decisive?.phase.kind ?? 'none';
  const objections = [
    ...(rightlyNamed ? [] : [`${fault.kind} of ${victim} was diagnosed as ${diagnosedAs}`]),
    ...responseObjections(fault, ofVictim),
    ...(falseActions === 0 ? [] : [`${plural(falseActions, 'false action')}: ${namesOf(others)}`]),
    ...others.filter(isFalseAlarm).map(({ id, diagnosis }) => `false alarm: incident ${id}, ${diagnosis?.verdict}`),
    ...objectionsTo(load),
    ...mishaps,
  ];
  return {
    diagnosedAs,
    rightlyNamed,
    incident: decisive?.id ?? null,
    end,
    times: timesFrom(struckAt, ofVictim),
    actions: ofVictim.flatMap(({ runs }) => runs.map(({ action }) => action)),
    firstAcceptedWriteMs: firstAcceptedWriteMs === undefined ? null : tenths(firstAcceptedWriteMs),
    acknowledged: load.writes.acknowledged,
    refused: load.writes.failed,
    unknown: load.writes.unknown,
    lost: load.writes.lost,
    stale: load.writes.stale,
    falseActions,
    objections,
  };
}

/** Those of the victim; and of others that the fault strikes too, as long as they are named as rightly. */
const isOfFault = (fault: DrillFault, victim: string, incident: Incident): boolean =>
  incident.subject === victim || (fault.spreads === 'to others' && isRightOfOthers(fault, nameOf(incident)));

const isRightOfOthers = (fault: DrillFault, diagnosedAs: Diagnosed): boolean =>
  isRight(fault, diagnosedAs) || (fault.alsoRight as readonly Diagnosed[] | undefined)?.includes(diagnosedAs) === true;

/** What goes away by itself may have gone before it was verified. */
const isDone = (response: DrillFault['response'], kind: Incident['phase']['kind']): boolean =>
  kind === 'resolved' || (response === 'outlast' && kind === 'expired');

function responseObjections({ response }: DrillFault, incidents: readonly Incident[]): readonly string[] {
  if (response === 'nothing') return [];
  const unresolved = incidents.filter(({ phase }) => !isDone(response, phase.kind));
  const escalated = incidents.some(({ history }) => history.some(({ phase }) => phase === 'escalated'));
  return [
    ...unresolved.map(({ id, phase }) => `incident ${id} ended as ${phase.kind}, not resolved`),
    ...(escalated && response === 'heal' ? ['a human was asked, though it could be healed'] : []),
    ...(!escalated && response === 'escalate' ? ['no human was asked, though it could not be healed'] : []),
  ];
}

/** Of an incident that went away before anything was known: the engine says as much. */
const nameOf = (incident: Incident | undefined): Diagnosed =>
  incident === undefined ? 'silence' : (incident.diagnosis?.verdict ?? 'not-enough-evidence');

const isRight = ({ right }: DrillFault, diagnosedAs: Diagnosed): boolean =>
  right === diagnosedAs || (right === 'silence' && diagnosedAs === 'not-enough-evidence');

const isFalseAlarm = ({ diagnosis, runs }: Incident): boolean =>
  runs.length === 0 && diagnosis !== undefined && diagnosis.verdict !== 'not-enough-evidence';

const namesOf = (incidents: readonly Incident[]): string =>
  incidents
    .filter(({ runs }) => runs.length > 0)
    .map(({ id, runs }) => `${id} (${runs.map(({ action }) => action).join(', ')})`)
    .join(', ');

/** A fault that comes again and again has several incidents: the first tells when it was seen, the last when it was over. */
function timesFrom(struckAt: number, incidents: readonly Incident[]): RoundTimes {
  const first = incidents[0]?.moments;
  const last = incidents.at(-1)?.moments;
  const since = (moment: number | undefined): number | undefined =>
    moment === undefined ? undefined : tenths(Math.max(0, moment - struckAt));
  return present({
    mttd: since(first?.detected),
    mtta: since(first?.firstAction),
    mttm: since(last?.servedAgain),
    mttr: since(last?.redundancyRestored),
  });
}

const tenths = (ms: number): number => Math.round(ms * 10) / 10;

const present = (times: { readonly [Key in keyof Times]-?: number | undefined }): RoundTimes =>
  Object.fromEntries(Object.entries(times).filter(([, value]) => value !== undefined));
