// The few frames of HTTP/2 (RFC 9113) that a client of unary calls needs, as bytes.

export const FRAME_HEADER_BYTES = 9;
/** Before a message of gRPC: one byte "not compressed", four of length. */
export const GRPC_PREFIX_BYTES = 5;

export const FrameType = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
} as const;

export const Flag = { endStream: 1, ack: 1, endHeaders: 4, padded: 8 } as const;
export const Setting = { headerTableSize: 1, enablePush: 2, maxConcurrentStreams: 3, initialWindowSize: 4 } as const;

export const DEFAULT_WINDOW_BYTES = 65_535;
export const DEFAULT_HEADER_TABLE_BYTES = 4096;
/** So large that only the connection's window ever needs an update, and that rarely: a reply may hold a million keys. */
const STREAM_WINDOW_BYTES = 0x7fff_ffff;
export const CONNECTION_WINDOW_BYTES: number = 1024 * 1024 * 1024;

const MAGIC = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

export function writeFrameHeader(
  target: Uint8Array,
  at: number,
  frame: { length: number; type: number; flags: number; stream: number },
): void {
  target[at] = frame.length >>> 16;
  target[at + 1] = frame.length >>> 8;
  target[at + 2] = frame.length;
  target[at + 3] = frame.type;
  target[at + 4] = frame.flags;
  writeU32(target, at + 5, frame.stream);
}

export function writeU32(target: Uint8Array, at: number, value: number): void {
  target[at] = value >>> 24;
  target[at + 1] = value >>> 16;
  target[at + 2] = value >>> 8;
  target[at + 3] = value;
}

export function readU32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

export function frame(type: number, flags: number, stream: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(FRAME_HEADER_BYTES + payload.length);
  writeFrameHeader(bytes, 0, { length: payload.length, type, flags, stream });
  bytes.set(payload, FRAME_HEADER_BYTES);
  return bytes;
}

export function windowUpdate(stream: number, bytes: number): Uint8Array {
  const payload = new Uint8Array(4);
  writeU32(payload, 0, bytes);
  return frame(FrameType.windowUpdate, 0, stream, payload);
}

/** All that a client says before its first request. */
export function preface(): Uint8Array {
  const settings = new Uint8Array(12);
  settings[1] = Setting.enablePush;
  settings[7] = Setting.initialWindowSize;
  writeU32(settings, 8, STREAM_WINDOW_BYTES);
  return Buffer.concat([
    Buffer.from(MAGIC, 'latin1'),
    frame(FrameType.settings, 0, 0, settings),
    windowUpdate(0, CONNECTION_WINDOW_BYTES - DEFAULT_WINDOW_BYTES),
  ]);
}
