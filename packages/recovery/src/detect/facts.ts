// What is known about one subject at one moment, as plain data: the only thing that a diagnosis may rest on, and kept
// in the incident so that the diagnosis can be repeated. Absent knowledge is a value of its own, never a default.
import type { ProcessIdentity, ProcessState } from '@reknit/runtime';

/** What a component left behind when it ended by itself. Nothing is left after a SIGKILL. */
export interface ExitMark {
  readonly bootId: string;
  readonly pid: number;
  readonly at: number;
  /** `signal SIGTERM`, or `fatal: ` and a cause. */
  readonly reason: string;
}

/** A promise that a subject is down on purpose until a moment. */
export interface PlannedStop {
  readonly until: number;
  readonly by: string;
}

export interface ExitStatus {
  /** Both undefined: the kernel told nobody, because this process was not the parent. */
  readonly code?: number;
  readonly signal?: string;
}

/** How a process's main thread has spent its time, in ms since its start. */
export interface Effort {
  readonly at: number;
  /** On a processor. */
  readonly ranMs: number;
  /** Ready to run, while others had the processor. */
  readonly queuedMs: number;
}

/** Of a living process that is not heard any more. */
export interface Silence {
  /** Since it was last heard. */
  readonly ms: number;
  /** By phi-accrual; see `@reknit/failure-detector`. */
  readonly phi: number;
  /** What its main thread ran, and waited for a processor, since then; undefined where the platform cannot tell. */
  readonly ranMs: number | undefined;
  readonly queuedMs: number | undefined;
}

/** An end that nobody had asked for. */
export interface PastExit {
  readonly at: number;
  readonly exit?: ExitStatus;
}

/** How a member finds itself and its peers, as it said with its last sign of life. */
export interface Vitals {
  /** How late its event loop was of late. */
  readonly loopDelayMs: number;
  /** How long a sync of its log took of late. */
  readonly logSyncMs: number;
  /** By name: whom it does not hear any more. */
  readonly suspectedPeers: readonly string[];
}

/** What another member, heard a moment ago, says of the subject. */
export interface PeerVote {
  readonly name: string;
  readonly vote: 'up' | 'down';
}

export type ConnectOutcome = 'accepted' | 'refused' | 'no-answer' | 'not-tried';
export type HealthOutcome = 'good' | 'bad' | 'silent' | 'not-tried';

export interface Facts {
  readonly subject: string;
  readonly at: number;
  readonly process: ProcessIdentity | undefined;
  readonly processState: ProcessState | 'unknown';
  readonly exit: ExitStatus | undefined;
  /** Of the boot in question only; an older one is not evidence. */
  readonly exitMark: ExitMark | undefined;
  /** The last line of its log. */
  readonly lastWords: string | undefined;
  readonly connect: ConnectOutcome;
  readonly health: HealthOutcome;
  /** Undefined while it is heard, or is not alive. */
  readonly silence: Silence | undefined;
  /** Its own last word. */
  readonly vitals: Vitals | undefined;
  readonly votes: readonly PeerVote[];
  /** How late this observer itself was of late, in ms. */
  readonly observerLateMs: number;
  /** Ends that nobody had asked for since it last held a soak, oldest first. */
  readonly exits: readonly PastExit[];
  /** Only while it is valid. */
  readonly plannedStop: PlannedStop | undefined;
}

export const describeExit = (exit: ExitStatus | undefined): string => {
  if (exit?.signal !== undefined) return `ended by ${exit.signal}`;
  if (exit?.code !== undefined) return `exit code ${exit.code}`;
  return 'ended, exit status unknown (not our child)';
};

/** Signals that ask a process to end in order, as opposed to those that report or cause its failure. */
const ORDERLY = new Set(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT']);

export const endedInOrder = (facts: Facts): boolean =>
  facts.exitMark?.reason.startsWith('signal ') === true && ORDERLY.has(facts.exitMark.reason.slice('signal '.length));
