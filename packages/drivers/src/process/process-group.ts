// A component's process and whatever it started: one group, signalled and waited for as a whole, because a worker that is
// left behind keeps its port. The group's number is the pid of the process that leads it.
//
// Surprising: zombies are members to the kernel for as long as nobody reaps them, and hold nothing: they do not count.
import { readdirSync, readFileSync } from 'node:fs';
import type { Processes, ProcessIdentity } from '@reknit/runtime';

/** The mark in its environment tells a member from a stranger that was given the number later. */
export interface Group {
  readonly leader: ProcessIdentity;
  /** `NAME=value` */
  readonly mark: string;
}

/** False when nobody is left. */
export function signalGroup(processes: Processes, group: Group, signal: NodeJS.Signals): boolean {
  if (!isGroupAlive(processes, group)) return false;
  try {
    process.kill(-group.leader.pid, signal);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

export function isGroupAlive(processes: Processes, { leader, mark }: Group): boolean {
  if (processes.state(leader) !== 'gone') return true;
  return groupExists(leader.pid) && livingMembers(leader.pid).some((pid) => hasMark(pid, mark));
}

/** Cheap, and counts zombies. */
function groupExists(pgid: number): boolean {
  try {
    return process.kill(-pgid, 0);
  } catch {
    return false;
  }
}

export interface MarkedProcess {
  readonly pid: number;
  readonly group: number;
}

/** Whose environment holds the mark, by one look at all processes; the mark's value is everything behind the name. */
export function findMarked(name: string): ReadonlyMap<string, readonly MarkedProcess[]> {
  const found = new Map<string, MarkedProcess[]>();
  for (const pid of listPids()) {
    const value = environmentOf(pid)
      .find((entry) => entry.startsWith(`${name}=`))
      ?.slice(name.length + 1);
    const status = value === undefined ? undefined : statusOf(pid);
    if (value === undefined || status === undefined || status.letter === 'Z') continue;
    found.set(value, [...(found.get(value) ?? []), { pid, group: status.group }]);
  }
  return found;
}

export const variableOf = (pid: number, name: string): string | undefined =>
  environmentOf(pid)
    .find((entry) => entry.startsWith(`${name}=`))
    ?.slice(name.length + 1);

const livingMembers = (pgid: number): number[] =>
  listPids().filter((pid) => {
    const status = statusOf(pid);
    return status !== undefined && status.group === pgid && status.letter !== 'Z';
  });

const hasMark = (pid: number, mark: string): boolean => environmentOf(pid).includes(mark);

/** State and pgrp, fields 3 and 5 of proc_pid_stat(5), counted behind the name, which may hold anything. */
function statusOf(pid: number): { readonly letter: string; readonly group: number } | undefined {
  const text = read(`/proc/${pid}/stat`);
  const [letter, , group] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return letter === undefined || letter === '' ? undefined : { letter, group: Number(group) };
}

const environmentOf = (pid: number): readonly string[] => read(`/proc/${pid}/environ`).split('\0');

function listPids(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

/** Empty for a process that ended meanwhile, or is another user's. */
function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
