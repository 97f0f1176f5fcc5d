import { MalformedBytesError } from '@reknit/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkEnvelope, Envelope, EnvelopeSealer, type Operation } from '../src/group/envelope.js';

const writes = fc.array(
  fc.record({
    operation: fc.constantFrom<Operation>(1, 2, 3, 4),
    sequence: fc.maxSafeNat(),
    request: fc.oneof(
      { weight: 9, arbitrary: fc.uint8Array({ maxLength: 2000 }) },
      { weight: 1, arbitrary: fc.uint8Array({ minLength: 9000, maxLength: 9001 }) },
    ),
  }),
  { minLength: 1, maxLength: 100 },
);

describe('envelopes', () => {
  it('give back what was sealed in them, however many were sealed since', () => {
    fc.assert(
      fc.property(writes, fc.nat(0xffff_ffff), (all, origin) => {
        const sealer = new EnvelopeSealer(origin);
        const sealed = all.map(({ operation, sequence, request }) => sealer.seal(operation, sequence, request));
        for (const [at, write] of all.entries()) {
          const { operation, sequence, request, origin: from } = new Envelope().open(sealed[at]!);
          expect({ operation, sequence, request, origin: from }).toEqual({ ...write, origin });
        }
      }),
      { numRuns: 50 },
    );
  });

  it('open exactly if they pass the check, and nothing but MalformedBytesError comes of any bytes', () => {
    const known = fc.uint8Array({ minLength: 12, maxLength: 20 }).map((bytes) => new Uint8Array([1, bytes[0]! % 6, ...bytes]));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 20 }), known), (bytes) => {
        const outcomes = [checkEnvelope, (payload: Uint8Array) => new Envelope().open(payload)].map((read) => {
          try {
            read(bytes);
            return 'passes';
          } catch (error) {
            expect(error).toBeInstanceOf(MalformedBytesError);
            return 'malformed';
          }
        });
        expect(outcomes[0]).toBe(outcomes[1]);
      }),
    );
  });
});
