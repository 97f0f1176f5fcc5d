import { type Compare, type KeySpace, openKeySpace, type RequestOp, type TxnResult } from '@reknit/mvcc';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  ALL,
  bytes,
  compareOf,
  deleteOf,
  errorOf,
  finish,
  flush,
  get,
  granted,
  keysOf,
  leaseOf,
  opDelete,
  opOf,
  opPut,
  opRange,
  positionAt,
  put,
  putOf,
  text,
} from '../support/requests.js';
import { backEnds } from './back-ends.js';

const EQUAL = 0;
const GREATER = 1;
const LESS = 2;
const NOT_EQUAL = 3;
const VERSION = 0;
const CREATE = 1;
const MOD = 2;
const VALUE = 3;
const LEASE = 4;

describe.each(backEnds())('transactions on $name', ({ newHome }) => {
  let space: KeySpace;

  // a: created 2, modified 3, version 2, lease 7; b: created 4
  beforeEach(async () => {
    space = openKeySpace(newHome(), { branch: 'b' });
    granted(space.grantLease(leaseOf(7n, 60)));
    put(space, 'a', 'old');
    granted(space.put(putOf('a', 'm', { lease: 7n })));
    put(space, 'b', 'n');
    space.end(positionAt(1));
    await flush(space);
    return () => space.close();
  });

  const run = (compare: Compare[], success: RequestOp[] = [], failure: RequestOp[] = []): TxnResult =>
    granted(space.txn({ compare, success, failure }));
  const holds = (key: string, fields: Parameters<typeof compareOf>[1]): boolean => run([compareOf(key, fields)]).succeeded;
  const orders = (key: string, fields: Parameters<typeof compareOf>[1]): string =>
    [EQUAL, GREATER, LESS, NOT_EQUAL].map((result) => (holds(key, { ...fields, result }) ? 'y' : 'n')).join('');

  test('large ranges are read later, as of their place in the transaction, whatever is written since', async () => {
    for (let at = 0; at < 1200; at++) put(space, `key-${at}`, 'v');
    const all = opRange(ALL);
    const operations = [all, opPut('x', '1'), all, opPut('y', '2'), all, opDelete('y')];
    const applied = granted(space.txn({ compare: [], success: operations, failure: [] }));
    put(space, 'z', 'later');
    granted(space.deleteRange(deleteOf('key-', 'key.')));
    await flush(space);
    expect(await finish(applied.rest!)).toBe(true);
    const counts = applied.responses.map((response) => (response.kind === 'range' ? response.result.kvs.length : response.kind));
    expect(counts).toEqual([1202, 'put', 1203, 'put', 1204, 'delete']);
  });

  test('whose results nobody waits for read nothing, and change what they would have changed', () => {
    for (let at = 0; at < 1200; at++) put(space, `key-${at}`, 'v');
    const success = [opRange(ALL), opPut('x', '1'), opRange(ALL)];
    const applied = granted(space.txn({ compare: [], success, failure: [] }, 'unread'));
    expect(applied.rest).toBeUndefined();
    expect(get(space, 'x')).toBe('1');
  });

  test('every target compares equal, greater, less and not equal', () => {
    expect(orders('a', { target: VERSION, version: 2 })).toBe('ynnn');
    expect(orders('a', { target: VERSION, version: 1 })).toBe('nyny');
    expect(orders('a', { target: VERSION, version: 3 })).toBe('nnyy');
    expect(orders('a', { target: CREATE, createRevision: 2 })).toBe('ynnn');
    expect(orders('a', { target: CREATE, createRevision: 1 })).toBe('nyny');
    expect(orders('a', { target: MOD, modRevision: 3 })).toBe('ynnn');
    expect(orders('a', { target: MOD, modRevision: 4 })).toBe('nnyy');
    expect(orders('a', { target: VALUE, value: bytes('m') })).toBe('ynnn');
    expect(orders('a', { target: VALUE, value: bytes('ma') })).toBe('nnyy');
    expect(orders('a', { target: VALUE, value: bytes('') })).toBe('nyny');
    expect(orders('a', { target: LEASE, lease: 7n })).toBe('ynnn');
    expect(orders('a', { target: LEASE, lease: 8n })).toBe('nnyy');
  });

  test('a missing key compares as zero, but its value compares with nothing', () => {
    expect(orders('x', { target: VERSION, version: 0 })).toBe('ynnn');
    expect(orders('x', { target: CREATE, createRevision: 0 })).toBe('ynnn');
    expect(orders('x', { target: MOD, modRevision: 1 })).toBe('nnyy');
    expect(orders('x', { target: LEASE, lease: 0n })).toBe('ynnn');
    expect(orders('x', { target: VALUE, value: bytes('') })).toBe('nnnn');
  });

  test('over a range every key must satisfy, and an empty range compares as a missing key', () => {
    expect(holds('a', { rangeEnd: bytes('c'), target: VERSION, result: GREATER, version: 0 })).toBe(true);
    expect(holds('a', { rangeEnd: bytes('c'), target: VERSION, result: GREATER, version: 1 })).toBe(false);
    expect(holds('a', { rangeEnd: bytes('\0'), target: VALUE, result: GREATER, value: bytes('l') })).toBe(true);
    expect(orders('x', { rangeEnd: bytes('y'), target: VERSION, version: 0 })).toBe('ynnn');
    expect(orders('x', { rangeEnd: bytes('a'), target: VALUE })).toBe('nnnn');
  });

  test('all comparisons must hold, and none at all do', () => {
    const yes = compareOf('a', { version: 2 });
    const no = compareOf('b', { version: 2 });
    expect(run([yes, yes]).succeeded).toBe(true);
    expect(run([yes, no]).succeeded).toBe(false);
    expect(run([]).succeeded).toBe(true);
  });

  test('only the chosen branch runs', () => {
    run([compareOf('a', { version: 9 })], [opPut('then', '1')], [opPut('else', '1')]);
    expect(get(space, 'then')).toBeUndefined();
    expect(get(space, 'else')).toBe('1');
  });

  test('all writes share one revision and a transaction that writes nothing changes none', () => {
    run([], [opPut('x', '1'), opPut('y', '2'), opDelete('b')]);
    expect(space.revision).toBe(5);
    const revisions = run([], [opRange({ key: 'x', rangeEnd: 'z' })]).responses[0];
    expect(revisions?.kind === 'range' && revisions.result.kvs.map((kv) => kv.modRevision)).toEqual([5, 5]);
    run([], [opRange({ key: 'a' }), opDelete('nothing')]);
    expect(space.revision).toBe(5);
  });

  test('later operations see earlier ones, reads at a named revision do not', () => {
    const { responses } = run(
      [],
      [
        opPut('x', '1'),
        opRange({ key: 'a', rangeEnd: 'z' }),
        opRange({ key: 'a', rangeEnd: 'z', revision: 4 }),
        opDelete('a', 'z', true),
      ],
    );
    const kinds = responses.map((response) => response.kind);
    expect(kinds).toEqual(['put', 'range', 'range', 'delete']);
    expect(responses[1]?.kind === 'range' && keysOf(responses[1].result)).toEqual(['a', 'b', 'x']);
    expect(responses[2]?.kind === 'range' && keysOf(responses[2].result)).toEqual(['a', 'b']);
    expect(responses[3]?.kind === 'delete' && responses[3].result.prevKvs.map((kv) => text(kv.key))).toEqual(['a', 'b', 'x']);
  });

  test('a nested transaction decides on the state before the outer one and writes in the same revision', () => {
    const nested = opOf({
      requestTxn: { compare: [compareOf('x', { target: CREATE, result: EQUAL })], success: [opPut('y', 'before')], failure: [] },
    });
    const result = run([], [opPut('x', '1'), nested, opRange({ key: 'y' })]);
    expect(result.responses[1]).toMatchObject({ kind: 'txn', result: { succeeded: true, responses: [{ kind: 'put' }] } });
    expect(result.responses[2]).toMatchObject({ kind: 'range', result: { count: 1 } });
    expect(space.revision).toBe(5);
  });

  test('whatever is refused is refused before anything is written, in nested transactions too', () => {
    granted(space.compact(3));
    const refused = (op: RequestOp): string | undefined => {
      const nested = opOf({ requestTxn: { compare: [], success: [op], failure: [] } });
      const outcomes = [op, nested].map((last) => space.txn({ compare: [], success: [opPut('x', '1'), last], failure: [] }));
      expect(errorOf(outcomes[0]!)).toBe(errorOf(outcomes[1]!));
      return errorOf(outcomes[0]!);
    };
    expect(refused(opPut('y', '1', { lease: 8n }))).toBe('lease-not-found');
    expect(refused(opPut('y', '', { ignoreValue: true }))).toBe('key-not-found');
    expect(refused(opPut('y', '', { ignoreLease: true }))).toBe('key-not-found');
    expect(refused(opRange({ key: 'a', revision: 2 }))).toBe('compacted');
    expect(refused(opRange({ key: 'a', revision: 5 }))).toBe('future-revision');
    expect(space.revision).toBe(4);
    expect(get(space, 'x')).toBeUndefined();
  });

  test('what the branch not taken holds is not checked', () => {
    const outcome = space.txn({ compare: [], success: [opPut('x', '1')], failure: [opPut('y', '1', { lease: 8n })] });
    expect(errorOf(outcome)).toBeUndefined();
  });
});
