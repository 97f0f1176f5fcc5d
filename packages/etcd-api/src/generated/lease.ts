// Generated from ../../proto by scripts/generate.mjs: change those, not this.
import { WireReader } from '../wire-reader.js';
import { sharedWriter, type WireWriter } from '../wire-writer.js';
import { type ResponseHeader, readResponseHeader, writeResponseHeader } from './header.js';

export interface LeaseGrantRequest {
  readonly TTL: number;
  readonly ID: bigint;
}

export function createLeaseGrantRequest(partial: Partial<LeaseGrantRequest> = {}): LeaseGrantRequest {
  return {
    TTL: partial.TTL ?? 0,
    ID: partial.ID ?? 0n,
  };
}

export const decodeLeaseGrantRequest = (bytes: Uint8Array): LeaseGrantRequest => readLeaseGrantRequest(new WireReader(bytes));

export function encodeLeaseGrantRequest(message: LeaseGrantRequest): Uint8Array {
  writeLeaseGrantRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readLeaseGrantRequest(reader: WireReader): LeaseGrantRequest {
  let TTL = 0;
  let ID = 0n;
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 8:
        TTL = reader.i64Number();
        break;
      case 16:
        ID = reader.i64();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { TTL, ID };
}

export function writeLeaseGrantRequest(writer: WireWriter, message: LeaseGrantRequest): void {
  if (message.ID !== 0n) writer.bigint(16, message.ID);
  if (message.TTL !== 0) writer.number(8, message.TTL);
}

export interface LeaseGrantResponse {
  readonly header: ResponseHeader | undefined;
  readonly ID: bigint;
  readonly TTL: number;
  readonly error: string;
}

export function createLeaseGrantResponse(partial: Partial<LeaseGrantResponse> = {}): LeaseGrantResponse {
  return {
    header: partial.header,
    ID: partial.ID ?? 0n,
    TTL: partial.TTL ?? 0,
    error: partial.error ?? '',
  };
}

export const decodeLeaseGrantResponse = (bytes: Uint8Array): LeaseGrantResponse => readLeaseGrantResponse(new WireReader(bytes));

export function encodeLeaseGrantResponse(message: LeaseGrantResponse): Uint8Array {
  writeLeaseGrantResponse(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readLeaseGrantResponse(reader: WireReader): LeaseGrantResponse {
  let header: ResponseHeader | undefined;
  let ID = 0n;
  let TTL = 0;
  let error = '';
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
        ID = reader.i64();
        break;
      case 24:
        TTL = reader.i64Number();
        break;
      case 34:
        error = reader.string();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { header, ID, TTL, error };
}

export function writeLeaseGrantResponse(writer: WireWriter, message: LeaseGrantResponse): void {
  if (message.error !== '') writer.string(34, message.error);
  if (message.TTL !== 0) writer.number(24, message.TTL);
  if (message.ID !== 0n) writer.bigint(16, message.ID);
  if (message.header !== undefined) {
    const mark = writer.length;
    writeResponseHeader(writer, message.header);
    writer.message(10, mark);
  }
}

export interface LeaseRevokeRequest {
  readonly ID: bigint;
}

export function createLeaseRevokeRequest(partial: Partial<LeaseRevokeRequest> = {}): LeaseRevokeRequest {
  return {
    ID: partial.ID ?? 0n,
  };
}

export const decodeLeaseRevokeRequest = (bytes: Uint8Array): LeaseRevokeRequest => readLeaseRevokeRequest(new WireReader(bytes));

export function encodeLeaseRevokeRequest(message: LeaseRevokeRequest): Uint8Array {
  writeLeaseRevokeRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readLeaseRevokeRequest(reader: WireReader): LeaseRevokeRequest {
  let ID = 0n;
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 8:
        ID = reader.i64();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { ID };
}

export function writeLeaseRevokeRequest(writer: WireWriter, message: LeaseRevokeRequest): void {
  if (message.ID !== 0n) writer.bigint(8, message.ID);
}

export interface LeaseRevokeResponse {
  readonly header: ResponseHeader | undefined;
}

export function createLeaseRevokeResponse(partial: Partial<LeaseRevokeResponse> = {}): LeaseRevokeResponse {
  return {
    header: partial.header,
  };
}

export const decodeLeaseRevokeResponse = (bytes: Uint8Array): LeaseRevokeResponse => readLeaseRevokeResponse(new WireReader(bytes));

export function encodeLeaseRevokeResponse(message: LeaseRevokeResponse): Uint8Array {
  writeLeaseRevokeResponse(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readLeaseRevokeResponse(reader: WireReader): LeaseRevokeResponse {
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

export function writeLeaseRevokeResponse(writer: WireWriter, message: LeaseRevokeResponse): void {
  if (message.header !== undefined) {
    const mark = writer.length;
    writeResponseHeader(writer, message.header);
    writer.message(10, mark);
  }
}

export interface LeaseKeepAliveRequest {
  readonly ID: bigint;
}

export function createLeaseKeepAliveRequest(partial: Partial<LeaseKeepAliveRequest> = {}): LeaseKeepAliveRequest {
  return {
    ID: partial.ID ?? 0n,
  };
}

export const decodeLeaseKeepAliveRequest = (bytes: Uint8Array): LeaseKeepAliveRequest => readLeaseKeepAliveRequest(new WireReader(bytes));

export function encodeLeaseKeepAliveRequest(message: LeaseKeepAliveRequest): Uint8Array {
  writeLeaseKeepAliveRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readLeaseKeepAliveRequest(reader: WireReader): LeaseKeepAliveRequest {
  let ID = 0n;
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 8:
        ID = reader.i64();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { ID };
}

export function writeLeaseKeepAliveRequest(writer: WireWriter, message: LeaseKeepAliveRequest): void {
  if (message.ID !== 0n) writer.bigint(8, message.ID);
}

export interface LeaseKeepAliveResponse {
  readonly header: ResponseHeader | undefined;
  readonly ID: bigint;
  readonly TTL: number;
}

export function createLeaseKeepAliveResponse(partial: Partial<LeaseKeepAliveResponse> = {}): LeaseKeepAliveResponse {
  return {
    header: partial.header,
    ID: partial.ID ?? 0n,
    TTL: partial.TTL ?? 0,
  };
}

export const decodeLeaseKeepAliveResponse = (bytes: Uint8Array): LeaseKeepAliveResponse => readLeaseKeepAliveResponse(new WireReader(bytes));

export function encodeLeaseKeepAliveResponse(message: LeaseKeepAliveResponse): Uint8Array {
  writeLeaseKeepAliveResponse(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readLeaseKeepAliveResponse(reader: WireReader): LeaseKeepAliveResponse {
  let header: ResponseHeader | undefined;
  let ID = 0n;
  let TTL = 0;
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
        ID = reader.i64();
        break;
      case 24:
        TTL = reader.i64Number();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { header, ID, TTL };
}

export function writeLeaseKeepAliveResponse(writer: WireWriter, message: LeaseKeepAliveResponse): void {
  if (message.TTL !== 0) writer.number(24, message.TTL);
  if (message.ID !== 0n) writer.bigint(16, message.ID);
  if (message.header !== undefined) {
    const mark = writer.length;
    writeResponseHeader(writer, message.header);
    writer.message(10, mark);
  }
}

export interface LeaseTimeToLiveRequest {
  readonly ID: bigint;
  readonly keys: boolean;
}

export function createLeaseTimeToLiveRequest(partial: Partial<LeaseTimeToLiveRequest> = {}): LeaseTimeToLiveRequest {
  return {
    ID: partial.ID ?? 0n,
    keys: partial.keys ?? false,
  };
}

export const decodeLeaseTimeToLiveRequest = (bytes: Uint8Array): LeaseTimeToLiveRequest => readLeaseTimeToLiveRequest(new WireReader(bytes));

export function encodeLeaseTimeToLiveRequest(message: LeaseTimeToLiveRequest): Uint8Array {
  writeLeaseTimeToLiveRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readLeaseTimeToLiveRequest(reader: WireReader): LeaseTimeToLiveRequest {
  let ID = 0n;
  let keys = false;
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 8:
        ID = reader.i64();
        break;
      case 16:
        keys = reader.bool();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { ID, keys };
}

export function writeLeaseTimeToLiveRequest(writer: WireWriter, message: LeaseTimeToLiveRequest): void {
  if (message.keys) writer.bool(16);
  if (message.ID !== 0n) writer.bigint(8, message.ID);
}

export interface LeaseTimeToLiveResponse {
  readonly header: ResponseHeader | undefined;
  readonly ID: bigint;
  readonly TTL: number;
  readonly grantedTTL: number;
  readonly keys: readonly Uint8Array[];
}

export function createLeaseTimeToLiveResponse(partial: Partial<LeaseTimeToLiveResponse> = {}): LeaseTimeToLiveResponse {
  return {
    header: partial.header,
    ID: partial.ID ?? 0n,
    TTL: partial.TTL ?? 0,
    grantedTTL: partial.grantedTTL ?? 0,
    keys: partial.keys ?? [],
  };
}

export const decodeLeaseTimeToLiveResponse = (bytes: Uint8Array): LeaseTimeToLiveResponse => readLeaseTimeToLiveResponse(new WireReader(bytes));

export function encodeLeaseTimeToLiveResponse(message: LeaseTimeToLiveResponse): Uint8Array {
  writeLeaseTimeToLiveResponse(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readLeaseTimeToLiveResponse(reader: WireReader): LeaseTimeToLiveResponse {
  let header: ResponseHeader | undefined;
  let ID = 0n;
  let TTL = 0;
  let grantedTTL = 0;
  const keys: Uint8Array[] = [];
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
        ID = reader.i64();
        break;
      case 24:
        TTL = reader.i64Number();
        break;
      case 32:
        grantedTTL = reader.i64Number();
        break;
      case 42:
        keys.push(reader.bytes());
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { header, ID, TTL, grantedTTL, keys };
}

export function writeLeaseTimeToLiveResponse(writer: WireWriter, message: LeaseTimeToLiveResponse): void {
  for (let index = message.keys.length - 1; index >= 0; index--) {
    writer.bytes(42, message.keys[index]!);
  }
  if (message.grantedTTL !== 0) writer.number(32, message.grantedTTL);
  if (message.TTL !== 0) writer.number(24, message.TTL);
  if (message.ID !== 0n) writer.bigint(16, message.ID);
  if (message.header !== undefined) {
    const mark = writer.length;
    writeResponseHeader(writer, message.header);
    writer.message(10, mark);
  }
}

export type LeaseLeasesRequest = Readonly<Record<string, never>>;

export const createLeaseLeasesRequest = (): LeaseLeasesRequest => ({});

export const decodeLeaseLeasesRequest = (bytes: Uint8Array): LeaseLeasesRequest => readLeaseLeasesRequest(new WireReader(bytes));

export function encodeLeaseLeasesRequest(message: LeaseLeasesRequest): Uint8Array {
  writeLeaseLeasesRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readLeaseLeasesRequest(reader: WireReader): LeaseLeasesRequest {
  while (reader.at < reader.end) reader.skip(reader.u32());
  reader.finish();
  return {};
}

export function writeLeaseLeasesRequest(_writer: WireWriter, _message: LeaseLeasesRequest): void {}

export interface LeaseLeasesResponse {
  readonly header: ResponseHeader | undefined;
  readonly leases: readonly LeaseStatus[];
}

export function createLeaseLeasesResponse(partial: Partial<LeaseLeasesResponse> = {}): LeaseLeasesResponse {
  return {
    header: partial.header,
    leases: partial.leases ?? [],
  };
}

export const decodeLeaseLeasesResponse = (bytes: Uint8Array): LeaseLeasesResponse => readLeaseLeasesResponse(new WireReader(bytes));

export function encodeLeaseLeasesResponse(message: LeaseLeasesResponse): Uint8Array {
  writeLeaseLeasesResponse(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readLeaseLeasesResponse(reader: WireReader): LeaseLeasesResponse {
  let header: ResponseHeader | undefined;
  const leases: LeaseStatus[] = [];
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 10: {
        const outer = reader.enter();
        header = readResponseHeader(reader);
        reader.leave(outer);
        break;
      }
      case 18: {
        const outer = reader.enter();
        leases.push(readLeaseStatus(reader));
        reader.leave(outer);
        break;
      }
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { header, leases };
}

export function writeLeaseLeasesResponse(writer: WireWriter, message: LeaseLeasesResponse): void {
  for (let index = message.leases.length - 1; index >= 0; index--) {
    const mark = writer.length;
    writeLeaseStatus(writer, message.leases[index]!);
    writer.message(18, mark);
  }
  if (message.header !== undefined) {
    const mark = writer.length;
    writeResponseHeader(writer, message.header);
    writer.message(10, mark);
  }
}

export interface LeaseStatus {
  readonly ID: bigint;
}

export function createLeaseStatus(partial: Partial<LeaseStatus> = {}): LeaseStatus {
  return {
    ID: partial.ID ?? 0n,
  };
}

export const decodeLeaseStatus = (bytes: Uint8Array): LeaseStatus => readLeaseStatus(new WireReader(bytes));

export function encodeLeaseStatus(message: LeaseStatus): Uint8Array {
  writeLeaseStatus(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readLeaseStatus(reader: WireReader): LeaseStatus {
  let ID = 0n;
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 8:
        ID = reader.i64();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { ID };
}

export function writeLeaseStatus(writer: WireWriter, message: LeaseStatus): void {
  if (message.ID !== 0n) writer.bigint(8, message.ID);
}
