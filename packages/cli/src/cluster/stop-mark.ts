// Tells the other commands that watch a cluster that its agent ends on purpose, so that none starts it again.
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const pathOf = (dataDir: string): string => join(dataDir, 'agent', 'stopping');

export const isStopping = (dataDir: string): boolean => statSync(pathOf(dataDir), { throwIfNoEntry: false }) !== undefined;
export const unmarkStopping = (dataDir: string): void => rmSync(pathOf(dataDir), { force: true });

/** Best effort: on a full disk the cluster is stopped all the same. */
export function markStopping(dataDir: string): void {
  try {
    writeFileSync(pathOf(dataDir), '');
  } catch {
    // Another command that watches would start it again; there is none as a rule.
  }
}
