// How the engine reaches what it heals. A driver acts on named subjects and knows nothing of incidents; it never
// decides. One driver instance serves all its subjects on one machine.
import type { Millis } from '@reknit/base';
import type { ProcessIdentity, ProcessState } from '@reknit/runtime';
import type { ConnectOutcome, Effort, ExitMark, ExitStatus, HealthOutcome, Surroundings, Vitals } from './detect/facts.js';
import type { Signal } from './detect/signal.js';
import type { Boot } from './incidents/incident.js';
import type { Action, ActOutcome, Order, Policy } from './recover/actions.js';
import type { Check } from './verify/check.js';
import type { Answer } from './verify/checks.js';

export interface Probe {
  readonly connect: ConnectOutcome;
  readonly health: HealthOutcome;
  /** Where the subject tells. */
  readonly vitals?: Vitals;
}

export interface Seen {
  /** Where it was read, e.g. `wchan`. */
  readonly source: string;
  readonly text: string;
}

export interface ProcessEnd {
  /** Undefined when this process was not the parent. */
  readonly exit: ExitStatus | undefined;
  /** What told it first. */
  readonly source: 'kernel exit notice';
}

/** 'still-there': the kernel has the signal, and has not ended the process in time. */
export type FenceOutcome = 'gone' | 'still-there';

export type StopOutcome = 'terminated' | 'killed' | 'already-gone' | 'still-there';

export interface Driver {
  readonly subjects: readonly string[];
  /** The member's address for the store client. */
  endpoint(subject: string): string;
  /** The kernel's word, at once. */
  state(process: ProcessIdentity): ProcessState;
  /**
   * @param token marks the process, so that whoever lost the answer can find it again by `findLaunched`
   * @param onEnd once, when the process is gone
   * @throws when it cannot be started at all
   */
  start(subject: string, token: string, onEnd: (end: ProcessEnd) => void): ProcessIdentity;
  /** Watches a process that someone else started. The result ends the watch. */
  watch(subject: string, process: ProcessIdentity, onEnd: (end: ProcessEnd) => void): () => void;
  /** The living process that was started with this token, where the platform can tell. */
  findLaunched(subject: string, token: string): ProcessIdentity | undefined;
  /** Authenticated: who serves on the subject's port now. Undefined when nobody answers, or not as this subject. */
  identify(subject: string, timeoutMs: Millis): Promise<Boot | undefined>;
  /** The same of a subject that others own, at its address. */
  identifyAt(subject: string, endpoint: string, timeoutMs: Millis): Promise<Boot | undefined>;
  probe(subject: string, timeoutMs: Millis): Promise<Probe>;
  /** What the last boot left behind when it ended by itself. */
  exitMark(subject: string): ExitMark | undefined;
  /** Why it must never run again from what it has, e.g. because it was taken out of its cluster; undefined when it may. */
  retired(subject: string): string | undefined;
  /** The last line that it logged, shortened. */
  lastWords(subject: string): string | undefined;
  /** Undefined where the platform cannot tell. `at` is left to the caller. */
  effort(process: ProcessIdentity): Omit<Effort, 'at'> | undefined;
  /** What can be seen of a living process from outside, for people: it is lost with the process. Never waits for it. */
  look(process: ProcessIdentity): readonly Seen[];
  /** Ends it by force. Resolves once the kernel confirms the end, or the time is up. */
  fence(subject: string, process: ProcessIdentity, withinMs: Millis): Promise<FenceOutcome>;
  /** Asks it to end, and ends it after the grace. */
  stop(subject: string, process: ProcessIdentity, graceMs: Millis): Promise<StopOutcome>;
  /** What it can do for this subject beside start, stop and fence; absent: nothing. */
  actions?(subject: string): ReadonlySet<Action>;
  /** Carries out one action. Idempotent: called again after an unknown outcome it finds out first. */
  act?(subject: string, action: Action, order: Order): Promise<ActOutcome>;
  /** Which checks make sense for this subject; absent: all. */
  checks?(subject: string): ReadonlySet<Check>;
  /** The component's own verification. */
  verify?(subject: string, timeoutMs: Millis): Promise<Answer>;
  /** What is declared for it; absent: the defaults. */
  policy?(subject: string): Policy | undefined;
  /** What its detectors say now, the newest of each. */
  signals?(subject: string): readonly Signal[];
  /** What beside them only the driver can know. */
  surroundings?(subject: string): Partial<Surroundings>;
}
