// Invariants are checked in production too: a broken one must stop the process before it
// can write or acknowledge anything that follows from it.

/** A broken invariant: a bug in Reknit, never a fault of the environment. Nothing may catch it to go on. */
export class InvariantError extends Error {
  override readonly name: string = 'InvariantError';
}

/** @param detail the values at hand; evaluated only on failure when given as a function */
export function assert(condition: boolean, invariant: string, detail?: () => unknown): asserts condition {
  if (condition) return;
  const values = detail === undefined ? '' : ` (${JSON.stringify(detail(), stringifyBigint)})`;
  throw new InvariantError(`${invariant}${values}`);
}

/** Ends a switch over a union: the compiler proves that no case is missing. */
export function unreachable(value: never): never {
  throw new InvariantError(`unreachable value ${JSON.stringify(value, stringifyBigint)}`);
}

const stringifyBigint = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value);
