// Generated from ../../proto by scripts/generate.mjs: change those, not this.
import { EMPTY_BYTES } from '@reknit/base';
import { WireReader } from '../wire-reader.js';
import { sharedWriter, type WireWriter } from '../wire-writer.js';
import { type ResponseHeader, readResponseHeader, writeResponseHeader } from './header.js';
import { type KeyValue, readKeyValue, writeKeyValue } from './mvccpb.js';

export interface CampaignRequest {
  readonly name: Uint8Array;
  readonly lease: bigint;
  readonly value: Uint8Array;
}

export function createCampaignRequest(partial: Partial<CampaignRequest> = {}): CampaignRequest {
  return {
    name: partial.name ?? EMPTY_BYTES,
    lease: partial.lease ?? 0n,
    value: partial.value ?? EMPTY_BYTES,
  };
}

export const decodeCampaignRequest = (bytes: Uint8Array): CampaignRequest => readCampaignRequest(new WireReader(bytes));

export function encodeCampaignRequest(message: CampaignRequest): Uint8Array {
  writeCampaignRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readCampaignRequest(reader: WireReader): CampaignRequest {
  let name: Uint8Array = EMPTY_BYTES;
  let lease = 0n;
  let value: Uint8Array = EMPTY_BYTES;
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 10:
        name = reader.bytes();
        break;
      case 16:
        lease = reader.i64();
        break;
      case 26:
        value = reader.bytes();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { name, lease, value };
}

export function writeCampaignRequest(writer: WireWriter, message: CampaignRequest): void {
  if (message.value.length !== 0) writer.bytes(26, message.value);
  if (message.lease !== 0n) writer.bigint(16, message.lease);
  if (message.name.length !== 0) writer.bytes(10, message.name);
}

export interface CampaignResponse {
  readonly header: ResponseHeader | undefined;
  readonly leader: LeaderKey | undefined;
}

export function createCampaignResponse(partial: Partial<CampaignResponse> = {}): CampaignResponse {
  return {
    header: partial.header,
    leader: partial.leader,
  };
}

export const decodeCampaignResponse = (bytes: Uint8Array): CampaignResponse => readCampaignResponse(new WireReader(bytes));

export function encodeCampaignResponse(message: CampaignResponse): Uint8Array {
  writeCampaignResponse(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readCampaignResponse(reader: WireReader): CampaignResponse {
  let header: ResponseHeader | undefined;
  let leader: LeaderKey | undefined;
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
        leader = readLeaderKey(reader);
        reader.leave(outer);
        break;
      }
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { header, leader };
}

export function writeCampaignResponse(writer: WireWriter, message: CampaignResponse): void {
  if (message.leader !== undefined) {
    const mark = writer.length;
    writeLeaderKey(writer, message.leader);
    writer.message(18, mark);
  }
  if (message.header !== undefined) {
    const mark = writer.length;
    writeResponseHeader(writer, message.header);
    writer.message(10, mark);
  }
}

export interface ProclaimRequest {
  readonly leader: LeaderKey | undefined;
  readonly value: Uint8Array;
}

export function createProclaimRequest(partial: Partial<ProclaimRequest> = {}): ProclaimRequest {
  return {
    leader: partial.leader,
    value: partial.value ?? EMPTY_BYTES,
  };
}

export const decodeProclaimRequest = (bytes: Uint8Array): ProclaimRequest => readProclaimRequest(new WireReader(bytes));

export function encodeProclaimRequest(message: ProclaimRequest): Uint8Array {
  writeProclaimRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readProclaimRequest(reader: WireReader): ProclaimRequest {
  let leader: LeaderKey | undefined;
  let value: Uint8Array = EMPTY_BYTES;
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 10: {
        const outer = reader.enter();
        leader = readLeaderKey(reader);
        reader.leave(outer);
        break;
      }
      case 18:
        value = reader.bytes();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { leader, value };
}

export function writeProclaimRequest(writer: WireWriter, message: ProclaimRequest): void {
  if (message.value.length !== 0) writer.bytes(18, message.value);
  if (message.leader !== undefined) {
    const mark = writer.length;
    writeLeaderKey(writer, message.leader);
    writer.message(10, mark);
  }
}

export interface ProclaimResponse {
  readonly header: ResponseHeader | undefined;
}

export function createProclaimResponse(partial: Partial<ProclaimResponse> = {}): ProclaimResponse {
  return {
    header: partial.header,
  };
}

export const decodeProclaimResponse = (bytes: Uint8Array): ProclaimResponse => readProclaimResponse(new WireReader(bytes));

export function encodeProclaimResponse(message: ProclaimResponse): Uint8Array {
  writeProclaimResponse(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readProclaimResponse(reader: WireReader): ProclaimResponse {
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

export function writeProclaimResponse(writer: WireWriter, message: ProclaimResponse): void {
  if (message.header !== undefined) {
    const mark = writer.length;
    writeResponseHeader(writer, message.header);
    writer.message(10, mark);
  }
}

export interface LeaderRequest {
  readonly name: Uint8Array;
}

export function createLeaderRequest(partial: Partial<LeaderRequest> = {}): LeaderRequest {
  return {
    name: partial.name ?? EMPTY_BYTES,
  };
}

export const decodeLeaderRequest = (bytes: Uint8Array): LeaderRequest => readLeaderRequest(new WireReader(bytes));

export function encodeLeaderRequest(message: LeaderRequest): Uint8Array {
  writeLeaderRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readLeaderRequest(reader: WireReader): LeaderRequest {
  let name: Uint8Array = EMPTY_BYTES;
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 10:
        name = reader.bytes();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { name };
}

export function writeLeaderRequest(writer: WireWriter, message: LeaderRequest): void {
  if (message.name.length !== 0) writer.bytes(10, message.name);
}

export interface LeaderResponse {
  readonly header: ResponseHeader | undefined;
  readonly kv: KeyValue | undefined;
}

export function createLeaderResponse(partial: Partial<LeaderResponse> = {}): LeaderResponse {
  return {
    header: partial.header,
    kv: partial.kv,
  };
}

export const decodeLeaderResponse = (bytes: Uint8Array): LeaderResponse => readLeaderResponse(new WireReader(bytes));

export function encodeLeaderResponse(message: LeaderResponse): Uint8Array {
  writeLeaderResponse(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readLeaderResponse(reader: WireReader): LeaderResponse {
  let header: ResponseHeader | undefined;
  let kv: KeyValue | undefined;
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
        kv = readKeyValue(reader);
        reader.leave(outer);
        break;
      }
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { header, kv };
}

export function writeLeaderResponse(writer: WireWriter, message: LeaderResponse): void {
  if (message.kv !== undefined) {
    const mark = writer.length;
    writeKeyValue(writer, message.kv);
    writer.message(18, mark);
  }
  if (message.header !== undefined) {
    const mark = writer.length;
    writeResponseHeader(writer, message.header);
    writer.message(10, mark);
  }
}

export interface ResignRequest {
  readonly leader: LeaderKey | undefined;
}

export function createResignRequest(partial: Partial<ResignRequest> = {}): ResignRequest {
  return {
    leader: partial.leader,
  };
}

export const decodeResignRequest = (bytes: Uint8Array): ResignRequest => readResignRequest(new WireReader(bytes));

export function encodeResignRequest(message: ResignRequest): Uint8Array {
  writeResignRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readResignRequest(reader: WireReader): ResignRequest {
  let leader: LeaderKey | undefined;
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 10: {
        const outer = reader.enter();
        leader = readLeaderKey(reader);
        reader.leave(outer);
        break;
      }
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { leader };
}

export function writeResignRequest(writer: WireWriter, message: ResignRequest): void {
  if (message.leader !== undefined) {
    const mark = writer.length;
    writeLeaderKey(writer, message.leader);
    writer.message(10, mark);
  }
}

export interface ResignResponse {
  readonly header: ResponseHeader | undefined;
}

export function createResignResponse(partial: Partial<ResignResponse> = {}): ResignResponse {
  return {
    header: partial.header,
  };
}

export const decodeResignResponse = (bytes: Uint8Array): ResignResponse => readResignResponse(new WireReader(bytes));

export function encodeResignResponse(message: ResignResponse): Uint8Array {
  writeResignResponse(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readResignResponse(reader: WireReader): ResignResponse {
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

export function writeResignResponse(writer: WireWriter, message: ResignResponse): void {
  if (message.header !== undefined) {
    const mark = writer.length;
    writeResponseHeader(writer, message.header);
    writer.message(10, mark);
  }
}

export interface LeaderKey {
  readonly name: Uint8Array;
  readonly key: Uint8Array;
  readonly rev: number;
  readonly lease: bigint;
}

export function createLeaderKey(partial: Partial<LeaderKey> = {}): LeaderKey {
  return {
    name: partial.name ?? EMPTY_BYTES,
    key: partial.key ?? EMPTY_BYTES,
    rev: partial.rev ?? 0,
    lease: partial.lease ?? 0n,
  };
}

export const decodeLeaderKey = (bytes: Uint8Array): LeaderKey => readLeaderKey(new WireReader(bytes));

export function encodeLeaderKey(message: LeaderKey): Uint8Array {
  writeLeaderKey(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readLeaderKey(reader: WireReader): LeaderKey {
  let name: Uint8Array = EMPTY_BYTES;
  let key: Uint8Array = EMPTY_BYTES;
  let rev = 0;
  let lease = 0n;
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 10:
        name = reader.bytes();
        break;
      case 18:
        key = reader.bytes();
        break;
      case 24:
        rev = reader.i64Number();
        break;
      case 32:
        lease = reader.i64();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { name, key, rev, lease };
}

export function writeLeaderKey(writer: WireWriter, message: LeaderKey): void {
  if (message.lease !== 0n) writer.bigint(32, message.lease);
  if (message.rev !== 0) writer.number(24, message.rev);
  if (message.key.length !== 0) writer.bytes(18, message.key);
  if (message.name.length !== 0) writer.bytes(10, message.name);
}
