// Says in words what is wrong with a minimal violation, where it has one of the well-known shapes.
import { describeOperation, type Operation } from '../../history/operation.js';
import type { KnownState } from '../verdict.js';
import { type Naming, namingsOf } from './namings.js';

/** @param operations the minimal ones; `all` those of the key, to tell a failed writer from none at all */
export function explainViolation(operations: readonly Operation[], all: readonly Operation[], initial: KnownState): string {
  for (const operation of operations) {
    const reason = explainUnwritten(operation, all, initial) ?? explainStale(operation, operations);
    if (reason !== undefined) return reason;
  }
  return explainDoubleRevision(operations) ?? explainGenerally(operations);
}

function seenValue({ outcome }: Operation): { readonly value: string; readonly modRevision: number } | undefined {
  return outcome.kind === 'ok' && outcome.seen.kind === 'value' ? outcome.seen : undefined;
}

function explainUnwritten(reader: Operation, all: readonly Operation[], initial: KnownState): string | undefined {
  const seen = seenValue(reader);
  if (seen === undefined || (initial.kind === 'value' && initial.value === seen.value)) return undefined;
  const writers = all.filter(({ value }) => value === seen.value);
  const text = `${JSON.stringify(seen.value)} was seen by ${describeOperation(reader)}`;
  if (writers.length === 0) return `${text}, but nobody wrote it`;
  if (!writers.some(mayHaveWritten)) return `${text}, but its write had no effect: ${describeOperation(writers[0]!)}`;
  const future = writers.every(({ invokeEvent }) => invokeEvent > (reader.returnEvent ?? Infinity));
  return future ? `${text} before it was written: ${describeOperation(writers[0]!)}` : undefined;
}

const mayHaveWritten = ({ outcome }: Operation): boolean =>
  outcome.kind === 'unknown' || (outcome.kind === 'ok' && outcome.wrote);

function explainStale(reader: Operation, operations: readonly Operation[]): string | undefined {
  if (reader.outcome.kind !== 'ok' || reader.outcome.wrote) return undefined;
  const seen = reader.outcome.seen;
  if (seen.kind === 'unobserved') return undefined;
  if (seen.kind === 'absent' && operations.some(({ kind }) => kind === 'delete')) return undefined;
  const revision = seen.kind === 'value' ? seen.modRevision : 0;
  if (reader.outcome.revision === 0) return undefined;
  const at = reader.outcome.revision;
  const newer = operations.filter(({ outcome }) => outcome.kind === 'ok' && outcome.wrote && outcome.revision > revision);
  const before = newer.find(({ returnEvent }) => returnEvent! < reader.invokeEvent);
  if (before !== undefined) {
    return `stale: ${describeOperation(reader)} began after a newer write was acknowledged: ${describeOperation(before)}`;
  }
  const skipped = newer.find(({ outcome }) => outcome.kind === 'ok' && outcome.revision <= at);
  if (skipped === undefined) return undefined;
  return `${describeOperation(reader)} answered at revision ${at} without a write up to there: ${describeOperation(skipped)}`;
}

function explainDoubleRevision(operations: readonly Operation[]): string | undefined {
  const first = new Map<string, Naming>();
  for (const naming of operations.flatMap(namingsOf)) {
    const known = first.get(naming.value) ?? naming;
    first.set(naming.value, known);
    if (known.revision !== naming.revision) return describeDoubleRevision(known, naming);
  }
  return undefined;
}

const describeDoubleRevision = (one: Naming, other: Naming): string =>
  `${JSON.stringify(one.value)} has revision ${one.revision} by ${describeOperation(one.by)}, ` +
  `and ${other.revision} by ${describeOperation(other.by)}: one write took effect twice`;

const explainGenerally = (operations: readonly Operation[]): string =>
  `no order of these ${operations.length} operations agrees with real time and with every result: ` +
  operations.map(describeOperation).join('; ');
