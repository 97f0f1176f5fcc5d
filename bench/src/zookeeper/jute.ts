// ZooKeeper's encoding (jute) as far as the bench needs it: big-endian numbers, strings and buffers with their length before them.

export const OpCode = { create: 1, exists: 3, getData: 4, setData: 5, sync: 9 } as const;
export const ErrorCode = { none: 0, noNode: -101, nodeExists: -110 } as const;

/** Version and times of a node: fixed, the number of its changes of children stands at an offset. */
const STAT_CVERSION_AT = 36;
/** xid, zxid, error. */
export const REPLY_HEADER_BYTES = 16;
const LENGTH_BYTES = 4;
const NO_ANSWER_YET = 0n;

export function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function long(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}

export const buffer = (bytes: Uint8Array): Buffer => Buffer.concat([int(bytes.length), bytes]);

export const framed = (...parts: readonly Uint8Array[]): Buffer => buffer(Buffer.concat(parts));

/** Opens a session of its own; the password of a new one is sixteen zeros. */
export const connectRequest = (timeoutMs: number): Buffer =>
  framed(int(0), long(NO_ANSWER_YET), int(timeoutMs), long(0n), buffer(new Uint8Array(16)), Uint8Array.of(0));

const PERSISTENT = 0;
const ALL_PERMISSIONS = 31;
const ANYONE: Buffer = Buffer.concat([int(1), int(ALL_PERMISSIONS), buffer(Buffer.from('world')), buffer(Buffer.from('anyone'))]);
const NO_WATCH = Uint8Array.of(0);
const ANY_VERSION = -1;

/** Requests, without their length and xid. */
export const createRequest = (path: Uint8Array, data: Uint8Array): Buffer =>
  Buffer.concat([int(OpCode.create), buffer(path), buffer(data), ANYONE, int(PERSISTENT)]);
export const setDataRequest = (path: Uint8Array, data: Uint8Array): Buffer =>
  Buffer.concat([int(OpCode.setData), buffer(path), buffer(data), int(ANY_VERSION)]);
export const getDataRequest = (path: Uint8Array): Buffer => Buffer.concat([int(OpCode.getData), buffer(path), NO_WATCH]);
export const existsRequest = (path: Uint8Array): Buffer => Buffer.concat([int(OpCode.exists), buffer(path), NO_WATCH]);
export const syncRequest = (path: Uint8Array): Buffer => Buffer.concat([int(OpCode.sync), buffer(path)]);

export const childChangesIn = (stat: Uint8Array): number => readInt(stat, STAT_CVERSION_AT);

/** An empty buffer has the length -1. */
export function bufferAt(bytes: Uint8Array, at: number): Uint8Array {
  const length = Math.max(0, readInt(bytes, at));
  return bytes.subarray(at + LENGTH_BYTES, at + LENGTH_BYTES + length);
}

export const readInt = (bytes: Uint8Array, at: number): number =>
  (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;

/** Cuts a stream into its packets; the view may be reused afterwards. */
export class PacketReader {
  readonly #onPacket: (view: Uint8Array) => void;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(onPacket: (view: Uint8Array) => void) {
    this.#onPacket = onPacket;
  }

  feed(chunk: Uint8Array): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (bytes.length - at >= LENGTH_BYTES) {
      const end = at + LENGTH_BYTES + readInt(bytes, at);
      if (end > bytes.length) break;
      this.#onPacket(bytes.subarray(at + LENGTH_BYTES, end));
      at = end;
    }
    this.#rest = Uint8Array.from(bytes.subarray(at));
  }
}
