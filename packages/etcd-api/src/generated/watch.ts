// Generated from ../../proto by scripts/generate.mjs: change those, not this.
import { EMPTY_BYTES } from '@reknit/base';
import { WireReader } from '../wire-reader.js';
import { sharedWriter, type WireWriter } from '../wire-writer.js';
import { type ResponseHeader, readResponseHeader, writeResponseHeader } from './header.js';
import { type Event, readEvent, writeEvent } from './mvccpb.js';

export const FilterType = {
  NOPUT: 0,
  NODELETE: 1,
} as const;

export interface WatchRequest {
  readonly createRequest: WatchCreateRequest | undefined;
  readonly cancelRequest: WatchCancelRequest | undefined;
  readonly progressRequest: WatchProgressRequest | undefined;
}

export function createWatchRequest(partial: Partial<WatchRequest> = {}): WatchRequest {
  return {
    createRequest: partial.createRequest,
    cancelRequest: partial.cancelRequest,
    progressRequest: partial.progressRequest,
  };
}

export const decodeWatchRequest = (bytes: Uint8Array): WatchRequest => readWatchRequest(new WireReader(bytes));

export function encodeWatchRequest(message: WatchRequest): Uint8Array {
  writeWatchRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readWatchRequest(reader: WireReader): WatchRequest {
  let createRequest: WatchCreateRequest | undefined;
  let cancelRequest: WatchCancelRequest | undefined;
  let progressRequest: WatchProgressRequest | undefined;
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 10: {
        const outer = reader.enter();
        createRequest = readWatchCreateRequest(reader);
        reader.leave(outer);
        cancelRequest = undefined;
        progressRequest = undefined;
        break;
      }
      case 18: {
        const outer = reader.enter();
        cancelRequest = readWatchCancelRequest(reader);
        reader.leave(outer);
        createRequest = undefined;
        progressRequest = undefined;
        break;
      }
      case 26: {
        const outer = reader.enter();
        progressRequest = readWatchProgressRequest(reader);
        reader.leave(outer);
        createRequest = undefined;
        cancelRequest = undefined;
        break;
      }
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { createRequest, cancelRequest, progressRequest };
}

export function writeWatchRequest(writer: WireWriter, message: WatchRequest): void {
  if (message.progressRequest !== undefined) {
    const mark = writer.length;
    writeWatchProgressRequest(writer, message.progressRequest);
    writer.message(26, mark);
  }
  if (message.cancelRequest !== undefined) {
    const mark = writer.length;
    writeWatchCancelRequest(writer, message.cancelRequest);
    writer.message(18, mark);
  }
  if (message.createRequest !== undefined) {
    const mark = writer.length;
    writeWatchCreateRequest(writer, message.createRequest);
    writer.message(10, mark);
  }
}

export interface WatchResponse {
  readonly header: ResponseHeader | undefined;
  readonly watchId: bigint;
  readonly created: boolean;
  readonly canceled: boolean;
  readonly compactRevision: number;
  readonly cancelReason: string;
  readonly fragment: boolean;
  readonly events: readonly Event[];
}

export function createWatchResponse(partial: Partial<WatchResponse> = {}): WatchResponse {
  return {
    header: partial.header,
    watchId: partial.watchId ?? 0n,
    created: partial.created ?? false,
    canceled: partial.canceled ?? false,
    compactRevision: partial.compactRevision ?? 0,
    cancelReason: partial.cancelReason ?? '',
    fragment: partial.fragment ?? false,
    events: partial.events ?? [],
  };
}

export const decodeWatchResponse = (bytes: Uint8Array): WatchResponse => readWatchResponse(new WireReader(bytes));

export function encodeWatchResponse(message: WatchResponse): Uint8Array {
  writeWatchResponse(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readWatchResponse(reader: WireReader): WatchResponse {
  let header: ResponseHeader | undefined;
  let watchId = 0n;
  let created = false;
  let canceled = false;
  let compactRevision = 0;
  let cancelReason = '';
  let fragment = false;
  const events: Event[] = [];
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 10: {
        const outer = reader.enter();
        header = readResponseHeader(reader);
        reader.leave(outer);
        break;
      }
      case 16:
        watchId = reader.i64();
        break;
      case 24:
        created = reader.bool();
        break;
      case 32:
        canceled = reader.bool();
        break;
      case 40:
        compactRevision = reader.i64Number();
        break;
      case 50:
        cancelReason = reader.string();
        break;
      case 56:
        fragment = reader.bool();
        break;
      case 90: {
        const outer = reader.enter();
        events.push(readEvent(reader));
        reader.leave(outer);
        break;
      }
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { header, watchId, created, canceled, compactRevision, cancelReason, fragment, events };
}

export function writeWatchResponse(writer: WireWriter, message: WatchResponse): void {
  for (let index = message.events.length - 1; index >= 0; index--) {
    const mark = writer.length;
    writeEvent(writer, message.events[index]!);
    writer.message(90, mark);
  }
  if (message.fragment) writer.bool(56);
  if (message.cancelReason !== '') writer.string(50, message.cancelReason);
  if (message.compactRevision !== 0) writer.number(40, message.compactRevision);
  if (message.canceled) writer.bool(32);
  if (message.created) writer.bool(24);
  if (message.watchId !== 0n) writer.bigint(16, message.watchId);
  if (message.header !== undefined) {
    const mark = writer.length;
    writeResponseHeader(writer, message.header);
    writer.message(10, mark);
  }
}

export interface WatchCreateRequest {
  readonly key: Uint8Array;
  readonly rangeEnd: Uint8Array;
  readonly startRevision: number;
  readonly progressNotify: boolean;
  readonly filters: readonly number[];
  readonly prevKv: boolean;
  readonly watchId: bigint;
  readonly fragment: boolean;
}

export function createWatchCreateRequest(partial: Partial<WatchCreateRequest> = {}): WatchCreateRequest {
  return {
    key: partial.key ?? EMPTY_BYTES,
    rangeEnd: partial.rangeEnd ?? EMPTY_BYTES,
    startRevision: partial.startRevision ?? 0,
    progressNotify: partial.progressNotify ?? false,
    filters: partial.filters ?? [],
    prevKv: partial.prevKv ?? false,
    watchId: partial.watchId ?? 0n,
    fragment: partial.fragment ?? false,
  };
}

export const decodeWatchCreateRequest = (bytes: Uint8Array): WatchCreateRequest => readWatchCreateRequest(new WireReader(bytes));

export function encodeWatchCreateRequest(message: WatchCreateRequest): Uint8Array {
  writeWatchCreateRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readWatchCreateRequest(reader: WireReader): WatchCreateRequest {
  let key: Uint8Array = EMPTY_BYTES;
  let rangeEnd: Uint8Array = EMPTY_BYTES;
  let startRevision = 0;
  let progressNotify = false;
  const filters: number[] = [];
  let prevKv = false;
  let watchId = 0n;
  let fragment = false;
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 10:
        key = reader.bytes();
        break;
      case 18:
        rangeEnd = reader.bytes();
        break;
      case 24:
        startRevision = reader.i64Number();
        break;
      case 32:
        progressNotify = reader.bool();
        break;
      case 40:
        filters.push(reader.i32());
        break;
      case 42: {
        const outer = reader.enter();
        while (reader.at < reader.end) filters.push(reader.i32());
        reader.finish();
        reader.leave(outer);
        break;
      }
      case 48:
        prevKv = reader.bool();
        break;
      case 56:
        watchId = reader.i64();
        break;
      case 64:
        fragment = reader.bool();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { key, rangeEnd, startRevision, progressNotify, filters, prevKv, watchId, fragment };
}

export function writeWatchCreateRequest(writer: WireWriter, message: WatchCreateRequest): void {
  if (message.fragment) writer.bool(64);
  if (message.watchId !== 0n) writer.bigint(56, message.watchId);
  if (message.prevKv) writer.bool(48);
  if (message.filters.length !== 0) writer.packed(42, message.filters);
  if (message.progressNotify) writer.bool(32);
  if (message.startRevision !== 0) writer.number(24, message.startRevision);
  if (message.rangeEnd.length !== 0) writer.bytes(18, message.rangeEnd);
  if (message.key.length !== 0) writer.bytes(10, message.key);
}

export interface WatchCancelRequest {
  readonly watchId: bigint;
}

export function createWatchCancelRequest(partial: Partial<WatchCancelRequest> = {}): WatchCancelRequest {
  return {
    watchId: partial.watchId ?? 0n,
  };
}

export const decodeWatchCancelRequest = (bytes: Uint8Array): WatchCancelRequest => readWatchCancelRequest(new WireReader(bytes));

export function encodeWatchCancelRequest(message: WatchCancelRequest): Uint8Array {
  writeWatchCancelRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readWatchCancelRequest(reader: WireReader): WatchCancelRequest {
  let watchId = 0n;
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 8:
        watchId = reader.i64();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { watchId };
}

export function writeWatchCancelRequest(writer: WireWriter, message: WatchCancelRequest): void {
  if (message.watchId !== 0n) writer.bigint(8, message.watchId);
}

export type WatchProgressRequest = Readonly<Record<string, never>>;

export const createWatchProgressRequest = (): WatchProgressRequest => ({});

export const decodeWatchProgressRequest = (bytes: Uint8Array): WatchProgressRequest => readWatchProgressRequest(new WireReader(bytes));

export function encodeWatchProgressRequest(message: WatchProgressRequest): Uint8Array {
  writeWatchProgressRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readWatchProgressRequest(reader: WireReader): WatchProgressRequest {
  while (reader.at < reader.end) reader.skip(reader.u32());
  reader.finish();
  return {};
}

export function writeWatchProgressRequest(_writer: WireWriter, _message: WatchProgressRequest): void {}
