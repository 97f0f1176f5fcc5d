// A history as JSON lines, one operation a line, so that it can be kept beside an incident, cut with text tools and judged
// again later. What is read back is foreign input: a line that is not an operation is refused with its number.
import { History } from './history.js';
import type { Operation, Outcome, Seen } from './operation.js';

export class MalformedHistoryError extends Error {
  override readonly name: string = 'MalformedHistoryError';
  readonly line: number;

  constructor(line: number, message: string, options?: ErrorOptions) {
    super(`line ${line} of the history ${message}`, options);
    this.line = line;
  }
}

/** Without line ends. */
export function* historyToLines(operations: readonly Operation[]): Generator<string> {
  for (const operation of operations) yield JSON.stringify(operation);
}

/** Empty lines are skipped. Throws MalformedHistoryError. */
export function historyFromLines(lines: Iterable<string>): History {
  const history = new History();
  let number = 0;
  for (const line of lines) {
    number++;
    if (line.trim() !== '') history.restore(parseOperation(line, number, history.operations.length));
  }
  return history;
}

interface Fields {
  readonly [name: string]: unknown;
}

function parseOperation(line: string, number: number, id: number): Operation {
  const fields = parseFields(line, number);
  const { client, kind, key, value, expected, consistency, invokeEvent, invokedAt, returnEvent, returnedAt } = fields;
  const valid =
    fields.id === id &&
    isCount(client) &&
    (kind === 'get' || kind === 'put' || kind === 'delete' || kind === 'cas') &&
    typeof key === 'string' &&
    (kind === 'put' || kind === 'cas' ? typeof value === 'string' : value === undefined) &&
    isCount(expected) &&
    (consistency === 'linearizable' || consistency === 'serializable') &&
    isCount(invokeEvent) &&
    typeof invokedAt === 'number' &&
    (returnEvent === undefined || (isCount(returnEvent) && returnEvent > invokeEvent)) &&
    (returnedAt === undefined || typeof returnedAt === 'number');
  const outcome = parseOutcome(fields.outcome);
  if (!valid || outcome === undefined) throw new MalformedHistoryError(number, `is not operation ${id}: ${line}`);
  const written = typeof value === 'string' ? value : undefined;
  return {
    id,
    client,
    kind,
    key,
    value: written,
    expected,
    consistency,
    invokeEvent,
    invokedAt,
    returnEvent,
    returnedAt,
    outcome,
  };
}

function parseFields(line: string, number: number): Fields {
  try {
    const parsed: unknown = JSON.parse(line);
    if (isFields(parsed)) return parsed;
  } catch (cause) {
    throw new MalformedHistoryError(number, 'is not JSON', { cause });
  }
  throw new MalformedHistoryError(number, 'is not an object');
}

function parseOutcome(outcome: unknown): Outcome | undefined {
  if (!isFields(outcome)) return undefined;
  const { kind, reason, wrote, revision } = outcome;
  if ((kind === 'failed' || kind === 'unknown') && typeof reason === 'string') return { kind, reason };
  const seen = parseSeen(outcome.seen);
  if (kind !== 'ok' || typeof wrote !== 'boolean' || !isCount(revision) || seen === undefined) return undefined;
  return { kind, wrote, revision, seen };
}

function parseSeen(seen: unknown): Seen | undefined {
  if (!isFields(seen)) return undefined;
  const { kind, value, modRevision } = seen;
  if (kind === 'absent' || kind === 'unobserved') return { kind };
  if (kind !== 'value' || typeof value !== 'string' || !isCount(modRevision)) return undefined;
  return { kind, value, modRevision };
}

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
