// One operation of a client on one key, as the client saw it. Plain data: everything a checker may rest on, nothing else.
//
// Real time is told by event numbers, not by clocks: one recorder numbers each invocation and each return as it happens,
// so "A returned before B was invoked" is exact and has no ties. The times beside them are for people.
import type { Millis } from '@reknit/base';

/** 'cas' is a transaction that compares the mod revision and then puts; its failure branch reads the key. */
export type OperationKind = 'get' | 'put' | 'delete' | 'cas';

/** Only linearizable reads promise to be fresh; serializable ones promise a consistent, perhaps old, revision. */
export type Consistency = 'linearizable' | 'serializable';

export interface OperationRequest {
  readonly kind: OperationKind;
  readonly key: string;
  /** What a put or a cas writes; unique in the history, so that a read tells whose write it saw. Undefined otherwise. */
  readonly value: string | undefined;
  /** Of a cas: the mod revision compared with; 0 demands that the key is absent. 0 otherwise. */
  readonly expected: number;
  readonly consistency: Consistency;
}

/** The key as it stood just before the operation took effect: a read's answer, `prevKv` of a write, a cas's failure branch. */
export type Seen =
  | { readonly kind: 'value'; readonly value: string; readonly modRevision: number }
  | { readonly kind: 'absent' }
  /** The response did not tell. */
  | { readonly kind: 'unobserved' };

export type Outcome =
  | {
      readonly kind: 'ok';
      /** The key was changed: every put, a delete that found the key, a cas whose comparison held. */
      readonly wrote: boolean;
      /** The header's revision; of an operation that wrote it is the new mod revision. 0: the store has no revisions. */
      readonly revision: number;
      readonly seen: Seen;
    }
  /** Definitely without effect, now and later. */
  | { readonly kind: 'failed'; readonly reason: string }
  /** May have taken effect, may do so at any later time, or never. An operation without an answer is one of these. */
  | { readonly kind: 'unknown'; readonly reason: string };

export interface Operation extends OperationRequest {
  /** Position in the history. */
  readonly id: number;
  readonly client: number;
  readonly invokeEvent: number;
  readonly invokedAt: Millis;
  readonly returnEvent: number | undefined;
  readonly returnedAt: Millis | undefined;
  readonly outcome: Outcome;
}

export const ABSENT: Seen = { kind: 'absent' };
export const UNOBSERVED: Seen = { kind: 'unobserved' };

/** What every operation's outcome is until its answer comes. */
export const PENDING: Outcome = { kind: 'unknown', reason: 'no answer' };

/** For messages to people: who did what, when, and what came back. */
export function describeOperation(operation: Operation): string {
  const { id, client, kind, key, value, expected } = operation;
  const written = value === undefined ? '' : ` ← ${JSON.stringify(value)}`;
  const condition = kind === 'cas' ? ` if mod revision is ${expected}` : '';
  const times = `${operation.invokedAt}–${operation.returnedAt ?? '…'} ms`;
  return `#${id} client ${client} ${kind} ${key}${written}${condition} [${times}]: ${describeOutcome(operation.outcome)}`;
}

function describeOutcome(outcome: Outcome): string {
  if (outcome.kind !== 'ok') return `${outcome.kind} (${outcome.reason})`;
  const { wrote, revision, seen } = outcome;
  return `${wrote ? 'wrote' : 'ok'} at revision ${revision}${describeSeen(seen)}`;
}

function describeSeen(seen: Seen): string {
  if (seen.kind === 'unobserved') return '';
  if (seen.kind === 'absent') return ', saw nothing';
  return `, saw ${JSON.stringify(seen.value)} of revision ${seen.modRevision}`;
}
