import { ByteReader, ByteWriter, MalformedBytesError } from '@reknit/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Entry, Index, Round } from '../../src/index.js';
import { type RaftMessage, raft } from '../../src/index.js';

const number = fc.maxSafeNat();
const index = number as fc.Arbitrary<Index>;
const round = number as fc.Arbitrary<Round>;
const granted = fc.boolean();

const append = fc
  .record({
    prevIndex: fc.nat(2 ** 40) as fc.Arbitrary<number>,
    parts: fc.array(
      fc.record({ round, kind: fc.constantFrom('normal', 'noop', 'stop-sign'), payload: fc.uint8Array({ maxLength: 40 }) }),
    ),
    rest: fc.record({ round, prevRound: round, commit: index, sequence: number }),
  })
  .map(({ prevIndex, parts, rest }): RaftMessage => {
    const entries = parts.map((part, at) => ({ index: prevIndex + 1 + at, ...part }) as Entry);
    return { kind: 'append', prevIndex: prevIndex as Index, entries, ...rest };
  });

const kind = <Kind extends string>(name: Kind): fc.Arbitrary<Kind> => fc.constant(name);

const message: fc.Arbitrary<RaftMessage> = fc.oneof(
  append,
  fc.record({ kind: kind('appended'), round, match: index, sequence: number }),
  fc.record({ kind: kind('rejected'), round, prevIndex: index, hintIndex: index, hintRound: round, sequence: number }),
  fc.record({ kind: kind('outdated'), round }),
  fc.record({ kind: kind('pre-vote'), round, lastIndex: index, lastRound: round, attempt: number }),
  fc.record({ kind: kind('pre-vote-answer'), round, granted, attempt: number }),
  fc.record({ kind: kind('vote'), round, lastIndex: index, lastRound: round, cause: fc.constantFrom('time-out', 'transfer') }),
  fc.record({ kind: kind('vote-answer'), round, granted, lastIndex: index, lastRound: round }),
  fc.record({ kind: kind('offer-snapshot'), round, index, indexRound: round }),
  fc.record({ kind: kind('timeout-now'), round }),
  fc.record({ kind: kind('read'), round, id: number }),
  fc.record({ kind: kind('read-answer'), round, id: number, index: fc.option(index, { nil: undefined }) }),
);

function encoded(value: RaftMessage): Uint8Array {
  const writer = new ByteWriter();
  raft.encode(value, writer);
  return writer.copy();
}

describe('messages as bytes', () => {
  it('every message comes back as it went', () => {
    fc.assert(
      fc.property(message, (sent) => {
        const reader = new ByteReader(encoded(sent));
        expect(raft.decode(reader)).toEqual(sent);
        expect(reader.remaining).toBe(0);
      }),
      { numRuns: 500 },
    );
  });

  it('payloads are views of what arrived, not copies', () => {
    const entry = { index: 1 as Index, round: 1 as Round, kind: 'normal', payload: new Uint8Array([7, 8]) } as const;
    const sent = {
      kind: 'append',
      round: 1 as Round,
      prevIndex: 0 as Index,
      prevRound: 0 as Round,
      commit: 0 as Index,
      sequence: 1,
      entries: [entry],
    } as const;
    const bytes = encoded(sent);
    const received = raft.decode(new ByteReader(bytes));
    if (received.kind !== 'append') throw new Error('an append was sent');
    expect(received.entries[0]!.payload.buffer).toBe(bytes.buffer);
  });

  it('a message cut short is malformed, whatever is missing', () => {
    fc.assert(
      fc.property(message, fc.nat(), (sent, cut) => {
        const bytes = encoded(sent);
        expect(() => raft.decode(new ByteReader(bytes.subarray(0, cut % bytes.length)))).toThrow(MalformedBytesError);
      }),
    );
  });

  it('foreign bytes are malformed or some message, and nothing else happens', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        try {
          raft.decode(new ByteReader(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedBytesError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
