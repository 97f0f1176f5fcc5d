// What travels between members after the handshake: one frame a turn with everything for that peer, as typed parts.
import { ByteReader, type ByteWriter, MalformedBytesError } from '@reknit/base';
import type { GroupId } from '@reknit/wal';

/** Raised when a peer of an older version could misread a frame. Both ends of a session must agree on one. */
export const PEER_PROTOCOL_VERSION = 2;

export const PartKind = {
  /** A message of a group's protocol. */
  message: 1,
  genesis: 2,
  /** Proposals for the leader of a group. */
  forward: 3,
  /** Proposals that were certainly not proposed. */
  refused: 4,
  snapshotRequest: 5,
  snapshotPiece: 6,
  snapshotAck: 7,
  /** Of the member, not of a group: it is alive, and this well. */
  pulse: 8,
  /** About leases, for the leader of a group. */
  leaseQuestions: 9,
  leaseAnswers: 10,
  /** Of a group's change from one stage to the next. */
  control: 11,
  /** Of a member that does not vote: how far it is. */
  progress: 12,
  /** At the beginning of a session: what the logs of its sender hold. */
  positions: 13,
  /** The receiver has lost what it had acknowledged, and must end. */
  distrusted: 14,
} as const;

/** Whose history a part belongs to; a part of another branch or configuration is not looked at. */
export interface PartAddress {
  readonly group: GroupId;
  readonly branch: string;
  readonly epoch: number;
}

export function writeAddress(writer: ByteWriter, address: PartAddress): void {
  writer
    .u32(address.group)
    .u32(Number.parseInt(address.branch.slice(8), 16))
    .u32(Number.parseInt(address.branch.slice(0, 8), 16))
    .u32(address.epoch);
}

export function readAddress(reader: ByteReader): PartAddress {
  const group = reader.u32() as GroupId;
  const low = reader.u32();
  const high = reader.u32();
  return { group, branch: branchOf(high, low), epoch: reader.u32() };
}

/** Nearly all parts are of one branch: its digits are made once. */
const latest = { high: 0, low: 0, branch: '0'.repeat(16) };

function branchOf(high: number, low: number): string {
  if (latest.high === high && latest.low === low) return latest.branch;
  const branch = high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');
  Object.assign(latest, { high, low, branch });
  return branch;
}

/** Calls back with each part of the rest of a frame: its kind and a reader over exactly its bytes. */
export function readParts(frame: Uint8Array, from: number, onPart: (kind: number, reader: ByteReader) => void): void {
  for (let at = from; at < frame.length; ) {
    const head = new ByteReader(frame, at);
    const kind = head.u8();
    const length = head.u32();
    if (length > head.remaining)
      throw new MalformedBytesError(`a part of ${length} bytes in a frame with ${head.remaining} left`);
    at = head.position + length;
    onPart(kind, new ByteReader(frame, head.position, at));
  }
}

/** Begins a part; the result is what `endPart` needs to fill in its length. */
export function beginPart(writer: ByteWriter, kind: number): number {
  writer.u8(kind);
  const lengthAt = writer.length;
  writer.u32(0);
  return lengthAt;
}

export function endPart(writer: ByteWriter, lengthAt: number): void {
  writer.patchU32(lengthAt, writer.length - lengthAt - 4);
}
