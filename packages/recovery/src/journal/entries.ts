// The lines of the agent's journal, and the one function that folds them into what the agent remembers. The running
// agent and its successor use the same fold, so both remember the same.
import { unreachable } from '@reknit/base';
import type { ProcessIdentity } from '@reknit/runtime';
import type { ExitStatus, PastExit } from '../detect/facts.js';
import { type Boot, type Incident, isClosed, sameProcess } from '../incidents/incident.js';
import { further, isIncident } from '../incidents/merge.js';
import { FULL_BUDGET, type RestartBudget } from '../recover/back-off.js';
import type { ModeMark } from '../recover/modes.js';
import type { Page } from '../recover/page.js';

/** Why something was done, or was not: the answer to `reknit why`. */
export interface Decision {
  readonly at: number;
  readonly subject?: string;
  readonly text: string;
}

export interface PlannedStopMark {
  /** Wall-clock milliseconds. */
  readonly until: number;
  readonly by: string;
  /** A stop of the whole cluster: void as soon as an agent starts again. */
  readonly endsWithAgent: boolean;
}

/** While it holds, the engine observes and says what it would do, but acts on nothing. */
export interface PauseMark {
  /** Wall-clock milliseconds. */
  readonly until: number;
  readonly by: string;
}

/** The scope of a pause of everything; others are a subject's name. */
export const EVERYTHING = '*';

/** The engine has given up on the subject until a human acts. */
export interface Halt {
  readonly at: number;
  readonly reason: string;
}

export type JournalEntry =
  | { readonly kind: 'agent-started'; readonly at: number; readonly process: ProcessIdentity }
  | { readonly kind: 'mark'; readonly at: number; readonly subject: string; readonly mark: PlannedStopMark | null }
  | { readonly kind: 'budget'; readonly subject: string; readonly budget: RestartBudget }
  | { readonly kind: 'pause'; readonly at: number; readonly scope: string; readonly pause: PauseMark | null }
  | { readonly kind: 'mode'; readonly at: number; readonly scope: string; readonly mark: ModeMark | null }
  /** Somebody must be told, at least once; `paged` once somebody was. */
  | { readonly kind: 'page'; readonly page: Page }
  | { readonly kind: 'paged'; readonly key: string }
  | { readonly kind: 'halt'; readonly subject: string; readonly halt: Halt | null }
  /** In a condensed journal, in place of the lines that led to them. */
  | { readonly kind: 'exits'; readonly subject: string; readonly exits: readonly PastExit[] }
  /** It held a soak: what was before no longer counts against it. */
  | { readonly kind: 'sound'; readonly at: number; readonly subject: string }
  /** Synced before the act. `incident` is absent for a start that mends nothing. */
  | {
      readonly kind: 'intent';
      readonly at: number;
      readonly subject: string;
      readonly token: string;
      readonly incident?: string;
      readonly attempt: number;
    }
  | {
      readonly kind: 'launched';
      readonly at: number;
      readonly subject: string;
      readonly token: string;
      readonly process: ProcessIdentity;
    }
  | { readonly kind: 'living'; readonly at: number; readonly subject: string; readonly boot: Boot }
  | {
      readonly kind: 'gone';
      readonly at: number;
      readonly subject: string;
      readonly process: ProcessIdentity;
      readonly exit?: ExitStatus;
      readonly planned: boolean;
    }
  | { readonly kind: 'incident'; readonly incident: Incident }
  | { readonly kind: 'published'; readonly id: string; readonly change: number }
  | { readonly kind: 'decision'; readonly decision: Decision };

const KINDS: ReadonlySet<unknown> = new Set<JournalEntry['kind']>([
  'agent-started',
  'mark',
  'budget',
  'pause',
  'mode',
  'page',
  'paged',
  'halt',
  'exits',
  'sound',
  'intent',
  'launched',
  'living',
  'gone',
  'incident',
  'published',
  'decision',
]);

