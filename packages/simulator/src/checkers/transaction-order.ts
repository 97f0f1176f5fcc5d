// Strict serializability of transactions over several keys. The store says at which revision each took effect, so the order is
// claimed by the store itself and only has to be checked: what a transaction saw is what the ones before it left, all writes of
// one stand at one revision, and real time agrees. A transaction of unknown outcome counts as soon as anybody saw one of its
// values: then all of them must be there.
import type { SeenKey, TransactionOperation } from '../history/transaction-log.js';
import { firstAtLeast } from './sorted.js';

export type TransactionRule = 'atomic' | 'consistent' | 'nothing from nowhere' | 'real time';

export interface TransactionViolation {
  readonly rule: TransactionRule;
  readonly reason: string;
}

interface Version {
  readonly revision: number;
  readonly value: string;
}

export function checkTransactions(operations: readonly TransactionOperation[]): TransactionViolation | undefined {
  const writers = new Map(operations.flatMap((one) => one.writes.map(({ value }) => [value, one] as const)));
  const placed = placeWrites(operations, writers);
  if (placed.violation !== undefined) return placed.violation;
  return checkReads(operations, versionsOf(placed.revisions)) ?? checkRealTime(operations, placed.revisions, writers);
}

type Revisions = ReadonlyMap<TransactionOperation, number>;

/** Where each transaction that took effect stands: by its own answer, or by what others saw of it. */
function placeWrites(
  operations: readonly TransactionOperation[],
  writers: ReadonlyMap<string, TransactionOperation>,
): { readonly revisions: Revisions; readonly violation: TransactionViolation | undefined } {
  const revisions = new Map<TransactionOperation, number>();
  const byRevision = new Map<number, TransactionOperation>();
  const place = (operation: TransactionOperation, revision: number): TransactionViolation | undefined => {
    const known = revisions.get(operation) ?? revision;
    const other = byRevision.get(revision) ?? operation;
    if (known !== revision) return atomic(`${describe(operation)} took effect at revision ${known} and at ${revision}`);
    if (other !== operation) return atomic(`revision ${revision} is that of ${describe(operation)} and of ${describe(other)}`);
    revisions.set(operation, revision);
    byRevision.set(revision, operation);
    return undefined;
  };
  const placeAll = (): TransactionViolation | undefined => {
    for (const operation of operations) {
      const { outcome } = operation;
      if (outcome === undefined) continue;
      const own = outcome.wrote ? place(operation, outcome.revision) : undefined;
      if (own !== undefined) return own;
      for (const seen of outcome.seen) {
        const violation = placeSeen(operation, seen, writers, place);
        if (violation !== undefined) return violation;
      }
    }
    return undefined;
  };
  const violation = placeAll();
  return { revisions, violation };
}

function placeSeen(
  reader: TransactionOperation,
  { key, value, modRevision }: SeenKey,
  writers: ReadonlyMap<string, TransactionOperation>,
  place: (writer: TransactionOperation, revision: number) => TransactionViolation | undefined,
): TransactionViolation | undefined {
  if (modRevision === 0) return undefined;
  const writer = writers.get(value);
  if (writer === undefined || !writer.writes.some((write) => write.key === key && write.value === value))
    return { rule: 'nothing from nowhere', reason: `${describe(reader)} saw ${value} in ${key}, which nobody wrote there` };
  if (writer.outcome?.wrote === false)
    return { rule: 'nothing from nowhere', reason: `${describe(reader)} saw ${value} in ${key}, whose writer was refused` };
  return place(writer, modRevision);
}

function versionsOf(revisions: Revisions): ReadonlyMap<string, readonly Version[]> {
  const versions = new Map<string, Version[]>();
  for (const [{ writes }, revision] of [...revisions].sort(([, one], [, other]) => one - other)) {
    for (const { key, value } of writes) {
      const known = versions.get(key) ?? [];
      versions.set(key, known);
      known.push({ revision, value });
    }
  }
  return versions;
}

/** What was seen at a revision is the newest there was; a transaction that wrote sees what stood before its own revision. */
function checkReads(
  operations: readonly TransactionOperation[],
  versions: ReadonlyMap<string, readonly Version[]>,
): TransactionViolation | undefined {
  for (const operation of operations) {
    const { outcome } = operation;
    if (outcome === undefined) continue;
    const through = outcome.wrote ? outcome.revision - 1 : outcome.revision;
    for (const { key, modRevision } of outcome.seen) {
      const ofKey = versions.get(key) ?? [];
      const newest = ofKey[firstAtLeast(ofKey, ({ revision }) => revision, through + 1) - 1]?.revision ?? 0;
      if (newest === modRevision) continue;
      const reason = `${describe(operation)} saw ${key} of revision ${modRevision}, where revision ${newest} was the newest`;
      return { rule: 'consistent', reason };
    }
  }
  return undefined;
}

function checkRealTime(
  operations: readonly TransactionOperation[],
  revisions: Revisions,
  writers: ReadonlyMap<string, TransactionOperation>,
): TransactionViolation | undefined {
  let known = 0;
  let witness: TransactionOperation | undefined;
  for (const { kind, operation } of eventsOf(operations)) {
    const { outcome } = operation;
    if (kind === 'invoke') {
      const written = revisions.get(operation);
      const latest = written === undefined ? (outcome?.revision ?? Number.POSITIVE_INFINITY) : written - 1;
      if (latest >= known) continue;
      const reason = `${describe(operation)} began after ${describe(witness!)} had ended, and took effect before it`;
      return { rule: 'real time', reason };
    }
    for (const { value, key } of outcome?.seen ?? []) {
      const writer = writers.get(value);
      if (writer === undefined || writer.invokeEvent < operation.returnEvent!) continue;
      return { rule: 'real time', reason: `${describe(operation)} saw ${value} in ${key} before it was written` };
    }
    if (outcome === undefined || outcome.revision <= known) continue;
    known = outcome.revision;
    witness = operation;
  }
  return undefined;
}

interface Event {
  readonly at: number;
  readonly kind: 'invoke' | 'return';
  readonly operation: TransactionOperation;
}

function eventsOf(operations: readonly TransactionOperation[]): readonly Event[] {
  const events = operations.flatMap((operation): Event[] => [
    { at: operation.invokeEvent, kind: 'invoke', operation },
    ...(operation.returnEvent === undefined ? [] : [{ at: operation.returnEvent, kind: 'return' as const, operation }]),
  ]);
  return events.sort((one, other) => one.at - other.at);
}

const atomic = (reason: string): TransactionViolation => ({ rule: 'atomic', reason });

function describe({ client, writes, outcome }: TransactionOperation): string {
  const what = writes.length === 0 ? 'the read' : `the write of ${writes.map(({ value }) => value).join(' and ')}`;
  const when = outcome === undefined ? 'unknown' : `revision ${outcome.revision}`;
  return `${what} by client ${client} (${when})`;
}
