// What clients may rely on with leases:
//  - held: a lease, with its keys, is there until a TTL after the last keep-alive that was acknowledged, counted from when
//    that was sent, unless somebody asked to revoke it;
//  - ended: once it is gone no keep-alive that is sent later is acknowledged, and nobody sees it go that did not go;
//  - lapsed: a lease that nobody keeps alive is gone in the end, its keys with it.
import type { Millis } from '@reknit/base';
import { type LeaseRecord, provenUntil } from '../history/lease-log.js';

export type LeaseRule = 'held' | 'ended' | 'lapsed';

export interface LeaseViolation {
  readonly rule: LeaseRule;
  readonly id: bigint;
  readonly reason: string;
}

export interface LeaseWorld {
  /** When each lease that is gone went, as decided. */
  readonly removals: ReadonlyMap<bigint, Millis>;
  /** Leases that are still there in the end, long after the last keep-alive on a healthy cluster. */
  readonly remaining: Iterable<bigint>;
  /** Of all machines' clocks, in their seconds for each second of the clients: a fast clock may end a lease so much early. */
  readonly fastestClock: number;
}

export function checkLeases(records: Iterable<LeaseRecord>, world: LeaseWorld): readonly LeaseViolation[] {
  const violations: LeaseViolation[] = [];
  const add = (rule: LeaseRule, id: bigint, reason: string): void =>
    void violations.push({ rule, id, reason: `lease ${id}: ${reason}` });
  for (const record of records) {
    checkHeld(record, world, add);
    checkEnded(record, world, add);
  }
  for (const id of world.remaining) add('lapsed', id, 'still there though nobody keeps it alive');
  return violations;
}

type Add = (rule: LeaseRule, id: bigint, reason: string) => void;

function checkHeld(record: LeaseRecord, { removals, fastestClock }: LeaseWorld, add: Add): void {
  const { id, revokeSent = Number.POSITIVE_INFINITY, seenGone } = record;
  const held = Math.min(provenUntil(record, fastestClock), revokeSent);
  const removed = removals.get(id);
  if (removed !== undefined && removed < held && !isPredated(record, removed))
    add('held', id, `removed at ${removed}, but held until ${held} at least`);
  else if (seenGone !== undefined && seenGone.at < held)
    add('held', id, `${seenGone.how} at ${seenGone.at}, but held until ${held}`);
}

/** What was acknowledged after the end is the other rule's. */
const isPredated = ({ proofs }: LeaseRecord, removed: Millis): boolean => proofs.at(-1)!.sent > removed;

function checkEnded({ id, proofs, seenGone }: LeaseRecord, { removals }: LeaseWorld, add: Add): void {
  const removed = removals.get(id);
  const late = removed === undefined ? undefined : proofs.find(({ sent }) => sent > removed);
  if (late !== undefined) add('ended', id, `removed at ${removed}, but a keep-alive sent at ${late.sent} was acknowledged`);
  if (seenGone !== undefined && removed === undefined)
    add('ended', id, `${seenGone.how} at ${seenGone.at}, but it was never removed`);
}
