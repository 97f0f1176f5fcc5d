// The conditions of a transaction, as etcd reads them: over a range all keys must satisfy, and a key that does not exist
// counts as one with zero in every field, except that its value compares with nothing (not even as unequal).
import { compareBytes } from '@reknit/base';
import type { Cut } from './cut.js';
import { select } from './interval.js';
import { KeyScan } from './key-scan.js';
import type { Head } from './record-codec.js';
import type { Compare } from './types.js';

const TARGET_VALUE = 3;

export function compareHolds(cut: Cut, compare: Compare, revision: number): boolean {
  const selection = select(compare.key, compare.rangeEnd);
  if (selection.kind === 'nothing') return missingHolds(compare);
  if (selection.kind === 'interval') return allHold(cut, compare, new KeyScan(cut, selection.interval, revision));
  const head = cut.headAt(selection.key, revision);
  return head === undefined || head.deleted ? missingHolds(compare) : keyHolds(cut, compare, selection.key, head);
}

function allHold(cut: Cut, compare: Compare, scan: KeyScan): boolean {
  try {
    if (!scan.next()) return missingHolds(compare);
    do {
      if (!keyHolds(cut, compare, scan.key, scan.head)) return false;
    } while (scan.next());
    return true;
  } finally {
    scan.close();
  }
}

const MISSING: Head = { main: 0, sub: 0, create: 0, version: 0, lease: 0n, deleted: false };

const missingHolds = (compare: Compare): boolean =>
  compare.target !== TARGET_VALUE && resultHolds(compare.result, compareField(compare, MISSING));

function keyHolds(cut: Cut, compare: Compare, key: string, head: Head): boolean {
  const order = compare.target === TARGET_VALUE ? compareBytes(cut.value(key, head), compare.value) : compareField(compare, head);
  return resultHolds(compare.result, order);
}

function compareField(compare: Compare, head: Head): number {
  switch (compare.target) {
    case 0:
      return head.version - compare.version;
    case 1:
      return head.create - compare.createRevision;
    case 2:
      return head.main - compare.modRevision;
    case 4:
      return head.lease === compare.lease ? 0 : head.lease < compare.lease ? -1 : 1;
    default:
      return 0;
  }
}

/** An unknown operator holds, as in etcd; requests that carry one are refused before they get here. */
function resultHolds(result: number, order: number): boolean {
  switch (result) {
    case 0:
      return order === 0;
    case 1:
      return order > 0;
    case 2:
      return order < 0;
    case 3:
      return order !== 0;
    default:
      return true;
  }
}
