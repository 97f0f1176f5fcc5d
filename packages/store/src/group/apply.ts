// The deterministic step from a log entry to the key space. Total: whatever a decided entry holds, every replica does the
// same with it and goes on; a request that no version of ours would have proposed changes nothing.
import { MalformedBytesError, unreachable } from '@reknit/base';
import { decodeCompactionRequest, decodeDeleteRangeRequest, decodePutRequest, decodeTxnRequest } from '@reknit/etcd-api';
import type {
  AppliedTxn,
  DeleteRangeResult,
  Job,
  KeySpace,
  MvccError,
  Outcome,
  PutRequest,
  PutResult,
  TxnResults,
} from '@reknit/mvcc';
import { type AlarmResult, applyAlarm } from './apply-alarm.js';
import { applyConfiguration, type ConfigurationResult } from './apply-configuration.js';
import { applyGrant, type DecidedAt, expiry, type LeaseEnd, type LeaseResult, revocation } from './apply-lease.js';
import { type Envelope, HEADER_BYTES, Operation } from './envelope.js';
import { PlainPut } from './plain-put.js';

export type ApplyResult =
  | { readonly kind: 'put'; readonly outcome: Outcome<PutResult> }
  | { readonly kind: 'delete'; readonly outcome: Outcome<DeleteRangeResult> }
  | { readonly kind: 'txn'; readonly outcome: Outcome<AppliedTxn> }
  | { readonly kind: 'compact'; readonly outcome: Outcome<undefined> }
  | LeaseResult
  | ConfigurationResult
  | AlarmResult
  | { readonly kind: 'malformed' };

/** Many keys: to be stepped to its end before anything else is applied. */
export interface UnfinishedEntry {
  readonly kind: 'unfinished';
  readonly job: Job<ApplyResult>;
}

export type Applied = ApplyResult | UnfinishedEntry;

const plainPut = new PlainPut();

const PUT_APPLIED: ApplyResult = { kind: 'put', outcome: { ok: true, value: { prevKv: undefined } } };
const MALFORMED: ApplyResult = { kind: 'malformed' };

/** @param results unread where nobody waits for them */
export function applyEnvelope(space: KeySpace, envelope: Envelope, results: TxnResults, at: DecidedAt): Applied {
  try {
    return execute(space, envelope, results, at);
  } catch (error) {
    if (error instanceof MalformedBytesError) return MALFORMED;
    throw error;
  }
}

function execute(space: KeySpace, envelope: Envelope, results: TxnResults, at: DecidedAt): Applied {
  const { operation } = envelope;
  switch (operation) {
    case Operation.put:
      return putApplied(space.put(readPut(envelope)));
    case Operation.deleteRange:
      return begun(space.deletionJob(decodeDeleteRangeRequest(envelope.request)), deletion);
    case Operation.txn:
      return { kind: 'txn', outcome: space.txn(decodeTxnRequest(envelope.request), results) };
    case Operation.compact:
      return { kind: 'compact', outcome: space.compact(decodeCompactionRequest(envelope.request).revision) };
    case Operation.leaseGrant:
      return applyGrant(space, envelope.request, at);
    case Operation.leaseRevoke:
      return leaseEnd(revocation(space, envelope.request));
    case Operation.leaseExpiry:
      return leaseEnd(expiry(space, envelope.request, at));
    case Operation.configure:
      return applyConfiguration(space, envelope.request);
    case Operation.alarm:
      return applyAlarm(space, envelope.request);
    default:
      return unreachable(operation);
  }
}

const readPut = (envelope: Envelope): PutRequest =>
  plainPut.read(envelope.payload, HEADER_BYTES) ? plainPut : decodePutRequest(envelope.request);

const deletion = (outcome: Outcome<DeleteRangeResult>): ApplyResult => ({ kind: 'delete', outcome });

const leaseEnd = ({ change, id, job }: LeaseEnd): Applied => begun(job, (outcome) => ({ kind: 'lease', change, id, outcome }));

function begun<T>(job: Job<T>, result: (of: T) => ApplyResult): Applied {
  const first = job.step();
  if (first !== undefined) return result(first);
  const step = (): ApplyResult | undefined => {
    const last = job.step();
    return last === undefined ? undefined : result(last);
  };
  return { kind: 'unfinished', job: { step, cancel: () => job.cancel() } };
}

/** The usual result is made once. */
const putApplied = (outcome: Outcome<PutResult>): ApplyResult =>
  outcome.ok && outcome.value.prevKv === undefined ? PUT_APPLIED : { kind: 'put', outcome };

/** Undefined when the operation did what was asked. */
export function refusal(result: ApplyResult): MvccError | 'malformed' | undefined {
  if (result.kind === 'malformed') return 'malformed';
  if (result.kind === 'configuration' || result.kind === 'alarm') return undefined;
  return result.outcome.ok ? undefined : result.outcome.error;
}
