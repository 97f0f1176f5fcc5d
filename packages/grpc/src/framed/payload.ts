// The parts of a frame's payload.
import { ErrorCode, Flag, Http2Error } from './protocol.js';

export const readU32 = (bytes: Uint8Array, at: number): number =>
  bytes[at]! * 0x100_0000 + ((bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!);

export function withoutPadding(flags: number, payload: Uint8Array): Uint8Array {
  if ((flags & Flag.padded) === 0) return payload;
  const padding = payload[0] ?? 0;
  if (padding + 1 > payload.length) throw new Http2Error(ErrorCode.protocolError, 'padding exceeds its frame');
  return payload.subarray(1, payload.length - padding);
}

export function withoutPriority(flags: number, payload: Uint8Array): Uint8Array {
  if ((flags & Flag.priority) === 0) return payload;
  if (payload.length < 5) throw new Http2Error(ErrorCode.frameSizeError, 'a priority is cut short');
  return payload.subarray(5);
}
