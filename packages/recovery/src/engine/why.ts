// Why something was done, or was not. Inaction is an answer too: the last decisions are kept, and where there is
// nothing to tell, since when all has been quiet.
import type { Incident } from '../incidents/incident.js';
import type { Decision, Memory } from '../journal/entries.js';
import { isInForce } from '../recover/modes.js';
import { spokenPause } from './permits.js';
import type { EngineStatus, SubjectStatus } from './status.js';
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

interface Known {
  readonly memory: Memory;
  readonly status: EngineStatus;
  readonly at: number;
}

export function whyOf({ memory, status, at }: Known, subject?: string): Why {
  const concerns = (of: string | undefined): boolean => subject === undefined || of === undefined || of === subject;
  const decisions = memory.decisions.filter((decision) => concerns(decision.subject)).slice(-SHOWN_MAX);
  const incidents = [...memory.incidents.values()].filter((incident) => concerns(incident.subject)).slice(-SHOWN_MAX);
  const lastNews = Math.max(status.since, decisions.at(-1)?.at ?? 0, incidents.at(-1)?.phase.at ?? 0);
  const now = situation({ memory, status, at }, concerns, at - lastNews);
  return { at, ...(subject === undefined ? {} : { subject }), now, decisions, incidents };
}

function situation({ status, memory, at }: Known, concerns: (subject: string) => boolean, quietMs: number): string[] {
  const subjects = status.subjects.filter(({ subject }) => concerns(subject));
  const unquiet = subjects.filter((each) => each.state !== 'living' || each.incident !== undefined);
  const told = unquiet.map((each) => standing(each, memory, at));
  const restraints = restraintsOn({ status, at }, concerns);
  if (unquiet.length > 0) return [...restraints, ...alone(status), ...told];
  return [
    ...restraints,
    `all quiet for ${spokenSeconds(quietMs)}: ${subjects.map(({ subject }) => subject).join(', ')} live and answer`,
  ];
}

/** Without one, what needs a quorum waits; it is worth a word only beside something that is wrong. */
const alone = ({ controller }: EngineStatus): string[] =>
  controller === undefined ? ['no controller is known, because no quorum of the store answers: only reflexes act'] : [];

/** What keeps the engine from acting at all. */
function restraintsOn({ status, at }: Pick<Known, 'status' | 'at'>, concerns: (subject: string) => boolean): string[] {
  const { killSwitch, pauses, modes } = status;
  const thrown =
    killSwitch === undefined || killSwitch.state === 'absent'
      ? []
      : [
          `only observing: the kill switch ${killSwitch.path} ${killSwitch.state === 'present' ? 'is present' : 'cannot be read'}`,
        ];
  const held = pauses.filter(({ subject }) => subject === undefined || concerns(subject));
  const set = modes.filter((mark) => isInForce(mark, at) && (mark.subject === undefined || concerns(mark.subject)));
  const spokenModes = set.map(({ subject, mode, by }) => {
    const what = typeof mode === 'object' ? `in maintenance for another ${spokenSeconds(mode.until - at)}` : `in mode ${mode}`;
    return `${subject ?? 'everything'} is ${what}, set by ${by}`;
  });
  return [...thrown, ...held.map((pause) => spokenPause(pause, at)), ...spokenModes];
}

function standing({ subject, state, incident, reason, until, heldBy }: SubjectStatus, memory: Memory, at: number): string {
  const record = incident === undefined ? undefined : memory.incidents.get(incident);
  const because = [
    ...(reason === undefined ? [] : [`: ${reason}`]),
    ...(reason !== undefined || heldBy === undefined ? [] : [`, not acted on: ${heldBy.join('; ')}`]),
    ...(until === undefined ? [] : [`: the next start comes in ${spokenSeconds(until - at)} (back-off)`]),
    ...(incident === undefined ? [] : [`, incident ${incident}${record === undefined ? '' : ` (${record.phase.kind})`}`]),
  ];
  return `${subject}: ${state}${because.join('')}`;
}
