// /proc/PID/stat, see proc_pid_stat(5). The command's name stands in parentheses and may hold anything, spaces and
// parentheses included: fields are counted from the last ')'.
import fs from 'node:fs';
import type { ProcessState } from '../processes.js';

export interface ProcessStatus {
  /** The kernel's state letter. */
  readonly letter: string;
  readonly threads: number;
  /** Clock ticks since boot. */
  readonly startTime: number;
}

/** Index of the fields after the ')': state is field 3 of the manual, num_threads 20, starttime 22. */
const STATE = 0;
const THREADS = 17;
const START_TIME = 19;

/** One line of 52 numbers and a name of 64 bytes at most. Read in one piece, a dozen times a second: no buffer for each. */
const LINE = Buffer.allocUnsafe(2048);

export function readProcessStatus(pid: number): ProcessStatus | undefined {
  try {
    const file = fs.openSync(`/proc/${pid}/stat`, 'r');
    try {
      const length = fs.readSync(file, LINE, 0, LINE.length, 0);
      return parseProcessStatus(LINE.toString('latin1', 0, length));
    } finally {
      fs.closeSync(file);
    }
  } catch {
    // Gone before the opening (ENOENT) or between opening and reading (ESRCH).
    return undefined;
  }
}

export function parseProcessStatus(text: string): ProcessStatus {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { letter: fields[STATE]!, threads: Number(fields[THREADS]), startTime: Number(fields[START_TIME]) };
}

export function toProcessState({ letter, threads }: ProcessStatus): ProcessState {
  switch (letter) {
    case 'Z':
    case 'X':
    case 'x':
      // A killed process with a thread in an unfinished disk write: its files and sockets are open until that ends.
      return threads > 1 ? 'blocked' : 'gone';
    case 'T':
    case 't':
      return 'stopped';
    case 'D':
      return 'blocked';
    default:
      return 'running';
  }
}
