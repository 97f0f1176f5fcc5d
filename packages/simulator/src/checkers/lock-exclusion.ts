// What a lock by lease and lowest create revision promises:
//  - exclusion: no two sessions hold it at once within what each may rely on of its lease;
//  - fencing: a write that was made under a token is accepted only while no newer holder's has been. The token is the
//    create revision of the holder's key, so it rises from holder to holder.
import type { Millis } from '@reknit/base';
import type { RevisionHistory } from '../model/revision-history.js';

export interface Holding {
  readonly lock: string;
  readonly client: number;
  readonly token: number;
  /** When it learned that it holds the lock. */
  readonly from: Millis;
  /** When it gave it up, or could no longer rely on its lease. */
  readonly until: Millis;
}

export type LockRule = 'exclusion' | 'fencing';

export interface LockViolation {
  readonly rule: LockRule;
  readonly reason: string;
}

export function checkExclusion(holdings: readonly Holding[]): readonly LockViolation[] {
  const violations: LockViolation[] = [];
  const latest = new Map<string, Holding>();
  for (const holding of holdings.toSorted((left, right) => left.from - right.from)) {
    if (holding.until <= holding.from) continue;
    const earlier = latest.get(holding.lock);
    if (earlier !== undefined && earlier.until > holding.from)
      violations.push({ rule: 'exclusion', reason: `${describe(earlier)} and ${describe(holding)} both hold ${holding.lock}` });
    if (earlier === undefined || holding.until > earlier.until) latest.set(holding.lock, holding);
  }
  return violations;
}

/** @param tokenOf the token under which a value was written; undefined where none was needed */
export function checkFencing(
  history: RevisionHistory,
  guarded: ReadonlySet<string>,
  tokenOf: (value: string) => number | undefined,
): readonly LockViolation[] {
  const violations: LockViolation[] = [];
  const highest = new Map<string, number>();
  for (const { revision, changes } of history.revisions) {
    for (const { key, now } of changes) {
      const token = now === undefined || !guarded.has(key) ? undefined : tokenOf(now.value);
      if (token === undefined) continue;
      const seen = highest.get(key) ?? 0;
      if (token < seen)
        violations.push({
          rule: 'fencing',
          reason: `${key}: revision ${revision} was written under token ${token} after ${seen}`,
        });
      highest.set(key, Math.max(seen, token));
    }
  }
  return violations;
}

const describe = ({ client, token, from, until }: Holding): string => `client ${client} with token ${token} (${from}–${until})`;
