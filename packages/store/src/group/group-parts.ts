// What a group says to its peers, as parts of the frames that leave at the end of a turn, and how it reads what they say.
import { type ByteReader, type ByteWriter, MalformedBytesError } from '@reknit/base';
import type { Epoch, NodeId, Outbound, Protocol } from '@reknit/consensus';
import type { LogIdentity } from '@reknit/wal';
import { beginPart, endPart, PartKind, writeAddress } from '../peers/frames.js';
import { checkEnvelope } from './envelope.js';
import type { GroupLeases } from './leases/leases.js';
import type { Writes } from './writes.js';

export class GroupParts {
  readonly #identity: () => LogIdentity;
  readonly #writer: (peer: NodeId) => ByteWriter | undefined;

  /** @param identity of the present stage @param writer where to put parts for a peer; undefined when they would be lost */
  constructor(identity: () => LogIdentity, writer: (peer: NodeId) => ByteWriter | undefined) {
    this.#identity = identity;
    this.#writer = writer;
  }

  /** @param epoch in which they are said @param protocol undefined: nobody speaks in it any more, and nothing is sent */
  messages<Message>(outbound: readonly Outbound<Message>[], epoch: Epoch, protocol: Protocol<Message> | undefined): void {
    if (protocol === undefined) return;
    for (const { to, message } of outbound) this.send(to, PartKind.message, (writer) => protocol.encode(message, writer), epoch);
  }

  forward(to: NodeId, payloads: readonly Uint8Array[]): boolean {
    return this.send(to, PartKind.forward, (writer) => {
      writer.u32(payloads.length);
      for (const payload of payloads) writer.bytes(payload);
    });
  }

  refuse(to: NodeId, sequences: readonly number[]): void {
    this.send(to, PartKind.refused, (writer) => {
      writer.u32(sequences.length);
      for (const sequence of sequences) writer.u64(sequence);
    });
  }

  /** False when it would be lost: nothing was sent. */
  send(to: NodeId, kind: number, write: (writer: ByteWriter) => void, epoch?: Epoch): boolean {
    const writer = this.#writer(to);
    if (writer === undefined) return false;
    const lengthAt = beginPart(writer, kind);
    const identity = this.#identity();
    writeAddress(writer, epoch === undefined ? identity : { ...identity, epoch });
    write(writer);
    endPart(writer, lengthAt);
    return true;
  }
}

interface Request {
  readonly from: NodeId;
  readonly kind: number;
  readonly reader: ByteReader;
}

/** What a peer asks of this member, or answers to it, in the stage of both. */
export function takeRequest(writes: Writes, leases: GroupLeases, { from, kind, reader }: Request): void {
  switch (kind) {
    case PartKind.forward:
      return writes.addForeign(from, readPayloads(reader));
    case PartKind.refused:
      return writes.onRefused(from, readSequences(reader));
    case PartKind.leaseQuestions:
      return leases.onAsked(from, reader);
    case PartKind.leaseAnswers:
      return leases.onAnswers(from, reader);
    default:
      throw new MalformedBytesError(`a part of unknown kind ${kind}`);
  }
}

/** Views of the frame, which is the receiver's. Judged here, so that a peer of another version loses its session, nothing more. */
function readPayloads(reader: ByteReader): readonly Uint8Array[] {
  return Array.from({ length: reader.u32() }, () => {
    const payload = reader.bytesView();
    checkEnvelope(payload);
    return payload;
  });
}

function readSequences(reader: ByteReader): readonly number[] {
  return Array.from({ length: reader.u32() }, () => reader.u64());
}
