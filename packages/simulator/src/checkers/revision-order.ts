// What an etcd-like store promises about its revisions, over all keys together and in linear time:
//  - each write has a revision of its own, and a revision names one key and one value;
//  - revisions follow real time: what is invoked after an answer of revision r answers with r at least, a write with more;
//  - an answer at revision r shows the key as the newest known write up to r left it, also in a serializable read. A key
//    that is absent may owe that to a deletion of unknown outcome.
// A store without revisions (0 throughout) passes, for it promises nothing.
import { describeOperation, type Operation } from '../history/operation.js';
import { sweepEvents } from './events.js';
import { firstAtLeast } from './sorted.js';
import { groupByKey } from './verdict.js';

export type RevisionRule = 'unique' | 'real-time' | 'client-order' | 'newest-value';

export interface RevisionViolation {
  readonly rule: RevisionRule;
  readonly operations: readonly Operation[];
  readonly reason: string;
}

export type RevisionVerdict =
  | { readonly kind: 'ordered' }
  /** At least one and at most `VIOLATIONS_MAX`; `count` counts them all. */
  | { readonly kind: 'violation'; readonly violations: readonly RevisionViolation[]; readonly count: number };

/** Enough to see a pattern; one fault can break thousands of answers. */
const VIOLATIONS_MAX = 20;

export function checkRevisionOrder(operations: readonly Operation[]): RevisionVerdict {
  const report = new Report();
  checkUnique(operations, report);
  checkRealTime(operations, report);
  for (const ofKey of groupByKey(operations).values()) checkNewestValue(ofKey, report);
  return report.verdict();
}

class Report {
  readonly #violations: RevisionViolation[] = [];
  #count = 0;

  add(rule: RevisionRule, operations: readonly Operation[], what: string): void {
    this.#count++;
    if (this.#violations.length >= VIOLATIONS_MAX) return;
    this.#violations.push({ rule, operations, reason: `${what}: ${operations.map(describeOperation).join('; ')}` });
  }

  verdict(): RevisionVerdict {
    if (this.#count === 0) return { kind: 'ordered' };
    return { kind: 'violation', violations: this.#violations, count: this.#count };
  }
}

/** What one answer says a revision did. */
interface Change {
  readonly key: string;
  /** Undefined: a deletion. */
  readonly value: string | undefined;
  readonly by: Operation;
}

function checkUnique(operations: readonly Operation[], report: Report): void {
  const changes = new Map<number, Change>();
  const writers = new Map<number, Operation>();
  for (const operation of operations) {
    const { outcome, key } = operation;
    if (outcome.kind !== 'ok' || outcome.revision === 0) continue;
    const { wrote, revision, seen } = outcome;
    const other = wrote ? writers.get(revision) : undefined;
    if (other !== undefined) report.add('unique', [other, operation], `two writes have revision ${revision}`);
    else if (wrote) noteChange(changes, revision, { key, value: operation.value, by: operation }, report);
    if (wrote) writers.set(revision, operation);
    if (seen.kind === 'value') noteChange(changes, seen.modRevision, { key, value: seen.value, by: operation }, report);
  }
}

function noteChange(changes: Map<number, Change>, revision: number, change: Change, report: Report): void {
  const known = changes.get(revision);
  if (known === undefined) {
    changes.set(revision, change);
    return;
  }
  if (known.key === change.key && known.value === change.value) return;
  report.add('unique', [known.by, change.by], `revision ${revision} stands for two different changes`);
}

function checkRealTime(operations: readonly Operation[], report: Report): void {
  let newest: Operation | undefined;
  const newestAtInvoke = new Map<number, Operation>();
  const newestOfClient = new Map<number, Operation>();
  sweepEvents(operations, {
    onInvoke(operation) {
      if (newest !== undefined && operation.outcome.kind === 'ok') newestAtInvoke.set(operation.id, newest);
    },
    onReturn(operation) {
      if (revisionOf(operation) === 0) return;
      const earlier = newestAtInvoke.get(operation.id);
      newestAtInvoke.delete(operation.id);
      if (operation.consistency === 'linearizable') {
        checkFollows(earlier, operation, 'real-time', report);
        const own = newestOfClient.get(operation.client);
        if (own !== undefined && own.returnEvent! < operation.invokeEvent) checkFollows(own, operation, 'client-order', report);
        newestOfClient.set(operation.client, operation);
      }
      if (newest === undefined || revisionOf(operation) > revisionOf(newest)) newest = operation;
    },
  });
}

const revisionOf = ({ outcome }: Operation): number => (outcome.kind === 'ok' ? outcome.revision : 0);

function checkFollows(earlier: Operation | undefined, later: Operation, rule: RevisionRule, report: Report): void {
  if (earlier === undefined || later.outcome.kind !== 'ok') return;
  const least = revisionOf(earlier) + (later.outcome.wrote ? 1 : 0);
  if (later.outcome.revision >= least) return;
  report.add(rule, [earlier, later], `revision ${later.outcome.revision} was answered where at least ${least} was due`);
}

interface KnownWrite {
  readonly revision: number;
  readonly value: string | undefined;
  readonly by: Operation;
}

function checkNewestValue(ofKey: readonly Operation[], report: Report): void {
  const writes = knownWrites(ofKey);
  const deletable = ofKey.some(({ kind, outcome }) => kind === 'delete' && outcome.kind === 'unknown');
  for (const operation of ofKey) {
    const { outcome } = operation;
    if (outcome.kind !== 'ok' || outcome.revision === 0 || outcome.seen.kind === 'unobserved') continue;
    const at = outcome.wrote ? outcome.revision - 1 : outcome.revision;
    const seenRevision = outcome.seen.kind === 'value' ? outcome.seen.modRevision : 0;
    if (seenRevision > at) report.add('newest-value', [operation], `revision ${seenRevision} was seen at revision ${at}`);
    const newest = writes[firstAtLeast(writes, ({ revision }) => revision, at + 1) - 1];
    if (newest === undefined || newest.revision <= seenRevision) continue;
    if (outcome.seen.kind === 'absent' && (deletable || newest.value === undefined)) continue;
    report.add('newest-value', [newest.by, operation], `a write up to revision ${at} is missing`);
  }
}

function knownWrites(ofKey: readonly Operation[]): readonly KnownWrite[] {
  const writes: KnownWrite[] = [];
  for (const operation of ofKey) {
    const { outcome } = operation;
    if (outcome.kind !== 'ok' || outcome.revision === 0) continue;
    if (outcome.wrote) writes.push({ revision: outcome.revision, value: operation.value, by: operation });
    const { seen } = outcome;
    if (seen.kind === 'value') writes.push({ revision: seen.modRevision, value: seen.value, by: operation });
  }
  return writes.sort((left, right) => left.revision - right.revision);
}
