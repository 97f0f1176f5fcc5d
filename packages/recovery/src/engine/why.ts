// Why something was done, or was not. Inaction is an answer too: the last decisions are kept, and where there is
// nothing to tell, since when all has been quiet.
import type { Incident } from '../incidents/incident.js';
import type { Decision, Memory } from '../journal/entries.js';
import type { EngineStatus } from './status.js';
import { spokenSeconds } from './words.js';

export interface Why {
  readonly at: number;
  readonly subject?: string;
  /** The situation in one sentence for each subject, or for the whole. */
  readonly now: readonly string[];
  /** Oldest first. */
  readonly decisions: readonly Decision[];
  readonly incidents: readonly Incident[];
}

/** What a person reads without scrolling. */
const SHOWN_MAX = 20;

export function whyOf(
  { memory, status, at }: { readonly memory: Memory; readonly status: EngineStatus; readonly at: number },
  subject?: string,
): Why {
  const concerns = (of: string | undefined): boolean => subject === undefined || of === undefined || of === subject;
  const decisions = memory.decisions.filter((decision) => concerns(decision.subject)).slice(-SHOWN_MAX);
  const incidents = [...memory.incidents.values()].filter((incident) => concerns(incident.subject)).slice(-SHOWN_MAX);
  const lastNews = Math.max(status.since, decisions.at(-1)?.at ?? 0, incidents.at(-1)?.phase.at ?? 0);
  const now = situation(status, concerns, at - lastNews);
  return { at, ...(subject === undefined ? {} : { subject }), now, decisions, incidents };
}

function situation(status: EngineStatus, concerns: (subject: string) => boolean, quietMs: number): string[] {
  const subjects = status.subjects.filter(({ subject }) => concerns(subject));
  const unquiet = subjects.filter((subject) => subject.state !== 'living' || subject.incident !== undefined);
  if (unquiet.length === 0)
    return [`all quiet for ${spokenSeconds(quietMs)}: ${subjects.map(({ subject }) => subject).join(', ')} live and answer`];
  return unquiet.map(
    ({ subject, state, incident }) => `${subject}: ${state}${incident === undefined ? '' : `, incident ${incident}`}`,
  );
}
