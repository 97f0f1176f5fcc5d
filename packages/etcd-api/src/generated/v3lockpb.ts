// Generated from ../../proto by scripts/generate.mjs: change those, not this.
import { EMPTY_BYTES } from '@reknit/base';
import { WireReader } from '../wire-reader.js';
import { sharedWriter, type WireWriter } from '../wire-writer.js';
import { type ResponseHeader, readResponseHeader, writeResponseHeader } from './header.js';

export interface LockRequest {
  readonly name: Uint8Array;
  readonly lease: bigint;
}

export function createLockRequest(partial: Partial<LockRequest> = {}): LockRequest {
  return {
    name: partial.name ?? EMPTY_BYTES,
    lease: partial.lease ?? 0n,
  };
}

export const decodeLockRequest = (bytes: Uint8Array): LockRequest => readLockRequest(new WireReader(bytes));

export function encodeLockRequest(message: LockRequest): Uint8Array {
  writeLockRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readLockRequest(reader: WireReader): LockRequest {
  let name: Uint8Array = EMPTY_BYTES;
  let lease = 0n;
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 10:
        name = reader.bytes();
        break;
      case 16:
        lease = reader.i64();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { name, lease };
}

export function writeLockRequest(writer: WireWriter, message: LockRequest): void {
  if (message.lease !== 0n) writer.bigint(16, message.lease);
  if (message.name.length !== 0) writer.bytes(10, message.name);
}

export interface LockResponse {
  readonly header: ResponseHeader | undefined;
  readonly key: Uint8Array;
}

export function createLockResponse(partial: Partial<LockResponse> = {}): LockResponse {
  return {
    header: partial.header,
    key: partial.key ?? EMPTY_BYTES,
  };
}

export const decodeLockResponse = (bytes: Uint8Array): LockResponse => readLockResponse(new WireReader(bytes));

export function encodeLockResponse(message: LockResponse): Uint8Array {
  writeLockResponse(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readLockResponse(reader: WireReader): LockResponse {
  let header: ResponseHeader | undefined;
  let key: Uint8Array = EMPTY_BYTES;
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 10: {
        const outer = reader.enter();
        header = readResponseHeader(reader);
        reader.leave(outer);
        break;
      }
      case 18:
        key = reader.bytes();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { header, key };
}

export function writeLockResponse(writer: WireWriter, message: LockResponse): void {
  if (message.key.length !== 0) writer.bytes(18, message.key);
  if (message.header !== undefined) {
    const mark = writer.length;
    writeResponseHeader(writer, message.header);
    writer.message(10, mark);
  }
}

export interface UnlockRequest {
  readonly key: Uint8Array;
}

export function createUnlockRequest(partial: Partial<UnlockRequest> = {}): UnlockRequest {
  return {
    key: partial.key ?? EMPTY_BYTES,
  };
}

export const decodeUnlockRequest = (bytes: Uint8Array): UnlockRequest => readUnlockRequest(new WireReader(bytes));

export function encodeUnlockRequest(message: UnlockRequest): Uint8Array {
  writeUnlockRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readUnlockRequest(reader: WireReader): UnlockRequest {
  let key: Uint8Array = EMPTY_BYTES;
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 10:
        key = reader.bytes();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { key };
}

export function writeUnlockRequest(writer: WireWriter, message: UnlockRequest): void {
  if (message.key.length !== 0) writer.bytes(10, message.key);
}

export interface UnlockResponse {
  readonly header: ResponseHeader | undefined;
}

export function createUnlockResponse(partial: Partial<UnlockResponse> = {}): UnlockResponse {
  return {
    header: partial.header,
  };
}

export const decodeUnlockResponse = (bytes: Uint8Array): UnlockResponse => readUnlockResponse(new WireReader(bytes));

export function encodeUnlockResponse(message: UnlockResponse): Uint8Array {
  writeUnlockResponse(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readUnlockResponse(reader: WireReader): UnlockResponse {
  let header: ResponseHeader | undefined;
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 10: {
        const outer = reader.enter();
        header = readResponseHeader(reader);
        reader.leave(outer);
        break;
      }
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { header };
}

export function writeUnlockResponse(writer: WireWriter, message: UnlockResponse): void {
  if (message.header !== undefined) {
    const mark = writer.length;
    writeResponseHeader(writer, message.header);
    writer.message(10, mark);
  }
}
