// Finds a process by the token in its environment, for an agent whose predecessor died between starting a process and
// writing down its pid. Where /proc cannot tell (another platform, another user), the answer is "not found", and the
// lock of the data directory is what keeps two lives of a node apart.
import { readdirSync, readFileSync } from 'node:fs';

export const LAUNCH_VARIABLE = 'REKNIT_LAUNCH';

export function findPidByLaunch(token: string): number | undefined {
  const wanted = `${LAUNCH_VARIABLE}=${token}`;
  return listPids().find((pid) => environmentOf(pid).includes(wanted));
}

function listPids(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

function environmentOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
  } catch {
    return [];
  }
}
