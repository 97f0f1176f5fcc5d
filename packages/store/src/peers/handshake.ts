// How two members come to trust a session, before anything else travels on it:
//   dialer  → Hello     who I am, whom I want, which cluster, my nonce
//   acceptor → Challenge who I am, my nonce, proof that I know the secret (over both nonces)
//   dialer  → Proof      the same from the other side
//   acceptor → Welcome   or Refused with the reason, which the dialer reports
// Who joins a cluster does not know it yet: its Hello names no cluster, but its own name and peer URLs, and instead of Welcome
// it is told what it needs to be a member (Admitted). A member that is refused as unknown, by one that was away when it was let in,
// tells it who belongs to the cluster now (News).
// Proofs are HMAC-SHA256 over the whole exchange under the cluster secret, so neither side can be replayed or impersonated.

import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { ByteReader, ByteWriter, unreachable, utf8Encode } from '@reknit/base';
import { PEER_PROTOCOL_VERSION } from './frames.js';

const MAGIC = 0x52454b4e;
/** Instead of a cluster's id, which is a hash. */
export const NO_CLUSTER = 0n;
export const NONCE_BYTES = 16;

export interface Introduction {
  readonly clusterId: bigint;
  readonly from: string;
  readonly to: string;
  readonly incarnation: string;
  /** Random per process start. */
  readonly bootId: string;
  readonly nonce: Uint8Array;
}

export type RefusalReason =
  | 'version'
  | 'cluster'
  | 'not-me'
  | 'unknown-member'
  | 'secret'
  | 'incarnation'
  | 'removed'
  | 'not-ready';

export type HandshakeFrame =
  | { readonly kind: 'hello'; readonly version: number; readonly introduction: Introduction }
  | { readonly kind: 'challenge'; readonly introduction: Introduction; readonly proof: Uint8Array }
  | { readonly kind: 'proof'; readonly proof: Uint8Array }
  | { readonly kind: 'welcome' }
  | { readonly kind: 'refused'; readonly reason: RefusalReason; readonly detail: string }
  | { readonly kind: 'admitted'; readonly admission: Uint8Array }
  | ({ readonly kind: 'news' } & News);

/** Who belongs to the cluster, as far as its sender knows. */
export interface News {
  /** Of the cluster's history: another's says nothing. */
  readonly branch: string;
  readonly configuration: Uint8Array;
}

const KINDS = ['hello', 'challenge', 'proof', 'welcome', 'refused', 'admitted', 'news'] as const;

export function encodeHandshake(frame: HandshakeFrame): Uint8Array {
  const writer = new ByteWriter().u32(MAGIC).u8(KINDS.indexOf(frame.kind));
  switch (frame.kind) {
    case 'hello':
      writer.u16(frame.version);
      writeIntroduction(writer, frame.introduction);
      break;
    case 'challenge':
      writeIntroduction(writer, frame.introduction);
      writer.bytes(frame.proof);
      break;
    case 'proof':
      writer.bytes(frame.proof);
      break;
    case 'welcome':
      break;
    case 'refused':
      writer.string(frame.reason).string(frame.detail);
      break;
    case 'admitted':
      writer.bytes(frame.admission);
      break;
    case 'news':
      writer.string(frame.branch).bytes(frame.configuration);
      break;
  }
  return writer.copy();
}

/** Undefined when the bytes are no handshake of ours. Throws MalformedBytesError when they end too early. */
export function decodeHandshake(bytes: Uint8Array): HandshakeFrame | undefined {
  const reader = new ByteReader(bytes);
  if (reader.u32() !== MAGIC) return undefined;
  const kind = KINDS[reader.u8()];
  switch (kind) {
    case undefined:
      return undefined;
    case 'hello':
      return { kind, version: reader.u16(), introduction: readIntroduction(reader) };
    case 'challenge':
      return { kind, introduction: readIntroduction(reader), proof: reader.bytesView().slice() };
    case 'proof':
      return { kind, proof: reader.bytesView().slice() };
    case 'welcome':
      return { kind };
    case 'refused':
      return { kind, reason: reader.string() as RefusalReason, detail: reader.string() };
    case 'admitted':
      return { kind, admission: reader.bytesView().slice() };
    case 'news':
      return { kind, branch: reader.string(), configuration: reader.bytesView().slice() };
    default:
      return unreachable(kind);
  }
}

/** @param side keeps the two proofs of one exchange apart, so that one cannot be sent back as the other */
export function prove(secret: Uint8Array, side: 'dialer' | 'acceptor', hello: Introduction, challenge: Introduction): Uint8Array {
  const writer = new ByteWriter().string(side).u16(PEER_PROTOCOL_VERSION);
  writeIntroduction(writer, hello);
  writeIntroduction(writer, challenge);
  return hmac(sha256, secret, writer.view());
}

/** In a time that does not depend on where the two differ. */
export function proofHolds(proof: Uint8Array, expected: Uint8Array): boolean {
  if (proof.length !== expected.length) return false;
  let difference = 0;
  for (let at = 0; at < expected.length; at++) difference |= proof[at]! ^ expected[at]!;
  return difference === 0;
}

/** The agent's question to a living node: prove that you know the secret and are who the port says. */
export function identityProof(
  secret: Uint8Array,
  challenge: string,
  pid: number,
  startTime: number,
  incarnation: string,
  bootId: string,
): Uint8Array {
  return hmac(sha256, secret, utf8Encode(`${challenge}|${pid}|${startTime}|${incarnation}|${bootId}`));
}

function writeIntroduction(writer: ByteWriter, introduction: Introduction): void {
  writer.bigU64(introduction.clusterId).string(introduction.from).string(introduction.to);
  writer.string(introduction.incarnation).string(introduction.bootId).bytes(introduction.nonce);
}

function readIntroduction(reader: ByteReader): Introduction {
  return {
    clusterId: reader.bigU64(),
    from: reader.string(),
    to: reader.string(),
    incarnation: reader.string(),
    bootId: reader.string(),
    nonce: reader.bytesView().slice(),
  };
}
