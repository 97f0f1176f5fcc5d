// The order to go on alone, given by an operator to the one survivor of a cluster whose majority is lost for good. It is bound to
// what was reported, names everybody who is given up, expires, and is signed with the cluster's secret. The member only notes it,
// durably, and ends; its next start carries it out.
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { MalformedBytesError, toHex, utf8Decode, utf8Encode } from '@reknit/base';
import type { StoreMember } from '../member.js';
import { StartError } from '../start-error.js';
import { holdingsOf } from './report.js';

export interface RecoveryOrder {
  /** Of the member's report. */
  readonly fingerprint: string;
  /** Ids of all its other members. */
  readonly abandon: readonly string[];
  /** ms since 1970. */
  readonly expiresAt: number;
  /** From `proveRecoveryOrder`. */
  readonly proof: string;
}

export type OrderAnswer =
  | { readonly accepted: true; readonly branch: string }
  | { readonly accepted: false; readonly status: 400 | 401 | 409; readonly reason: string };

/** @param secret the cluster's */
export const proveRecoveryOrder = (
  secret: Uint8Array,
  { fingerprint, abandon, expiresAt }: Omit<RecoveryOrder, 'proof'>,
): string =>
  toHex(hmac(sha256, secret, utf8Encode(`reknit unsafe recovery|${fingerprint}|${[...abandon].sort().join()}|${expiresAt}`)));

/** Throws MalformedBytesError. */
export function decodeRecoveryOrder(body: Uint8Array): RecoveryOrder {
  const { fingerprint, abandon, expiresAt, proof } = parse(body);
  const ids = Array.isArray(abandon) && abandon.every((id): id is string => typeof id === 'string') ? abandon : undefined;
  if (typeof fingerprint !== 'string' || typeof expiresAt !== 'number' || typeof proof !== 'string' || ids === undefined)
    throw new MalformedBytesError('an order is { fingerprint, abandon: [ids], expiresAt, proof }');
  return { fingerprint, abandon: ids, expiresAt, proof };
}

/** Accepted, the member ends as soon as the answer is on its way. */
export function takeRecoveryOrder(member: StoreMember, order: RecoveryOrder): OrderAnswer {
  const refuse = (status: 400 | 401 | 409, reason: string): OrderAnswer => ({ accepted: false, status, reason });
  // The proof is over 256 bits of a keyed hash: how long a comparison takes tells nothing that helps to forge one.
  if (order.proof !== proveRecoveryOrder(member.options.secret, order))
    return refuse(401, 'the proof of the cluster secret does not hold');
  if (member.runtime.clock.wall() > order.expiresAt) return refuse(409, 'the order has expired: look at the report again');
  const report = holdingsOf(member);
  if (report === undefined) return refuse(409, 'the cluster has not begun: there is nothing to recover');
  if (report.hasQuorum) return refuse(409, 'there is a leader: a cluster that has its quorum is changed by  reknit member');
  if (report.fingerprint !== order.fingerprint)
    return refuse(409, 'what this member holds has changed since the report: look again');
  const others = report.members.filter(({ id }) => id !== report.id);
  if (
    others
      .map(({ id }) => id)
      .sort()
      .join() !== [...order.abandon].sort().join()
  )
    return refuse(
      409,
      `the order must name all others, who are given up for good: ${others.map(({ id, name }) => `${id} ${name}`).join(', ')}`,
    );
  const branch = toHex(member.runtime.random.bytes(8));
  member.directory.orderUnsafeRecovery({ branch, abandoned: order.abandon, fingerprint: order.fingerprint });
  member.runtime.log.log('warn', 'unsafe recovery ordered: the next start begins a new branch', {
    branch,
    abandoned: order.abandon.join(),
  });
  member.runtime.clock.after(ANSWER_MS, () =>
    member.fail(
      new StartError(
        'unsafe-recovery',
        'this member was ordered to go on alone',
        'start it again: the order is carried out then',
      ),
    ),
  );
  return { accepted: true, branch };
}

/** The answer has left by then. */
const ANSWER_MS = 50;

function parse(body: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(utf8Decode(body)));
  } catch {
    throw new MalformedBytesError('an order is JSON');
  }
}
