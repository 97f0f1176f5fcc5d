// What /proc shows of a process without asking the process: how its main thread spends its time, and, for people, where
// it stands. Everything is best effort: another platform, another user or a process that just ended yields nothing.
//
// Surprising: of the main thread alone. Collectors of garbage and the thread pool may be busy in a process whose event
// loop is stuck, and idle in one whose loop is not.
import { readdirSync, readFileSync } from 'node:fs';
import type { Effort, Seen } from '@reknit/recovery';

/** Nanoseconds on a processor, nanoseconds in the run queue, slices: proc(5). */
export function readEffort(pid: number): Omit<Effort, 'at'> | undefined {
  const [ran, queued] = (read(`/proc/${pid}/schedstat`) ?? '').split(' ').map(Number);
  if (ran === undefined || queued === undefined || !Number.isFinite(ran) || !Number.isFinite(queued)) return undefined;
  return { ranMs: ran / 1e6, queuedMs: queued / 1e6 };
}

/** Of each source as much as a person reads. */
const TEXT_MAX = 1500;
/** A node has about a dozen threads. */
const THREADS_MAX = 32;
const STATUS_LINES = /^(State|VmRSS|VmSwap|Threads|SigPnd|ShdPnd|voluntary_ctxt_switches|nonvoluntary_ctxt_switches):/;

export function lookAt(pid: number): readonly Seen[] {
  const status = read(`/proc/${pid}/status`)
    ?.split('\n')
    .filter((line) => STATUS_LINES.test(line))
    .map((line) => line.replace(/\s+/g, ' '))
    .join('; ');
  const sources = {
    status,
    wchan: read(`/proc/${pid}/wchan`),
    'kernel stack': read(`/proc/${pid}/stack`),
    syscall: read(`/proc/${pid}/syscall`),
    schedstat: read(`/proc/${pid}/schedstat`),
    threads: threads(pid),
    pressure: read('/proc/pressure/cpu'),
  };
  return Object.entries(sources).flatMap(([source, text]) => {
    const trimmed = text?.trim() ?? '';
    return trimmed === '' || trimmed === '0' ? [] : [{ source, text: trimmed.slice(0, TEXT_MAX) }];
  });
}

function threads(pid: number): string {
  return list(`/proc/${pid}/task`)
    .slice(0, THREADS_MAX)
    .map((tid) => {
      const stat = read(`/proc/${pid}/task/${tid}/stat`) ?? '';
      const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
      return `${tid} ${name} ${stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3)}`;
    })
    .join(', ');
}

function list(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}