/** What a line must be to be folded. Lines are written by this program only, so their kind vouches for their parts. */
export const isJournalEntry = (value: unknown): value is JournalEntry =>
  typeof value === 'object' &&
  value !== null &&
  'kind' in value &&
  KINDS.has(value.kind) &&
  (value.kind !== 'incident' || ('incident' in value && isIncident(value.incident)));

export interface SubjectMemory {
  readonly mark: PlannedStopMark | undefined;
  readonly budget: RestartBudget;
  /** Newest last. */
  readonly exits: readonly PastExit[];
  readonly halt: Halt | undefined;
  /** A start whose outcome is not known until `process` or `boot` says so. */
  readonly intent: { readonly token: string; readonly at: number } | undefined;
  /** The last process known to be this subject's, unless its end is known. */
  readonly process: ProcessIdentity | undefined;
  readonly boot: Boot | undefined;
}

export interface Memory {
  readonly subjects: Map<string, SubjectMemory>;
  /** By scope; those that are over too, until the next one of their scope. */
  readonly pauses: Map<string, PauseMark>;
  /** By scope; those that are over too. */
  readonly modes: Map<string, ModeMark>;
  /** Not told yet, by key, oldest first. */
  readonly pages: Map<string, Page>;
  /** By id, oldest first. */
  readonly incidents: Map<string, Incident>;
  /** Highest change of each incident that the store is known to hold. */
  readonly published: Map<string, number>;
  readonly decisions: Decision[];
}

/** Closed incidents kept on this machine, about 8 kB each; the store keeps them all. */
const CLOSED_INCIDENTS_MAX = 100;
/** Enough to explain the last hours; about 40 kB. */
const DECISIONS_MAX = 200;
/** A human who was not reached for so many reads the list. */
const PAGES_MAX = 50;
/** More than any class counts. */
const EXITS_MAX = 16;

const BLANK: SubjectMemory = {
  mark: undefined,
  budget: FULL_BUDGET,
  exits: [],
  halt: undefined,
  intent: undefined,
  process: undefined,
  boot: undefined,
};

export const emptyMemory = (): Memory => ({
  subjects: new Map(),
  pauses: new Map(),
  modes: new Map(),
  pages: new Map(),
  incidents: new Map(),
  published: new Map(),
  decisions: [],
});

export const recall = (memory: Memory, subject: string): SubjectMemory => memory.subjects.get(subject) ?? BLANK;

export function remember(memory: Memory, entry: JournalEntry): void {
  switch (entry.kind) {
    case 'agent-started':
      return forgetMarksOfAgent(memory);
    case 'mark':
      return update(memory, entry.subject, { mark: entry.mark ?? undefined, halt: undefined });
    case 'budget':
      return update(memory, entry.subject, { budget: entry.budget });
    case 'pause':
      if (entry.pause === null) memory.pauses.delete(entry.scope);
      else memory.pauses.set(entry.scope, entry.pause);
      return;
    case 'mode':
      if (entry.mark === null) memory.modes.delete(entry.scope);
      else memory.modes.set(entry.scope, entry.mark);
      return;
    case 'page':
      return rememberPage(memory, entry.page);
    case 'paged':
      memory.pages.delete(entry.key);
      return;
    case 'halt':
      return update(memory, entry.subject, { halt: entry.halt ?? undefined });
    case 'exits':
      return update(memory, entry.subject, { exits: entry.exits });
    case 'sound':
      return update(memory, entry.subject, { budget: FULL_BUDGET, exits: [] });
    case 'intent':
      return update(memory, entry.subject, { intent: { token: entry.token, at: entry.at } });
    case 'launched':
      return rememberLaunch(memory, entry);
    case 'living':
      return update(memory, entry.subject, {
        halt: undefined,
        intent: undefined,
        process: entry.boot.process,
        boot: entry.boot,
      });
    case 'gone':
      return rememberEnd(memory, entry);
    case 'incident':
      return rememberIncident(memory, entry.incident);
    case 'published':
      memory.published.set(entry.id, Math.max(entry.change, memory.published.get(entry.id) ?? 0));
      return;
    case 'decision':
      memory.decisions.push(entry.decision);
      if (memory.decisions.length > DECISIONS_MAX) memory.decisions.shift();
      return;
    default:
      return unreachable(entry);
  }
}

