// What the last agent of a directory wrote down, for when none runs: incidents and reasons can be told even then.
import { type Decision, type Incident, Journal } from '@reknit/recovery';
import { createNodeDisk } from '@reknit/runtime/node';
import { journalDirectory } from './agent-files.js';

export interface LastKnown {
  /** Oldest first. */
  readonly incidents: readonly Incident[];
  readonly decisions: readonly Decision[];
}

/** Undefined when no agent has ever run there. Changes nothing. */
export function readLastKnown(dataDir: string): LastKnown | undefined {
  const memory = Journal.peek({ disk: createNodeDisk() }, journalDirectory(dataDir));
  return memory === undefined ? undefined : { incidents: [...memory.incidents.values()], decisions: memory.decisions };
}
