// What Lock and Election do to the key space: as a client within the member, through the group's log and its barriers.
import { assert, concatBytes, utf8Encode } from '@reknit/base';
import {
  createCompare,
  createDeleteRangeRequest,
  createPutRequest,
  createRangeRequest,
  createRequestOp,
  createTxnRequest,
  encodeDeleteRangeRequest,
  encodeTxnRequest,
  type RangeRequest,
  type RequestOp,
} from '@reknit/etcd-api';
import { type Failure, Status } from '@reknit/grpc';
import { CorruptRecordError, type KeyValue } from '@reknit/mvcc';
import { EtcdErrors, mvccFailure } from '../../errors.js';
import { type ApplyResult, refusal } from '../../group/apply.js';
import { Operation } from '../../group/envelope.js';
import type { Group } from '../../group/group.js';
import type { WriteWaiter } from '../../group/writes.js';
import { MALFORMED } from '../decoded.js';

/** As etcd's: whatever these services themselves refuse has this code. */
export const unknown = (message: string): Failure => ({ code: Status.unknown, message });

/** Exactly one of the two is called, once. */
export interface Outcome {
  /** The state is that of the entry: reads made now see what it did, and nothing later. @param succeeded of a transaction */
  done(succeeded: boolean): void;
  failed(failure: Failure): void;
}

const ASCENDING = 1;
const DESCENDING = 2;
const BY_CREATE_REVISION = 2;
/** Of a compare, by create revision, for equality. */
const CREATE_TARGET = 1;

/** Candidates for a name stand at `name/HEX`, with their lease. */
const candidatePrefix = (name: Uint8Array): Uint8Array => concatBytes([name, utf8Encode('/')]);
export const candidateKey = (name: Uint8Array, lease: bigint): Uint8Array =>
  concatBytes([candidatePrefix(name), utf8Encode(lease.toString(16))]);

/** All of them, as a range. */
export const candidatesOf = (name: Uint8Array): { readonly key: Uint8Array; readonly rangeEnd: Uint8Array } => ({
  key: candidatePrefix(name),
  rangeEnd: concatBytes([name, utf8Encode('0')]),
});

/** Changes `key` only if its create revision is still this one; 0: if it is not there. */
export function changeIfCreatedAt(
  group: Group,
  key: Uint8Array,
  createRevision: number,
  change: RequestOp,
  outcome: Outcome,
): void {
  const compare = [createCompare({ key, target: CREATE_TARGET, createRevision })];
  write(group, Operation.txn, encodeTxnRequest(createTxnRequest({ compare, success: [change] })), outcome);
}

export const putting = (key: Uint8Array, value: Uint8Array, lease: bigint): RequestOp =>
  createRequestOp({ requestPut: createPutRequest({ key, value, lease }) });

export const deleting = (key: Uint8Array): RequestOp =>
  createRequestOp({ requestDeleteRange: createDeleteRangeRequest({ key }) });

export const remove = (group: Group, key: Uint8Array, outcome: Outcome): void =>
  write(group, Operation.deleteRange, encodeDeleteRangeRequest(createDeleteRangeRequest({ key })), outcome);

export function write(group: Group, operation: Operation, request: Uint8Array, outcome: Outcome): void {
  group.write(operation, request, new InnerWrite(outcome));
}

/** What reads the state and answers last: a damaged record becomes an answer too. */
export function undamaged(read: () => void, failed: (failure: Failure) => void): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof CorruptRecordError)) throw error;
    failed(EtcdErrors.damagedHere);
  }
}

/** After a barrier: everything acknowledged before now is there. */
export function confirmed(group: Group, read: () => void, failed: (failure: Failure) => void): void {
  group.read({ ready: () => undamaged(read, failed), failed });
}

/** In the local state. */
export const get = (group: Group, key: Uint8Array): KeyValue | undefined => one(group, { key });

/** Who leads: of all candidates that are there, the one that came first. */
export const firstCandidate = (group: Group, name: Uint8Array): KeyValue | undefined =>
  one(group, { ...candidatesOf(name), limit: 1, sortOrder: ASCENDING, sortTarget: BY_CREATE_REVISION });

/** Of those that came before a revision, the last. */
export const lastCandidateBefore = (group: Group, name: Uint8Array, createRevision: number): KeyValue | undefined =>
  createRevision <= 1
    ? undefined
    : one(group, {
        ...candidatesOf(name),
        limit: 1,
        sortOrder: DESCENDING,
        sortTarget: BY_CREATE_REVISION,
        maxCreateRevision: createRevision - 1,
      });

function one(group: Group, request: Partial<RangeRequest>): KeyValue | undefined {
  const outcome = group.space.range(createRangeRequest(request));
  assert(outcome.ok, 'the newest revision can be read');
  return outcome.value.kvs[0];
}

class InnerWrite implements WriteWaiter {
  readonly #outcome: Outcome;

  constructor(outcome: Outcome) {
    this.#outcome = outcome;
  }

  applied(result: ApplyResult): void {
    const refused = refusal(result);
    const succeeded = result.kind !== 'txn' || (result.outcome.ok && result.outcome.value.succeeded);
    if (refused === undefined)
      undamaged(
        () => this.#outcome.done(succeeded),
        (failure) => this.#outcome.failed(failure),
      );
    else this.#outcome.failed(refused === 'malformed' ? MALFORMED : unknown(mvccFailure(refused).message));
  }

  failed(failure: Failure): void {
    this.#outcome.failed(failure);
  }
}
