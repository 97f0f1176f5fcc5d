// What a log entry's payload is: a request's bytes as they came, behind a small header that fixes what must be the same on
// every replica and tells who asked. The origin answers its own client when it applies the entry.
//
//   u8 version | u8 operation | u32 origin | u64 sequence | request bytes
import { EMPTY_BYTES, MalformedBytesError } from '@reknit/base';

const ENVELOPE_VERSION = 1;
export const HEADER_BYTES = 14;
const TWO_32 = 0x1_0000_0000;

/** Numbers are part of the log's format: never change or reuse one. */
export const Operation = {
  put: 1,
  deleteRange: 2,
  txn: 3,
  compact: 4,
  leaseGrant: 5,
  leaseRevoke: 6,
  /** By the leader, whose claim it carries. */
  leaseExpiry: 7,
  /** Of the cluster, in `_system` only; no client can send one. */
  configure: 8,
  /** Raises or disarms an alarm of the keyspace. */
  alarm: 9,
} as const;
export type Operation = (typeof Operation)[keyof typeof Operation];

/** Reads a payload where it lies; one serves entry after entry, so that opening one costs nothing. */
export class Envelope {
  #payload: Uint8Array = EMPTY_BYTES;

  /** Throws MalformedBytesError for bytes that no version of ours wrote. */
  open(payload: Uint8Array): this {
    checkEnvelope(payload);
    this.#payload = payload;
    return this;
  }

  get operation(): Operation {
    // The check has passed only known ones.
    return this.#payload[1] as Operation;
  }

  /** Random per process start of the member that the client spoke to: answers of an earlier life match nothing. */
  get origin(): number {
    return getU32(this.#payload, 2);
  }

  get sequence(): number {
    return sequenceOf(this.#payload);
  }

  /** With the header, whose end is where the request begins. */
  get payload(): Uint8Array {
    return this.#payload;
  }

  /** A view. */
  get request(): Uint8Array {
    return this.#payload.subarray(HEADER_BYTES);
  }
}

/**
 * Small envelopes share slabs: an array buffer of its own costs ten times as much as its content. Neighbours are of one time,
 * so they are let go together too.
 */
const SLAB_BYTES = 64 * 1024;
const SHARED_BYTES_MAX = 8 * 1024;

export class EnvelopeSealer {
  readonly #origin: number;
  #slab: ArrayBuffer = new ArrayBuffer(SLAB_BYTES);
  #used = 0;

  constructor(origin: number) {
    this.#origin = origin;
  }

  seal(operation: Operation, sequence: number, request: Uint8Array): Uint8Array {
    const bytes = this.#take(HEADER_BYTES + request.length);
    bytes[0] = ENVELOPE_VERSION;
    bytes[1] = operation;
    putU32(bytes, 2, this.#origin);
    putU32(bytes, 6, sequence % TWO_32);
    putU32(bytes, 10, Math.floor(sequence / TWO_32));
    bytes.set(request, HEADER_BYTES);
    return bytes;
  }

  #take(length: number): Uint8Array {
    if (length > SHARED_BYTES_MAX) return new Uint8Array(length);
    if (this.#used + length > SLAB_BYTES) {
      this.#slab = new ArrayBuffer(SLAB_BYTES);
      this.#used = 0;
    }
    const bytes = new Uint8Array(this.#slab, this.#used, length);
    this.#used += length;
    return bytes;
  }
}

/** Throws MalformedBytesError unless `Envelope.open` takes it. */
export function checkEnvelope(payload: Uint8Array): void {
  const version = payload[0];
  const operation = payload[1] ?? 0;
  const known = version === ENVELOPE_VERSION && operation >= Operation.put && operation <= Operation.alarm;
  // The sequence is a safe integer: its highest eleven bits are zero.
  if (known && payload.length >= HEADER_BYTES && payload[13] === 0 && payload[12]! < 0x20) return;
  throw new MalformedBytesError(`an entry of version ${version}, operation ${operation}, ${payload.length} bytes`);
}

/** @param payload checked */
export const sequenceOf = (payload: Uint8Array): number => getU32(payload, 6) + getU32(payload, 10) * TWO_32;

const getU32 = (bytes: Uint8Array, at: number): number =>
  (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;

function putU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}
