import { ByteReader, ByteWriter, MalformedBytesError } from '@reknit/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ControlMessage,
  decodeControl,
  decodeStage,
  type Epoch,
  encodeControl,
  encodeStage,
  type NodeId,
  type Stage,
} from '../../src/index.js';
import { afterIndex, describeCodec, indexes, kind, rounds } from '../support/codec.js';

const epochs = fc.nat(2 ** 40) as fc.Arbitrary<number> as fc.Arbitrary<Epoch>;
const ids = fc.array(fc.constantFrom(...(['n1', 'n2', 'n3', '0123456789abcdef'] as NodeId[])), { maxLength: 7 });

const stageOf = (epoch: fc.Arbitrary<Epoch>): fc.Arbitrary<Stage> =>
  fc.record({
    epoch,
    protocol: fc.constantFrom('raft', 'paxos', 'zab'),
    voters: ids.filter(({ length }) => length > 0),
    learners: ids,
    plan: fc.string(),
    preferred: fc.option(fc.constant('n1' as NodeId), { nil: undefined }),
  });

const ends = fc
  .record({ epoch: epochs, index: indexes, next: stageOf(epochs) })
  .map(({ epoch, index, next }) => ({ epoch, index, next: { ...next, epoch: (epoch + 1) as Epoch } }));

const message: fc.Arbitrary<ControlMessage> = fc.oneof(
  fc.record({ kind: kind('stopped'), end: ends }),
  fc.record({ kind: kind('fetch'), epoch: epochs, from: indexes }),
  fc.record({ kind: kind('decided'), end: ends, entries: afterIndex.map(({ entries }) => entries) }),
  fc.record({ kind: kind('offer'), epoch: epochs, index: indexes, indexRound: rounds }),
  fc.record({ kind: kind('started'), epoch: epochs, decided: fc.boolean() }),
  fc.record({ kind: kind('prepare'), stage: stageOf(epochs) }),
  fc.record({ kind: kind('prepared'), plan: fc.string(), stored: indexes, refusal: fc.string() }),
  fc.record({ kind: kind('mend'), epoch: epochs, from: indexes }),
  fc.record({ kind: kind('mended'), epoch: epochs, entries: afterIndex.map(({ entries }) => entries) }),
);

describeCodec({ encode: encodeControl, decode: decodeControl }, message);

describe('a stage as bytes', () => {
  it('comes back as it went', () => {
    fc.assert(
      fc.property(stageOf(epochs), (stage) => {
        expect(decodeStage(encodeStage(stage))).toEqual(stage);
      }),
    );
  });

  it('of no voters is malformed', () => {
    const stage: Stage = { epoch: 2 as Epoch, protocol: 'raft', voters: [], learners: [], plan: '', preferred: undefined };
    expect(() => decodeStage(encodeStage(stage))).toThrow(MalformedBytesError);
  });
});

describe('decided entries', () => {
  it('that changed on their way are recognised', () => {
    const some = fc.record({ kind: kind('decided'), end: ends, entries: afterIndex.map(({ entries }) => entries) });
    fc.assert(
      fc.property(
        some.filter(({ entries }) => entries.some(({ payload }) => payload.length > 0)),
        (sent) => {
          const writer = new ByteWriter();
          encodeControl(sent, writer);
          const bytes = writer.copy();
          const last = sent.entries.findLast(({ payload }) => payload.length > 0)!;
          const at = lastIndexOf(bytes, last.payload);
          bytes[at] = (bytes[at]! + 1) % 256;
          expect(() => decodeControl(new ByteReader(bytes))).toThrow(MalformedBytesError);
        },
      ),
    );
  });
});

function lastIndexOf(bytes: Uint8Array, part: Uint8Array): number {
  for (let at = bytes.length - part.length; at >= 0; at--)
    if (part.every((byte, offset) => bytes[at + offset] === byte)) return at;
  throw new Error('not there');
}
