// The short cut for plain puts must agree with the decoder about everything that it takes.
import { createPutRequest, decodePutRequest, encodePutRequest } from '@reknit/etcd-api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkPut } from '../src/api/validate.js';
import { isPlainPut, PlainPut } from '../src/group/plain-put.js';

const requests = fc.record({
  key: fc.uint8Array({ maxLength: 300 }),
  value: fc.uint8Array({ maxLength: 300 }),
  lease: fc.constantFrom(0n, 0n, 7n),
  prevKv: fc.boolean(),
  ignoreValue: fc.boolean(),
  ignoreLease: fc.boolean(),
});

describe('plain puts', () => {
  it('are read as the decoder reads them, and are never refused by the check', () => {
    const bytes = fc.oneof(
      requests.map((request) => encodePutRequest(createPutRequest(request))),
      fc
        .tuple(fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.uint8Array({ maxLength: 20_000 }))
        .map(([key, value]) => encodePutRequest(createPutRequest({ key, value }))),
      fc.uint8Array({ maxLength: 12 }).map((rest) => Uint8Array.of(10, ...rest)),
    );
    const plain = new PlainPut();
    fc.assert(
      fc.property(bytes, (request) => {
        const taken = plain.read(Uint8Array.of(10, 1, 7, ...request), 3);
        expect(isPlainPut(request)).toBe(taken);
        if (!taken) return;
        const decoded = decodePutRequest(request);
        expect({ ...plain }).toEqual(decoded);
        expect(checkPut(decoded)).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['a key and a value', { key: Uint8Array.of(1), value: Uint8Array.of(2) }, true],
    ['a key alone', { key: Uint8Array.of(1) }, true],
    ['a value above 64 KiB', { key: Uint8Array.of(1), value: new Uint8Array(100_000) }, true],
    ['no key', { value: Uint8Array.of(2) }, false],
    ['a lease', { key: Uint8Array.of(1), value: Uint8Array.of(2), lease: 3n }, false],
    ['a wish for the previous value', { key: Uint8Array.of(1), value: Uint8Array.of(2), prevKv: true }, false],
  ])('%s: %s → %s', (_name, request, expected) => {
    expect(isPlainPut(encodePutRequest(createPutRequest(request)))).toBe(expected);
  });

  it('are not what ends within a field or goes on behind it', () => {
    const whole = encodePutRequest(createPutRequest({ key: Uint8Array.of(1, 2), value: Uint8Array.of(3, 4, 5) }));
    for (let length = 0; length < whole.length; length++) expect(isPlainPut(whole.subarray(0, length))).toBe(length === 4);
    expect(isPlainPut(Uint8Array.of(...whole, 0))).toBe(false);
  });
});
