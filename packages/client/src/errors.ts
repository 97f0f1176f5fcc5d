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

/** Why, in words that stay: what a program may decide by. */
export type FailureReason =
  /** The server refused it: see `code` and `message`. */
  | 'status'
  /** No endpoint could be reached, or the connection broke. */
  | 'unreachable'
  | 'timeout'
  /** The caller's AbortSignal. */
  | 'aborted'
  /** The client was closed. */
  | 'closed'
  /** The revision that was asked for is compacted away. */
  | 'compacted'
  /** The lease expired, was revoked, or could not be kept alive in time. */
  | 'lease-lost';

export class EtcdError extends Error {
  override readonly name: string = 'EtcdError';
  /** One of `Code`. */
  readonly code: number;
  readonly outcome: FailedOutcome;
  readonly reason: FailureReason;

  constructor(code: number, message: string, outcome: FailedOutcome, reason: FailureReason = 'status') {
    super(message);
    this.code = code;
    this.outcome = outcome;
    this.reason = reason;
  }
}

/** A watch cannot go on without a gap: read the state anew, and watch from the revision after that read. */
export class CompactedError extends EtcdError {
  override readonly name: string = 'CompactedError';
  /** The oldest revision that is still there. */
  readonly compactRevision: number;

  constructor(compactRevision: number) {
    const message = `etcdserver: mvcc: required revision has been compacted; the oldest is ${compactRevision}`;
    super(Code.outOfRange, message, 'refused', 'compacted');
    this.compactRevision = compactRevision;
  }
}

/** From here on another client may hold what was held under this lease. */
export class LeaseLostError extends EtcdError {
  override readonly name: string = 'LeaseLostError';
  readonly lease: bigint;

  constructor(lease: bigint, cause: string) {
    super(Code.failedPrecondition, `lease ${lease.toString(16)} is lost: ${cause}`, 'refused', 'lease-lost');
    this.lease = lease;
  }
}

export const closedError = (): EtcdError => new EtcdError(Code.canceled, 'the client is closed', 'refused', 'closed');

export const abortedError = (outcome: FailedOutcome): EtcdError =>
  new EtcdError(Code.canceled, 'aborted by the caller', outcome, 'aborted');
