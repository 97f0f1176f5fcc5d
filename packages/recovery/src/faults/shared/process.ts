// What the kernel and the operator say of a process: proofs, which several classes weigh alike.
import { describeExit, endedInOrder, type Facts } from '../../detect/facts.js';
import type { EvidenceRule } from '../fault-class.js';
import { endsAlike, LOOP_EXITS } from './ends.js';

export const PROCESS_GONE: EvidenceRule = {
  id: 'process-gone',
  from: 'kernel',
  means: 'its process is gone or a zombie',
  weight: 'rules-out',
  finding: (f) => (f.processState === 'gone' ? `process ${f.process?.pid ?? '?'} is gone (kernel)` : undefined),
};

export const PROCESS_LIVES: EvidenceRule = {
  id: 'process-lives',
  from: 'kernel',
  means: 'its process lives',
  weight: 'rules-out',
  finding: (f) => (isAlive(f) ? `the kernel says that the process is ${f.processState}` : undefined),
};

export const STOPPED: EvidenceRule = {
  id: 'stopped',
  from: 'kernel',
  means: 'its process is stopped (state T): that is proven, and explains what is seen',
  weight: 'rules-out',
  finding: (f) => (f.processState === 'stopped' ? 'it is stopped (state T) and runs nothing' : undefined),
};

/** Nothing is done to a process of which nobody knows whether it lives. */
export const KERNEL_NOT_ASKED: EvidenceRule = {
  id: 'kernel-not-asked',
  from: 'kernel',
  means: 'nobody knows a process that the kernel could be asked about',
  weight: 'rules-out',
  finding: (f) => (f.processState === 'unknown' ? 'no process is known that the kernel could be asked about' : undefined),
};

/** Whoever is dead is started; only what makes every start futile comes before that. */
export const DEAD_AND_NOT_LOOPING: EvidenceRule = {
  id: 'dead-and-not-looping',
  from: 'kernel',
  means: 'its process is gone, and was not yet started in vain again and again: a start comes first',
  weight: 'rules-out',
  finding: (f) =>
    f.processState === 'gone' && endsAlike(f) < LOOP_EXITS ? 'its process is gone, and a start may be all it needs' : undefined,
};

export const ANNOUNCED: EvidenceRule = {
  id: 'announced',
  from: 'marks',
  means: 'a planned stop is in force',
  weight: -8,
  finding: (f) => (f.plannedStop === undefined ? undefined : `a planned stop by ${f.plannedStop.by} is in force`),
};

export const FATAL_MARK: EvidenceRule = {
  id: 'fatal-mark',
  from: 'exit journal',
  means: 'its exit journal names a fatal cause',
  weight: 2,
  finding: (f) => (f.exitMark?.reason.startsWith('fatal') ? `its exit journal says "${f.exitMark.reason}"` : undefined),
};

export const ORDERLY_EXIT: EvidenceRule = {
  id: 'orderly-exit',
  from: 'exit journal',
  means: 'it ended in order, as a signal had asked it to',
  weight: -2,
  finding: (f) => (endedInOrder(f) ? `it ended in order (${f.exitMark?.reason})` : undefined),
};

export const isAlive = ({ processState }: Facts): boolean =>
  processState === 'running' || processState === 'stopped' || processState === 'blocked';

export const lastEnd = ({ exits, exit }: Facts): string => describeExit(exits.at(-1)?.exit ?? exit);