/** The shortest journal that leads to the same memory. */
export function condense(memory: Memory): JournalEntry[] {
  const entries: JournalEntry[] = [];
  for (const [scope, pause] of memory.pauses) entries.push({ kind: 'pause', at: 0, scope, pause });
  for (const [scope, mark] of memory.modes) entries.push({ kind: 'mode', at: 0, scope, mark });
  for (const page of memory.pages.values()) entries.push({ kind: 'page', page });
  for (const [subject, known] of memory.subjects) entries.push(...condenseSubject(subject, known));
  for (const incident of memory.incidents.values()) entries.push({ kind: 'incident', incident });
  for (const [id, change] of memory.published) entries.push({ kind: 'published', id, change });
  for (const decision of memory.decisions) entries.push({ kind: 'decision', decision });
  return entries;
}

function condenseSubject(subject: string, known: SubjectMemory): JournalEntry[] {
  const { mark, budget, exits, halt, intent, process, boot } = known;
  const entries: JournalEntry[] = [{ kind: 'budget', subject, budget }];
  if (exits.length > 0) entries.push({ kind: 'exits', subject, exits });
  if (mark !== undefined) entries.push({ kind: 'mark', at: 0, subject, mark });
  if (boot !== undefined) entries.push({ kind: 'living', at: 0, subject, boot });
  if (boot !== undefined && process === undefined)
    entries.push({ kind: 'gone', at: 0, subject, process: boot.process, planned: true });
  if (boot === undefined && process !== undefined) entries.push({ kind: 'launched', at: 0, subject, token: '', process });
  // After what would void it.
  if (halt !== undefined) entries.push({ kind: 'halt', subject, halt });
  if (intent !== undefined) entries.push({ kind: 'intent', at: intent.at, subject, token: intent.token, attempt: 0 });
  return entries;
}

function update(memory: Memory, subject: string, change: Partial<SubjectMemory>): void {
  memory.subjects.set(subject, { ...recall(memory, subject), ...change });
}

/** An adoption is noted as a launch, too: what the boot was, it still is. */
function rememberLaunch(memory: Memory, { subject, process }: Extract<JournalEntry, { kind: 'launched' }>): void {
  const { boot } = recall(memory, subject);
  update(memory, subject, { intent: undefined, process, boot: sameProcess(boot?.process, process) ? boot : undefined });
}

/** A process whose end is noted twice, by an agent that died in between, has ended once. */
function rememberEnd(memory: Memory, { subject, process, planned, at, exit }: Extract<JournalEntry, { kind: 'gone' }>): void {
  const known = recall(memory, subject);
  if (!sameProcess(known.process, process)) return;
  if (planned) return update(memory, subject, { process: undefined });
  const past: PastExit = exit === undefined ? { at } : { at, exit };
  update(memory, subject, { process: undefined, exits: [...known.exits, past].slice(-EXITS_MAX) });
}

/** Where nobody can be told for long, the oldest go: what they say stands in `reknit incidents` all the same. */
function rememberPage(memory: Memory, page: Page): void {
  memory.pages.set(page.key, page);
  for (const key of [...memory.pages.keys()].slice(0, Math.max(0, memory.pages.size - PAGES_MAX))) memory.pages.delete(key);
}

function forgetMarksOfAgent(memory: Memory): void {
  for (const [subject, { mark }] of memory.subjects) if (mark?.endsWithAgent) update(memory, subject, { mark: undefined });
}

function rememberIncident(memory: Memory, incident: Incident): void {
  const known = memory.incidents.get(incident.id);
  memory.incidents.set(incident.id, known === undefined ? incident : further(incident, known));
  const closed = [...memory.incidents.values()].filter(isClosed);
  for (const old of closed.slice(0, Math.max(0, closed.length - CLOSED_INCIDENTS_MAX))) {
    memory.incidents.delete(old.id);
    memory.published.delete(old.id);
  }
}
