// What must hold of any protocol's messages as bytes.
import { ByteReader, ByteWriter, MalformedBytesError } from '@reknit/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Entry, Index, Protocol, Round } from '../../src/index.js';

const number = fc.maxSafeNat();
export const indexes = number as fc.Arbitrary<Index>;
export const rounds = number as fc.Arbitrary<Round>;
export const numbers: fc.Arbitrary<number> = number;

export const kind = <Kind extends string>(name: Kind): fc.Arbitrary<Kind> => fc.constant(name);

/** A place in a log and what follows it. */
export interface LogPart {
  readonly prevIndex: Index;
  readonly entries: readonly Entry[];
}

export const afterIndex: fc.Arbitrary<LogPart> = fc
  .record({
    prevIndex: fc.nat(2 ** 40) as fc.Arbitrary<number> as fc.Arbitrary<Index>,
    parts: fc.array(
      fc.record({
        round: rounds,
        kind: fc.constantFrom('normal', 'noop', 'stop-sign'),
        payload: fc.uint8Array({ maxLength: 40 }),
      }),
    ),
  })
  .map(({ prevIndex, parts }) => ({
    prevIndex,
    entries: parts.map((part, at) => ({ index: prevIndex + 1 + at, ...part }) as Entry),
  }));

/** @param message every kind of message that the protocol has */
export function describeCodec<Message>(
  protocol: Pick<Protocol<Message>, 'encode' | 'decode'>,
  message: fc.Arbitrary<Message>,
): void {
  function encoded(value: Message): Uint8Array {
    const writer = new ByteWriter();
    protocol.encode(value, writer);
    return writer.copy();
  }

  describe('messages as bytes', () => {
    it('every message comes back as it went', () => {
      fc.assert(
        fc.property(message, (sent) => {
          const reader = new ByteReader(encoded(sent));
          expect(protocol.decode(reader)).toEqual(sent);
          expect(reader.remaining).toBe(0);
        }),
        { numRuns: 800 },
      );
    });

    it('payloads are views of what arrived, not copies', () => {
      fc.assert(
        fc.property(message, (sent) => {
          const bytes = encoded(sent);
          const { entries = [] } = protocol.decode(new ByteReader(bytes)) as { entries?: readonly Entry[] };
          for (const { payload } of entries) expect(payload.buffer).toBe(bytes.buffer);
        }),
      );
    });

    it('a message cut short is malformed, whatever is missing', () => {
      fc.assert(
        fc.property(message, fc.nat(), (sent, cut) => {
          const bytes = encoded(sent);
          expect(() => protocol.decode(new ByteReader(bytes.subarray(0, cut % bytes.length)))).toThrow(MalformedBytesError);
        }),
      );
    });

    it('foreign bytes are malformed or some message, and nothing else happens', () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
          try {
            protocol.decode(new ByteReader(bytes));
          } catch (error) {
            expect(error).toBeInstanceOf(MalformedBytesError);
          }
        }),
        { numRuns: 1000 },
      );
    });
  });
}
