// Everything that this package refuses, in one table. The code is stable; the message names the culprit and the cure.

export type HashRingErrorCode =
  /** A ring of no nodes can answer nothing. */
  | 'empty-ring'
  | 'duplicate-node'
  /** An id that is not a string, or empty. */
  | 'bad-id'
  /** Zero, negative, infinite or not a number. */
  | 'bad-weight'
  /** Jump hash has no weights. */
  | 'weights-unsupported'
  /** Paths of different length, or too deep. */
  | 'bad-domain'
  /** A setting out of its range. */
  | 'bad-option'
  | 'unknown-node'
  /** More replicas than nodes. */
  | 'too-many-replicas'
  /** More replicas than failure domains, where each must have its own. */
  | 'too-few-domains'
  /** More virtual nodes than are worth their memory. */
  | 'too-many-points'
  /** Not something that this package has written. */
  | 'foreign'
  /** Written by this package, but changed since. */
  | 'damaged'
  /** Written by a later version of this package. */
  | 'later-format'
  /** Too many replicas of a key are dead to move it without losing what was acknowledged. */
  | 'quorum-lost'
  /** Progress or a placement that belongs to another plan. */
  | 'other-plan';

export class HashRingError extends Error {
  override readonly name: string = 'HashRingError';
  readonly code: HashRingErrorCode;

  constructor(code: HashRingErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export function refuse(code: HashRingErrorCode, message: string): never {
  throw new HashRingError(code, message);
}

/** @throws 'bad-option' unless `value` is a whole number from `min` to `max` */
export function requireWhole(name: string, value: number, min: number, max: number): void {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return;
  refuse('bad-option', `${name} is ${String(value)}; it must be a whole number from ${min} to ${max}`);
}
