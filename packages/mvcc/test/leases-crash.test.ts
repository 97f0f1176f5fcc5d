// Crashes after every single write of a flush that changes leases: what is there then is the state before it or after it.
import { type KeySpace, openKeySpace } from '@reknit/mvcc';
import { describe, expect, test } from 'vitest';
import { type CrashingHome, crashingHome } from './support/crashing-home.js';
import { deleteOf, granted, leaseOf, positionAt, put, putOf, text } from './support/requests.js';

type Entry = (space: KeySpace) => void;

const grant =
  (id: bigint, index: number): Entry =>
  (space) =>
    void granted(space.grantLease(leaseOf(id, 10, index)));
const attach =
  (key: string, lease: bigint): Entry =>
  (space) =>
    void granted(space.put(putOf(key, '', { lease })));
const revoke =
  (id: bigint): Entry =>
  (space) =>
    void granted(space.revokeLease(id));

/** An entry's index is its place here, from 1 on. */
const LOG: readonly Entry[] = [
  grant(1n, 1),
  grant(2n, 2),
  attach('a', 1n),
  attach('b', 1n),
  attach('c', 2n),
  revoke(2n),
  attach('d', 1n),
  (space) => void granted(space.deleteRange(deleteOf('a'))),
  grant(2n, 9),
  attach('b', 2n),
  (space) => put(space, 'd', 'free'),
  attach('e', 1n),
  revoke(1n),
  grant(1n, 14),
  attach('a', 1n),
  revoke(2n),
];

const open = (home: CrashingHome): KeySpace => openKeySpace(home, { branch: 'b' });

function applyUpTo(space: KeySpace, index: number): void {
  for (let at = space.applied.index; at < index; at++) {
    LOG[at]!(space);
    space.end(positionAt(at + 1));
  }
}

function flushNow(space: KeySpace, home: CrashingHome): void {
  space.flush((error) => expect(error).toBeUndefined());
  home.settle();
}

const describeLeases = (space: KeySpace): string[] =>
  [...space.leases].map((lease) => `${lease.id}@${lease.granted} ${lease.keys().map(text).join()}`).sort();

/** What a member that never stopped has after each entry. */
const UNDISTURBED = (() => {
  const space = open(crashingHome());
  return [undefined, ...LOG].map((_, index) => {
    applyUpTo(space, index);
    return describeLeases(space);
  });
})();

function rowsIn(home: CrashingHome): number {
  const view = home.openCurrent().view();
  return [...view.range('leases', {})].length;
}

function expectRecovery(home: CrashingHome): void {
  const space = open(home);
  for (let index = space.applied.index; index <= LOG.length; index++) {
    applyUpTo(space, index);
    expect(describeLeases(space)).toEqual(UNDISTURBED[index]);
  }
  flushNow(space, home);
  expect(describeLeases(open(home))).toEqual(UNDISTURBED[LOG.length]);
  flushNow(space, home);
  expect(rowsIn(home)).toBe([...space.leases].reduce((rows, { keyCount }) => rows + 1 + keyCount, 0));
}

describe('a crash', () => {
  const places = LOG.flatMap((_, first) => LOG.map((__, second) => [first, second + 1] as const)).filter(
    ([first, second]) => second > first,
  );

  test.each(places)(
    'after any write of a flush, from entry %i to %i, leaves the leases before it or after it',
    (first, second) => {
      for (let survivors = 0, writes = 1; survivors <= writes; survivors++) {
        const home = crashingHome();
        const space = open(home);
        applyUpTo(space, first);
        flushNow(space, home);
        applyUpTo(space, second);
        space.flush(() => expect.unreachable('the process is gone'));
        home.crash((batch) => {
          writes = batch.length;
          return survivors;
        });
        const flushed = survivors < writes ? first : second;
        const again = open(home);
        expect([again.flushed.index, describeLeases(again)]).toEqual([flushed, UNDISTURBED[flushed]]);
        expectRecovery(home);
      }
    },
  );
});
