// Gathers the facts of one subject: the kernel's word, its exit journal, and one connection with a short deadline. The
// connection is cheap where it matters: a dead process refuses at once.
import type { Millis } from '@reknit/base';
import type { ProcessIdentity } from '@reknit/runtime';
import type { Driver, Probe } from '../driver.js';
import type { Boot } from '../incidents/incident.js';
import type { ExitMark, ExitStatus, Facts, PlannedStop } from './facts.js';

export interface Question {
  readonly subject: string;
  readonly at: number;
  readonly process: ProcessIdentity | undefined;
  readonly boot: Boot | undefined;
  readonly exit: ExitStatus | undefined;
  readonly silentProbes: number;
  readonly plannedStop: PlannedStop | undefined;
}

/** A loopback connection answers or refuses within a millisecond; what takes longer is an answer of its own. */
const PROBE_TIMEOUT_MS: Millis = 150;

export async function gatherFacts(driver: Driver, question: Question): Promise<Facts> {
  const { subject, at, process, exit, silentProbes, plannedStop } = question;
  const probe = await probeOnce(driver, subject);
  return {
    subject,
    at,
    process,
    processState: process === undefined ? 'unknown' : driver.state(process),
    exit,
    exitMark: ownMark(driver.exitMark(subject), question),
    lastWords: driver.lastWords(subject),
    connect: probe.connect,
    health: probe.health,
    silentProbes,
    plannedStop,
  };
}

async function probeOnce(driver: Driver, subject: string): Promise<Probe> {
  try {
    return await driver.probe(subject, PROBE_TIMEOUT_MS);
  } catch {
    return { connect: 'not-tried', health: 'not-tried' };
  }
}

/** A mark that an earlier boot left says nothing about this one. */
function ownMark(mark: ExitMark | undefined, { process, boot }: Question): ExitMark | undefined {
  if (mark === undefined) return undefined;
  if (boot !== undefined) return mark.bootId === boot.bootId ? mark : undefined;
  return mark.pid === process?.pid ? mark : undefined;
}
