// What the kernel knows of a process (Linux, /proc).
import { readFileSync } from 'node:fs';

/** USER_HZ: 100 on every architecture that Linux runs Node.js on. */
const TICKS_PER_SECOND = 100;
/** Fields behind the closing parenthesis of the command, counted from 0. */
const USER_TICKS = 11;
const SYSTEM_TICKS = 12;

/** User and system time of all its threads so far. */
export function cpuSeconds(pid: number): number {
  return parseCpuSeconds(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

/** The command's name may hold anything, blanks and parentheses too. */
export function parseCpuSeconds(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[USER_TICKS]) + Number(fields[SYSTEM_TICKS])) / TICKS_PER_SECOND;
}

/** How long its main thread has been ready to run without a processor to run on. */
export const waitedSeconds = (pid: number): number =>
  parseWaitedSeconds(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8'));

/** Nanoseconds on a processor, nanoseconds ready and waiting, slices. */
export const parseWaitedSeconds = (schedstat: string): number => Number(schedstat.split(' ')[1]) / 1e9;

export function residentMegabytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes ?? 0) / 1024;
}
