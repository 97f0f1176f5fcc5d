// Gathers the facts of one subject: what is known without asking (the kernel's word, the owner's marks), then whatever
// experiments are asked for. An experiment has a short deadline, and is cheap where it matters: a dead process refuses
// a connection at once.
import type { Millis } from '@reknit/base';
import type { ProcessIdentity } from '@reknit/runtime';
import type { Driver, Probe } from '../driver.js';
import type { Experiment } from '../faults/fault-class.js';
import type { Boot } from '../incidents/incident.js';
import {
  bareFacts,
  type ExitMark,
  type ExitStatus,
  type Facts,
  type PastExit,
  type PeerVote,
  type PlannedStop,
  type Silence,
  type Surroundings,
  type Vitals,
} from './facts.js';

export interface Question {
  readonly subject: string;
  readonly at: number;
  readonly process: ProcessIdentity | undefined;
  readonly boot: Boot | undefined;
  readonly exit: ExitStatus | undefined;
  readonly silence: Silence | undefined;
  readonly vitals: Vitals | undefined;
  readonly votes: readonly PeerVote[];
  readonly observerLateMs: number;
  readonly exits: readonly PastExit[];
  readonly plannedStop: PlannedStop | undefined;
  /** What is left out is not known. */
  readonly surroundings?: Partial<Surroundings>;
}

/** A loopback connection answers or refuses within a millisecond; what takes longer is an answer of its own. */
const PROBE_TIMEOUT_MS: Millis = 150;
const NOT_TRIED: Probe = { connect: 'not-tried', health: 'not-tried' };

/** Without any experiment. */
export function knownFacts(driver: Driver, { boot: _, surroundings, ...question }: Question): Facts {
  const { process, subject, at } = question;
  return {
    ...bareFacts(subject, at),
    ...surroundings,
    ...question,
    processState: process === undefined ? 'unknown' : driver.state(process),
  };
}

export async function carryOut(
  experiments: ReadonlySet<Experiment>,
  driver: Driver,
  question: Question,
  known: Facts,
): Promise<Facts> {
  const { subject } = question;
  const { connect, health } = experiments.has('connect') ? await probeOnce(driver, subject) : known;
  const exitMark = experiments.has('read-exit-journal') ? ownMark(driver.exitMark(subject), question) : known.exitMark;
  const lastWords = experiments.has('read-log') ? driver.lastWords(subject) : known.lastWords;
  return { ...known, connect, health, exitMark, lastWords };
}

async function probeOnce(driver: Driver, subject: string): Promise<Probe> {
  try {
    return await driver.probe(subject, PROBE_TIMEOUT_MS);
  } catch {
    return NOT_TRIED;
  }
}

/** A mark that an earlier boot left says nothing about this one. */
function ownMark(mark: ExitMark | undefined, { process, boot }: Question): ExitMark | undefined {
  if (mark === undefined) return undefined;
  if (boot !== undefined) return mark.bootId === boot.bootId ? mark : undefined;
  return mark.pid === process?.pid ? mark : undefined;
}
