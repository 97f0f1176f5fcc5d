// Generated from ../../proto by scripts/generate.mjs: change those, not this.
import { EMPTY_BYTES } from '@reknit/base';
import { WireReader } from '../wire-reader.js';
import { sharedWriter, type WireWriter } from '../wire-writer.js';

export const EventType = {
  PUT: 0,
  DELETE: 1,
} as const;

export interface KeyValue {
  readonly key: Uint8Array;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly version: number;
  readonly value: Uint8Array;
  readonly lease: bigint;
}

export function createKeyValue(partial: Partial<KeyValue> = {}): KeyValue {
  return {
    key: partial.key ?? EMPTY_BYTES,
    createRevision: partial.createRevision ?? 0,
    modRevision: partial.modRevision ?? 0,
    version: partial.version ?? 0,
    value: partial.value ?? EMPTY_BYTES,
    lease: partial.lease ?? 0n,
  };
}

export const decodeKeyValue = (bytes: Uint8Array): KeyValue => readKeyValue(new WireReader(bytes));

export function encodeKeyValue(message: KeyValue): Uint8Array {
  writeKeyValue(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readKeyValue(reader: WireReader): KeyValue {
  let key: Uint8Array = EMPTY_BYTES;
  let createRevision = 0;
  let modRevision = 0;
  let version = 0;
  let value: Uint8Array = EMPTY_BYTES;
  let lease = 0n;
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 10:
        key = reader.bytes();
        break;
      case 16:
        createRevision = reader.i64Number();
        break;
      case 24:
        modRevision = reader.i64Number();
        break;
      case 32:
        version = reader.i64Number();
        break;
      case 42:
        value = reader.bytes();
        break;
      case 48:
        lease = reader.i64();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { key, createRevision, modRevision, version, value, lease };
}

export function writeKeyValue(writer: WireWriter, message: KeyValue): void {
  if (message.lease !== 0n) writer.bigint(48, message.lease);
  if (message.value.length !== 0) writer.bytes(42, message.value);
  if (message.version !== 0) writer.number(32, message.version);
  if (message.modRevision !== 0) writer.number(24, message.modRevision);
  if (message.createRevision !== 0) writer.number(16, message.createRevision);
  if (message.key.length !== 0) writer.bytes(10, message.key);
}

export interface Event {
  readonly type: number;
  readonly kv: KeyValue | undefined;
  readonly prevKv: KeyValue | undefined;
}

export function createEvent(partial: Partial<Event> = {}): Event {
  return {
    type: partial.type ?? 0,
    kv: partial.kv,
    prevKv: partial.prevKv,
  };
}

export const decodeEvent = (bytes: Uint8Array): Event => readEvent(new WireReader(bytes));

export function encodeEvent(message: Event): Uint8Array {
  writeEvent(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readEvent(reader: WireReader): Event {
  let type = 0;
  let kv: KeyValue | undefined;
  let prevKv: KeyValue | undefined;
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 8:
        type = reader.i32();
        break;
      case 18: {
        const outer = reader.enter();
        kv = readKeyValue(reader);
        reader.leave(outer);
        break;
      }
      case 26: {
        const outer = reader.enter();
        prevKv = readKeyValue(reader);
        reader.leave(outer);
        break;
      }
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { type, kv, prevKv };
}

export function writeEvent(writer: WireWriter, message: Event): void {
  if (message.prevKv !== undefined) {
    const mark = writer.length;
    writeKeyValue(writer, message.prevKv);
    writer.message(26, mark);
  }
  if (message.kv !== undefined) {
    const mark = writer.length;
    writeKeyValue(writer, message.kv);
    writer.message(18, mark);
  }
  if (message.type !== 0) writer.number(8, message.type);
}
