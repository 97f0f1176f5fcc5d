// What is known about one subject at one moment, as plain data: the only thing that a diagnosis may rest on, and kept
// in the incident so that the diagnosis can be repeated. Absent knowledge is a value of its own, never a default.
import type { ProcessIdentity, ProcessState } from '@reknit/runtime';
import type { FaultName } from '../faults/fault-class.js';
import type { Signal } from './signal.js';

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
  /** How long it has said so without a break; absent where nobody knows. */
  readonly forMs?: number;
}

/** Another subject that is unwell too: has an open incident, or was suspected a moment ago. */
export interface Neighbour {
  readonly subject: string;
  /** Undefined while it is not diagnosed. */
  readonly verdict?: FaultName;
  /** Whether the subject needs it to be well. */
  readonly dependsOn: boolean;
  readonly incident?: string;
  /** Its onset. */
  readonly since: number;
  /** Absent where nobody knows. */
  readonly sameHost?: boolean;
  /** Of one component, or one store. */
  readonly sameGroup?: boolean;
}

/** Whether `from`, heard a moment ago, hears `to`. */
export interface Reach {
  readonly from: string;
  readonly to: string;
  readonly ok: boolean;
  /** How long it has said so without a break. */
  readonly forMs: number;
}

/** All that this observer watches. */
export interface Fleet {
  readonly total: number;
  /** Suspected or in an open incident, the subject among them. */
  readonly unwell: number;
}

/** Of the same subject. */
export interface PastIncident {
  readonly fault: FaultName;
  readonly closedAt: number;
}

/** Somebody says that he holds what only one may hold. */
export interface Claim {
  readonly by: string;
  /** What: a group's lead, a lock, a name. */
  readonly role: string;
  readonly epoch: number;
  /** First and last said. */
  readonly since: number;
  readonly at: number;
}

/** What another member of the same group, heard a moment ago, says of itself. */
export interface PeerVitals {
  readonly name: string;
  readonly vitals: Vitals;
  /** How long 99 in 100 syncs of its log took of late; absent where nobody knows. */
  readonly syncP99Ms?: number;
}

/** Of the voters that the subject needs. */
export interface QuorumView {
  readonly voters: number;
  readonly reachable: number;
  /** How long it has been so. */
  readonly forMs: number;
}

/** How far it is behind those that it copies. */
export interface Lag {
  readonly entries: number;
  /** How many entries it applies per second; 0: it stands still. */
  readonly appliesPerSecond: number;
  readonly forMs: number;
}

/** A lock that others wait for. */
export interface ContendedLock {
  readonly key: string;
  readonly holder: string;
  /** `idle`: lives, and has done nothing under the lock for longer than is declared. */
  readonly holderState: 'gone' | 'idle' | 'busy' | 'unknown';
  readonly epoch: number;
  readonly waiters: number;
  readonly heldMs: number;
}

/** What is known beside the subject itself: whatever nobody knows is empty or undefined. */
export interface Surroundings {
  /** What its detectors said last; the newest of each. */
  readonly signals: readonly Signal[];
  readonly neighbours: readonly Neighbour[];
  /** Who sees whom. */
  readonly reach: readonly Reach[];
  readonly peers: readonly PeerVitals[];
  readonly fleet: Fleet | undefined;
  /** Whether this observer hears none of the other agents; undefined where there are none. */
  readonly isAlone: boolean | undefined;
  /** Of the incident that is open about the subject. */
  readonly onset: number | undefined;
  /** Since when its present life serves: what was said before is about another one. */
  readonly servesSince: number | undefined;
  /** The last change of its command or configuration. */
  readonly changedAt: number | undefined;
  readonly recentIncidents: readonly PastIncident[];
  readonly claims: readonly Claim[];
  readonly quorum: QuorumView | undefined;
  readonly lag: Lag | undefined;
  readonly locks: readonly ContendedLock[];
}

export type ConnectOutcome = 'accepted' | 'refused' | 'no-answer' | 'not-tried';
export type HealthOutcome = 'good' | 'bad' | 'silent' | 'not-tried';

export interface Facts extends Surroundings {
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

export const NO_SURROUNDINGS: Surroundings = {
  signals: [],
  neighbours: [],
  reach: [],
  peers: [],
  fleet: undefined,
  isAlone: undefined,
  onset: undefined,
  servesSince: undefined,
  changedAt: undefined,
  recentIncidents: [],
  claims: [],
  quorum: undefined,
  lag: undefined,
  locks: [],
};

/** Nothing is known. */
export const bareFacts = (subject: string, at: number): Facts => ({
  subject,
  at,
  process: undefined,
  processState: 'unknown',
  exit: undefined,
  exitMark: undefined,
  lastWords: undefined,
  connect: 'not-tried',
  health: 'not-tried',
  silence: undefined,
  vitals: undefined,
  votes: [],
  observerLateMs: 0,
  exits: [],
  plannedStop: undefined,
  ...NO_SURROUNDINGS,
});

export const describeExit = (exit: ExitStatus | undefined): string => {
  if (exit?.signal !== undefined) return `ended by ${exit.signal}`;
  if (exit?.code !== undefined) return `exit code ${exit.code}`;
  return 'ended, exit status unknown (not our child)';
};

/** Signals that ask a process to end in order, as opposed to those that report or cause its failure. */
const ORDERLY = new Set(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT']);

export const endedInOrder = (facts: Facts): boolean =>
  facts.exitMark?.reason.startsWith('signal ') === true && ORDERLY.has(facts.exitMark.reason.slice('signal '.length));
