// The two questions that people ask after a fault. Both rest on mod revisions and count only what is proven:
//  - lost: an acknowledged write that the store itself denies: it shows the key at or after the write's revision (when the
//    history ends, or in any answer) in the state from before the write;
//  - stale: a linearizable read that gave something older than what had been acknowledged before the read began.
// They do not find every anomaly; the linearizability checker does.
import { countOutcomes } from '../history/history.js';
import { describeOperation, type Operation } from '../history/operation.js';
import { sweepEvents } from './events.js';
import { firstAtLeast } from './sorted.js';
import { groupByKey, type KnownState } from './verdict.js';

/** A key as a linearizable read found it after the workload had stopped, and the header's revision of that read. */
export interface FinalRead {
  readonly state: KnownState;
  readonly revision: number;
}

export interface LostWrite {
  readonly write: Operation;
  /** How the store denies it. */
  readonly reason: string;
}

export interface StaleRead {
  readonly read: Operation;
  readonly newer: Operation;
}

export interface LostAndStale {
  /** Writes that were answered and took effect. */
  readonly acknowledged: number;
  readonly lost: number;
  readonly stale: number;
  readonly unknown: number;
  readonly failed: number;
  /** 'incomplete': keys with acknowledged writes that the final read does not cover, so that a loss could hide there. */
  readonly verdict: 'clean' | 'violated' | 'incomplete';
  readonly unread: readonly string[];
  /** At most `EXAMPLES_MAX` of each. */
  readonly examples: { readonly lost: readonly LostWrite[]; readonly stale: readonly StaleRead[] };
}

const EXAMPLES_MAX = 10;

export function checkLostAndStale(operations: readonly Operation[], final: ReadonlyMap<string, FinalRead>): LostAndStale {
  const lost: LostWrite[] = [];
  const unread: string[] = [];
  for (const [key, ofKey] of groupByKey(operations)) {
    const read = final.get(key);
    const writes = ofKey.filter(isAcknowledged).sort((left, right) => revisionOf(left) - revisionOf(right));
    if (read === undefined && writes.length > 0) unread.push(key);
    findLost(writes, denials(ofKey, writes, read), lost);
  }
  const stale = findStale(operations);
  const { acknowledged, unknown, failed } = countOutcomes(operations);
  const violated = lost.length + stale.length > 0;
  return {
    acknowledged,
    lost: lost.length,
    stale: stale.length,
    unknown,
    failed,
    verdict: violated ? 'violated' : unread.length > 0 ? 'incomplete' : 'clean',
    unread,
    examples: { lost: lost.slice(0, EXAMPLES_MAX), stale: stale.slice(0, EXAMPLES_MAX) },
  };
}

const isAcknowledged = ({ outcome }: Operation): boolean => outcome.kind === 'ok' && outcome.wrote && outcome.revision > 0;
const revisionOf = ({ outcome }: Operation): number => (outcome.kind === 'ok' ? outcome.revision : 0);

/** The store's word that at revision `at` the newest change of the key was the one of revision `mod`. */
interface Denial {
  readonly at: number;
  readonly mod: number;
  readonly value: string | undefined;
  /** Undefined: the final read. */
  readonly by: Operation | undefined;
}

/** @param writes by revision */
function denials(ofKey: readonly Operation[], writes: readonly Operation[], final: FinalRead | undefined): readonly Denial[] {
  const found: Denial[] = [];
  const deletable = ofKey.some(({ kind, outcome }) => kind === 'delete' && outcome.kind === 'unknown');
  const deletions = writes.filter(({ kind }) => kind === 'delete');
  const note = (at: number, state: KnownState, by: Operation | undefined): void => {
    if (state.kind === 'value') found.push({ at, mod: state.modRevision, value: state.value, by });
    else if (!deletable) found.push({ at, mod: newestUpTo(deletions, at), value: undefined, by });
  };
  for (const operation of ofKey) {
    const { outcome } = operation;
    if (outcome.kind !== 'ok' || outcome.revision === 0 || outcome.seen.kind === 'unobserved') continue;
    note(outcome.wrote ? outcome.revision - 1 : outcome.revision, outcome.seen, operation);
  }
  if (final !== undefined) note(final.revision, final.state, undefined);
  return found;
}

const newestUpTo = (writes: readonly Operation[], at: number): number => {
  const newest = writes[firstAtLeast(writes, revisionOf, at + 1) - 1];
  return newest === undefined ? 0 : revisionOf(newest);
};

/** @param writes by revision */
function findLost(writes: readonly Operation[], found: readonly Denial[], lost: LostWrite[]): void {
  const denied = new Map<Operation, Denial>();
  for (const denial of found) {
    for (let index = firstAtLeast(writes, revisionOf, denial.mod); index < writes.length; index++) {
      const write = writes[index]!;
      if (revisionOf(write) > denial.at) break;
      if (revisionOf(write) === denial.mod && write.value === denial.value) continue;
      if (!denied.has(write)) denied.set(write, denial);
    }
  }
  for (const [write, { at, mod, by }] of denied) {
    const witness = by === undefined ? `the final read at revision ${at}` : describeOperation(by);
    lost.push({ write, reason: `${witness} knows of no change after revision ${mod}, but ${describeOperation(write)}` });
  }
}

function findStale(operations: readonly Operation[]): readonly StaleRead[] {
  const newest = new Map<string, Operation>();
  const newestAtInvoke = new Map<number, Operation>();
  const stale: StaleRead[] = [];
  sweepEvents(operations, {
    onInvoke(operation) {
      const newer = newest.get(operation.key);
      if (newer !== undefined && isFreshRead(operation)) newestAtInvoke.set(operation.id, newer);
    },
    onReturn(operation) {
      const newer = newestAtInvoke.get(operation.id);
      newestAtInvoke.delete(operation.id);
      if (newer !== undefined && isOlder(operation, newer)) stale.push({ read: operation, newer });
      if (!isAcknowledged(operation)) return;
      const known = newest.get(operation.key);
      if (known === undefined || revisionOf(known) < revisionOf(operation)) newest.set(operation.key, operation);
    },
  });
  return stale;
}

const isFreshRead = ({ kind, consistency, outcome }: Operation): boolean =>
  kind === 'get' && consistency === 'linearizable' && outcome.kind === 'ok' && outcome.revision > 0;

/** Absence is older only if the read was answered from before the write: else somebody may have deleted the key since. */
function isOlder({ outcome }: Operation, newer: Operation): boolean {
  if (outcome.kind !== 'ok') return false;
  if (outcome.seen.kind === 'value') return outcome.seen.modRevision < revisionOf(newer);
  return outcome.seen.kind === 'absent' && newer.value !== undefined && outcome.revision < revisionOf(newer);
}
