// Leads what a member's observer sees to the invariants of Raft, and counts what it tells about the run.
import { crc32c } from '@reknit/base';
import type { KeyspaceName, MemberObserver } from '@reknit/store';
import type { LogEntry } from '@reknit/wal';
import type { RaftInvariants } from '../checkers/raft-invariants.js';
import type { Coverage } from './coverage.js';

export interface InvariantObserverOptions {
  readonly node: string;
  readonly invariants: RaftInvariants;
  readonly coverage: Coverage;
  readonly onLeader: (node: string, keyspace: KeyspaceName) => void;
  readonly onDecided: (keyspace: KeyspaceName, entry: LogEntry) => void;
}

export function createInvariantObserver({
  node,
  invariants,
  coverage,
  onLeader,
  onDecided,
}: InvariantObserverOptions): MemberObserver {
  const lastStored = new Map<string, number>();
  const event = (group: string, entry: LogEntry) => ({
    node,
    group,
    index: entry.index,
    round: entry.round,
    hash: hashOf(entry),
  });
  return {
    started: (group, applied) => void invariants.onStarted({ node, group, applied }),
    leads: (group, term, log) => {
      coverage.elections++;
      invariants.onLeader({ node, group, term, log });
      onLeader(node, group);
    },
    stores: (group, entries, previousRound) => {
      const first = entries[0]!.index;
      coverage.overwritten += Math.max(0, (lastStored.get(group) ?? 0) - first + 1);
      lastStored.set(group, entries.at(-1)!.index);
      let previous = previousRound;
      for (const entry of entries) {
        invariants.onStored({ ...event(group, entry), previousRound: previous });
        previous = entry.round;
      }
    },
    decided: (group, entry) => {
      invariants.onCommitted(event(group, entry));
      onDecided(group, entry);
    },
    applied: (group, entry) => void invariants.onApplied(event(group, entry)),
  };
}

const hashOf = ({ kind, payload }: LogEntry): number => crc32c(payload, kind === 'normal' ? 1 : 2);
