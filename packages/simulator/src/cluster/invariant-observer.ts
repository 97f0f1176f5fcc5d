// Leads what a member's observer sees to the invariants of the protocols, and counts what it tells about the run.
import { crc32c } from '@reknit/base';
import type { KeyspaceName, MemberObserver } from '@reknit/store';
import type { LogEntry } from '@reknit/wal';
import type { ProtocolInvariants } from '../checkers/protocol-invariants.js';
import type { Coverage } from './coverage.js';

export interface InvariantObserverOptions {
  readonly node: string;
  readonly invariants: ProtocolInvariants;
  readonly coverage: Coverage;
  readonly onLeader: (node: string, keyspace: KeyspaceName, round: number) => void;
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
  const event = (group: string, entry: LogEntry, epoch?: number) => ({
    node,
    group,
    epoch,
    index: entry.index,
    round: entry.round,
    ballot: entry.ballot,
    hash: hashOf(entry),
  });
  return {
    started: (group, applied) => void invariants.onStarted({ node, group, applied }),
    leads: (group, round, log, epoch) => {
      coverage.elections++;
      invariants.onLeader({ node, group, term: termOf(epoch, round), log });
      onLeader(node, group, round);
    },
    stores: (group, entries, previousRound, epoch) => {
      const first = entries[0]!.index;
      coverage.overwritten += Math.max(0, (lastStored.get(group) ?? 0) - first + 1);
      lastStored.set(group, entries.at(-1)!.index);
      let previous = previousRound;
      for (const entry of entries) {
        // What stands before a slot says nothing about it.
        const follows = entry.ballot === undefined ? previous : undefined;
        invariants.onStored({ ...event(group, entry, epoch), previousRound: follows });
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

/** Rounds begin anew in each stage of a group; this rises for ever. */
const termOf = (epoch: number, round: number): number => epoch * TWO_32 + round;

const TWO_32 = 2 ** 32;

const hashOf = ({ kind, payload }: LogEntry): number => crc32c(payload, KIND_SEEDS[kind]);

const KIND_SEEDS: Readonly<Record<LogEntry['kind'], number>> = { normal: 1, noop: 2, 'stop-sign': 3 };
