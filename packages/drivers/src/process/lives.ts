// Which process is a subject's life now. What this driver started or was shown it knows; what an earlier agent started it
// finds by the mark in its environment, with one look at all processes, the first time that anybody asks.
//
// Surprising: a mark is inherited. Of several processes that carry it, the one that leads its group is the life; a group
// without its leader is what a dead life left behind, and is ended before the next one begins.
import type { Processes, ProcessIdentity } from '@reknit/runtime';
import { LAUNCH_VARIABLE } from '../node/find-launched.js';
import { findMarked, type Group, type MarkedProcess, signalGroup, variableOf } from './process-group.js';

/** Names agent and subject, so that two agents of one machine never take each other's processes. */
export const OWNER_VARIABLE = 'REKNIT_INSTANCE';

export interface Life {
  readonly process: ProcessIdentity;
  /** The token that it was launched with. */
  readonly bootId: string;
}

export interface LivesOptions {
  /** Unique to the agent on this machine: its directory. */
  readonly scope: string;
  readonly subjects: readonly string[];
  /** Something runs that an earlier agent started, and that is declared no more. It is left alone: it may be at work. */
  readonly onStray: (subject: string, pid: number) => void;
}

export class Lives {
  readonly #processes: Processes;
  readonly #scope: string;
  readonly #subjects: ReadonlySet<string>;
  readonly #onStray: (subject: string, pid: number) => void;
  readonly #known: Map<string, Life> = new Map();
  #hasLooked = false;

  constructor(processes: Processes, { scope, subjects, onStray }: LivesOptions) {
    this.#processes = processes;
    this.#scope = scope;
    this.#subjects = new Set(subjects);
    this.#onStray = onStray;
  }

  /** Its value of OWNER_VARIABLE. */
  ownerOf(subject: string): string {
    return `${subject}@${this.#scope}`;
  }

  groupOf(subject: string, leader: ProcessIdentity): Group {
    return { leader, mark: `${OWNER_VARIABLE}=${this.ownerOf(subject)}` };
  }

  begin(subject: string, life: Life): void {
    this.#known.set(subject, life);
  }

  /** Somebody who knows says that this is it. */
  adopt(subject: string, process: ProcessIdentity): void {
    const known = this.#known.get(subject)?.process;
    if (known?.pid === process.pid && known.startTime === process.startTime) return;
    this.#known.set(subject, { process, bootId: bootIdOf(process) });
  }

  /** Undefined when it is not alive. */
  current(subject: string): Life | undefined {
    this.#look();
    const life = this.#known.get(subject);
    return life === undefined || this.#processes.state(life.process) === 'gone' ? undefined : life;
  }

  /** The living process that was launched with this token: what it started inherited the token. */
  launched(token: string): ProcessIdentity | undefined {
    const leader = findMarked(LAUNCH_VARIABLE)
      .get(token)
      ?.find(({ pid, group }) => pid === group);
    const identity = leader === undefined ? undefined : this.#processes.identify(leader.pid);
    return identity === undefined || this.#processes.state(identity) === 'gone' ? undefined : identity;
  }

  #look(): void {
    if (this.#hasLooked) return;
    this.#hasLooked = true;
    for (const [owner, members] of findMarked(OWNER_VARIABLE)) {
      const [subject, ...scope] = owner.split('@');
      if (subject !== undefined && scope.join('@') === this.#scope) this.#found(subject, members);
    }
  }

  #found(subject: string, members: readonly MarkedProcess[]): void {
    const leaders = members.filter(({ pid, group }) => pid === group).map(({ pid }) => pid);
    if (!this.#subjects.has(subject)) {
      for (const pid of leaders) this.#onStray(subject, pid);
      return;
    }
    const leader = leaders.map((pid) => this.#processes.identify(pid)).find((each) => each !== undefined);
    if (leader !== undefined && !this.#known.has(subject)) this.adopt(subject, leader);
    for (const group of new Set(members.map((member) => member.group))) {
      if (!leaders.includes(group)) signalGroup(this.#processes, this.groupOf(subject, { pid: group, startTime: 0 }), 'SIGKILL');
    }
  }
}

/** Which subject of which agent a process belongs to, also one that it has started: `SUBJECT@DIRECTORY`. */
export const ownerOfProcess = (pid: number): string | undefined => variableOf(pid, OWNER_VARIABLE);

/** A process that carries no token was started by somebody else: then pid and start time name the boot. */
const bootIdOf = ({ pid, startTime }: ProcessIdentity): string => variableOf(pid, LAUNCH_VARIABLE) ?? `${pid}-${startTime}`;
