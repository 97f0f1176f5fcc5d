// What a call can end with besides its response.

/** google.rpc.Code, as etcd uses it. */
export const Code = {
  canceled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  outOfRange: 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  dataLoss: 15,
  unauthenticated: 16,
} as const;

/** Codes that say nothing about whether the request took effect. */
const INDEFINITE: ReadonlySet<number> = new Set([
  Code.canceled,
  Code.unknown,
  Code.deadlineExceeded,
  Code.internal,
  Code.unavailable,
  Code.dataLoss,
]);

export const isIndefinite = (code: number): boolean => INDEFINITE.has(code);

/**
 * `refused`: the request has had no effect and will have none. `unknown`: it may have taken effect, or may yet. Reads have no
 * effect, so theirs is always `refused`.
 */
export type FailedOutcome = 'refused' | 'unknown';

export class EtcdError extends Error {
  override readonly name: string = 'EtcdError';
  /** One of `Code`. */
  readonly code: number;
  readonly outcome: FailedOutcome;

  constructor(code: number, message: string, outcome: FailedOutcome) {
    super(message);
    this.code = code;
    this.outcome = outcome;
  }
}
