// Generated from ../../proto by scripts/generate.mjs: change those, not this.
import { EMPTY_BYTES } from '@reknit/base';
import { WireReader } from '../wire-reader.js';
import { sharedWriter, type WireWriter } from '../wire-writer.js';
import { type ResponseHeader, readResponseHeader, writeResponseHeader } from './header.js';
import { type KeyValue, readKeyValue, writeKeyValue } from './mvccpb.js';

export const SortOrder = {
  NONE: 0,
  ASCEND: 1,
  DESCEND: 2,
} as const;

export const SortTarget = {
  KEY: 0,
  VERSION: 1,
  CREATE: 2,
  MOD: 3,
  VALUE: 4,
} as const;

export const CompareResult = {
  EQUAL: 0,
  GREATER: 1,
  LESS: 2,
  NOT_EQUAL: 3,
} as const;

export const CompareTarget = {
  VERSION: 0,
  CREATE: 1,
  MOD: 2,
  VALUE: 3,
  LEASE: 4,
} as const;

export interface RangeRequest {
  readonly key: Uint8Array;
  readonly rangeEnd: Uint8Array;
  readonly limit: number;
  readonly revision: number;
  readonly sortOrder: number;
  readonly sortTarget: number;
  readonly serializable: boolean;
  readonly keysOnly: boolean;
  readonly countOnly: boolean;
  readonly minModRevision: number;
  readonly maxModRevision: number;
  readonly minCreateRevision: number;
  readonly maxCreateRevision: number;
}

export function createRangeRequest(partial: Partial<RangeRequest> = {}): RangeRequest {
  return {
    key: partial.key ?? EMPTY_BYTES,
    rangeEnd: partial.rangeEnd ?? EMPTY_BYTES,
    limit: partial.limit ?? 0,
    revision: partial.revision ?? 0,
    sortOrder: partial.sortOrder ?? 0,
    sortTarget: partial.sortTarget ?? 0,
    serializable: partial.serializable ?? false,
    keysOnly: partial.keysOnly ?? false,
    countOnly: partial.countOnly ?? false,
    minModRevision: partial.minModRevision ?? 0,
    maxModRevision: partial.maxModRevision ?? 0,
    minCreateRevision: partial.minCreateRevision ?? 0,
    maxCreateRevision: partial.maxCreateRevision ?? 0,
  };
}

export const decodeRangeRequest = (bytes: Uint8Array): RangeRequest => readRangeRequest(new WireReader(bytes));

export function encodeRangeRequest(message: RangeRequest): Uint8Array {
  writeRangeRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readRangeRequest(reader: WireReader): RangeRequest {
  let key: Uint8Array = EMPTY_BYTES;
  let rangeEnd: Uint8Array = EMPTY_BYTES;
  let limit = 0;
  let revision = 0;
  let sortOrder = 0;
  let sortTarget = 0;
  let serializable = false;
  let keysOnly = false;
  let countOnly = false;
  let minModRevision = 0;
  let maxModRevision = 0;
  let minCreateRevision = 0;
  let maxCreateRevision = 0;
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
        limit = reader.i64Number();
        break;
      case 32:
        revision = reader.i64Number();
        break;
      case 40:
        sortOrder = reader.i32();
        break;
      case 48:
        sortTarget = reader.i32();
        break;
      case 56:
        serializable = reader.bool();
        break;
      case 64:
        keysOnly = reader.bool();
        break;
      case 72:
        countOnly = reader.bool();
        break;
      case 80:
        minModRevision = reader.i64Number();
        break;
      case 88:
        maxModRevision = reader.i64Number();
        break;
      case 96:
        minCreateRevision = reader.i64Number();
        break;
      case 104:
        maxCreateRevision = reader.i64Number();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return {
    key,
    rangeEnd,
    limit,
    revision,
    sortOrder,
    sortTarget,
    serializable,
    keysOnly,
    countOnly,
    minModRevision,
    maxModRevision,
    minCreateRevision,
    maxCreateRevision,
  };
}

export function writeRangeRequest(writer: WireWriter, message: RangeRequest): void {
  if (message.maxCreateRevision !== 0) writer.number(104, message.maxCreateRevision);
  if (message.minCreateRevision !== 0) writer.number(96, message.minCreateRevision);
  if (message.maxModRevision !== 0) writer.number(88, message.maxModRevision);
  if (message.minModRevision !== 0) writer.number(80, message.minModRevision);
  if (message.countOnly) writer.bool(72);
  if (message.keysOnly) writer.bool(64);
  if (message.serializable) writer.bool(56);
  if (message.sortTarget !== 0) writer.number(48, message.sortTarget);
  if (message.sortOrder !== 0) writer.number(40, message.sortOrder);
  if (message.revision !== 0) writer.number(32, message.revision);
  if (message.limit !== 0) writer.number(24, message.limit);
  if (message.rangeEnd.length !== 0) writer.bytes(18, message.rangeEnd);
  if (message.key.length !== 0) writer.bytes(10, message.key);
}

export interface RangeResponse {
  readonly header: ResponseHeader | undefined;
  readonly kvs: readonly KeyValue[];
  readonly more: boolean;
  readonly count: number;
}

export function createRangeResponse(partial: Partial<RangeResponse> = {}): RangeResponse {
  return {
    header: partial.header,
    kvs: partial.kvs ?? [],
    more: partial.more ?? false,
    count: partial.count ?? 0,
  };
}

export const decodeRangeResponse = (bytes: Uint8Array): RangeResponse => readRangeResponse(new WireReader(bytes));

export function encodeRangeResponse(message: RangeResponse): Uint8Array {
  writeRangeResponse(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readRangeResponse(reader: WireReader): RangeResponse {
  let header: ResponseHeader | undefined;
  const kvs: KeyValue[] = [];
  let more = false;
  let count = 0;
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
        kvs.push(readKeyValue(reader));
        reader.leave(outer);
        break;
      }
      case 24:
        more = reader.bool();
        break;
      case 32:
        count = reader.i64Number();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { header, kvs, more, count };
}

export function writeRangeResponse(writer: WireWriter, message: RangeResponse): void {
  if (message.count !== 0) writer.number(32, message.count);
  if (message.more) writer.bool(24);
  for (let index = message.kvs.length - 1; index >= 0; index--) {
    const mark = writer.length;
    writeKeyValue(writer, message.kvs[index]!);
    writer.message(18, mark);
  }
  if (message.header !== undefined) {
    const mark = writer.length;
    writeResponseHeader(writer, message.header);
    writer.message(10, mark);
  }
}

export interface PutRequest {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly lease: bigint;
  readonly prevKv: boolean;
  readonly ignoreValue: boolean;
  readonly ignoreLease: boolean;
}

export function createPutRequest(partial: Partial<PutRequest> = {}): PutRequest {
  return {
    key: partial.key ?? EMPTY_BYTES,
    value: partial.value ?? EMPTY_BYTES,
    lease: partial.lease ?? 0n,
    prevKv: partial.prevKv ?? false,
    ignoreValue: partial.ignoreValue ?? false,
    ignoreLease: partial.ignoreLease ?? false,
  };
}

export const decodePutRequest = (bytes: Uint8Array): PutRequest => readPutRequest(new WireReader(bytes));

export function encodePutRequest(message: PutRequest): Uint8Array {
  writePutRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readPutRequest(reader: WireReader): PutRequest {
  let key: Uint8Array = EMPTY_BYTES;
  let value: Uint8Array = EMPTY_BYTES;
  let lease = 0n;
  let prevKv = false;
  let ignoreValue = false;
  let ignoreLease = false;
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 10:
        key = reader.bytes();
        break;
      case 18:
        value = reader.bytes();
        break;
      case 24:
        lease = reader.i64();
        break;
      case 32:
        prevKv = reader.bool();
        break;
      case 40:
        ignoreValue = reader.bool();
        break;
      case 48:
        ignoreLease = reader.bool();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { key, value, lease, prevKv, ignoreValue, ignoreLease };
}

export function writePutRequest(writer: WireWriter, message: PutRequest): void {
  if (message.ignoreLease) writer.bool(48);
  if (message.ignoreValue) writer.bool(40);
  if (message.prevKv) writer.bool(32);
  if (message.lease !== 0n) writer.bigint(24, message.lease);
  if (message.value.length !== 0) writer.bytes(18, message.value);
  if (message.key.length !== 0) writer.bytes(10, message.key);
}

export interface PutResponse {
  readonly header: ResponseHeader | undefined;
  readonly prevKv: KeyValue | undefined;
}

export function createPutResponse(partial: Partial<PutResponse> = {}): PutResponse {
  return {
    header: partial.header,
    prevKv: partial.prevKv,
  };
}

export const decodePutResponse = (bytes: Uint8Array): PutResponse => readPutResponse(new WireReader(bytes));

export function encodePutResponse(message: PutResponse): Uint8Array {
  writePutResponse(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readPutResponse(reader: WireReader): PutResponse {
  let header: ResponseHeader | undefined;
  let prevKv: KeyValue | undefined;
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
        prevKv = readKeyValue(reader);
        reader.leave(outer);
        break;
      }
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { header, prevKv };
}

export function writePutResponse(writer: WireWriter, message: PutResponse): void {
  if (message.prevKv !== undefined) {
    const mark = writer.length;
    writeKeyValue(writer, message.prevKv);
    writer.message(18, mark);
  }
  if (message.header !== undefined) {
    const mark = writer.length;
    writeResponseHeader(writer, message.header);
    writer.message(10, mark);
  }
}

export interface DeleteRangeRequest {
  readonly key: Uint8Array;
  readonly rangeEnd: Uint8Array;
  readonly prevKv: boolean;
}

export function createDeleteRangeRequest(partial: Partial<DeleteRangeRequest> = {}): DeleteRangeRequest {
  return {
    key: partial.key ?? EMPTY_BYTES,
    rangeEnd: partial.rangeEnd ?? EMPTY_BYTES,
    prevKv: partial.prevKv ?? false,
  };
}

export const decodeDeleteRangeRequest = (bytes: Uint8Array): DeleteRangeRequest => readDeleteRangeRequest(new WireReader(bytes));

export function encodeDeleteRangeRequest(message: DeleteRangeRequest): Uint8Array {
  writeDeleteRangeRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readDeleteRangeRequest(reader: WireReader): DeleteRangeRequest {
  let key: Uint8Array = EMPTY_BYTES;
  let rangeEnd: Uint8Array = EMPTY_BYTES;
  let prevKv = false;
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
        prevKv = reader.bool();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { key, rangeEnd, prevKv };
}

export function writeDeleteRangeRequest(writer: WireWriter, message: DeleteRangeRequest): void {
  if (message.prevKv) writer.bool(24);
  if (message.rangeEnd.length !== 0) writer.bytes(18, message.rangeEnd);
  if (message.key.length !== 0) writer.bytes(10, message.key);
}

export interface DeleteRangeResponse {
  readonly header: ResponseHeader | undefined;
  readonly deleted: number;
  readonly prevKvs: readonly KeyValue[];
}

export function createDeleteRangeResponse(partial: Partial<DeleteRangeResponse> = {}): DeleteRangeResponse {
  return {
    header: partial.header,
    deleted: partial.deleted ?? 0,
    prevKvs: partial.prevKvs ?? [],
  };
}

export const decodeDeleteRangeResponse = (bytes: Uint8Array): DeleteRangeResponse => readDeleteRangeResponse(new WireReader(bytes));

export function encodeDeleteRangeResponse(message: DeleteRangeResponse): Uint8Array {
  writeDeleteRangeResponse(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readDeleteRangeResponse(reader: WireReader): DeleteRangeResponse {
  let header: ResponseHeader | undefined;
  let deleted = 0;
  const prevKvs: KeyValue[] = [];
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
        deleted = reader.i64Number();
        break;
      case 26: {
        const outer = reader.enter();
        prevKvs.push(readKeyValue(reader));
        reader.leave(outer);
        break;
      }
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { header, deleted, prevKvs };
}

export function writeDeleteRangeResponse(writer: WireWriter, message: DeleteRangeResponse): void {
  for (let index = message.prevKvs.length - 1; index >= 0; index--) {
    const mark = writer.length;
    writeKeyValue(writer, message.prevKvs[index]!);
    writer.message(26, mark);
  }
  if (message.deleted !== 0) writer.number(16, message.deleted);
  if (message.header !== undefined) {
    const mark = writer.length;
    writeResponseHeader(writer, message.header);
    writer.message(10, mark);
  }
}

export interface TxnRequest {
  readonly compare: readonly Compare[];
  readonly success: readonly RequestOp[];
  readonly failure: readonly RequestOp[];
}

export function createTxnRequest(partial: Partial<TxnRequest> = {}): TxnRequest {
  return {
    compare: partial.compare ?? [],
    success: partial.success ?? [],
    failure: partial.failure ?? [],
  };
}

export const decodeTxnRequest = (bytes: Uint8Array): TxnRequest => readTxnRequest(new WireReader(bytes));

export function encodeTxnRequest(message: TxnRequest): Uint8Array {
  writeTxnRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readTxnRequest(reader: WireReader): TxnRequest {
  const compare: Compare[] = [];
  const success: RequestOp[] = [];
  const failure: RequestOp[] = [];
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 10: {
        const outer = reader.enter();
        compare.push(readCompare(reader));
        reader.leave(outer);
        break;
      }
      case 18: {
        const outer = reader.enter();
        success.push(readRequestOp(reader));
        reader.leave(outer);
        break;
      }
      case 26: {
        const outer = reader.enter();
        failure.push(readRequestOp(reader));
        reader.leave(outer);
        break;
      }
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { compare, success, failure };
}

export function writeTxnRequest(writer: WireWriter, message: TxnRequest): void {
  for (let index = message.failure.length - 1; index >= 0; index--) {
    const mark = writer.length;
    writeRequestOp(writer, message.failure[index]!);
    writer.message(26, mark);
  }
  for (let index = message.success.length - 1; index >= 0; index--) {
    const mark = writer.length;
    writeRequestOp(writer, message.success[index]!);
    writer.message(18, mark);
  }
  for (let index = message.compare.length - 1; index >= 0; index--) {
    const mark = writer.length;
    writeCompare(writer, message.compare[index]!);
    writer.message(10, mark);
  }
}

export interface TxnResponse {
  readonly header: ResponseHeader | undefined;
  readonly succeeded: boolean;
  readonly responses: readonly ResponseOp[];
}

export function createTxnResponse(partial: Partial<TxnResponse> = {}): TxnResponse {
  return {
    header: partial.header,
    succeeded: partial.succeeded ?? false,
    responses: partial.responses ?? [],
  };
}

export const decodeTxnResponse = (bytes: Uint8Array): TxnResponse => readTxnResponse(new WireReader(bytes));

export function encodeTxnResponse(message: TxnResponse): Uint8Array {
  writeTxnResponse(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readTxnResponse(reader: WireReader): TxnResponse {
  let header: ResponseHeader | undefined;
  let succeeded = false;
  const responses: ResponseOp[] = [];
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
        succeeded = reader.bool();
        break;
      case 26: {
        const outer = reader.enter();
        responses.push(readResponseOp(reader));
        reader.leave(outer);
        break;
      }
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { header, succeeded, responses };
}

export function writeTxnResponse(writer: WireWriter, message: TxnResponse): void {
  for (let index = message.responses.length - 1; index >= 0; index--) {
    const mark = writer.length;
    writeResponseOp(writer, message.responses[index]!);
    writer.message(26, mark);
  }
  if (message.succeeded) writer.bool(16);
  if (message.header !== undefined) {
    const mark = writer.length;
    writeResponseHeader(writer, message.header);
    writer.message(10, mark);
  }
}

export interface CompactionRequest {
  readonly revision: number;
  readonly physical: boolean;
}

export function createCompactionRequest(partial: Partial<CompactionRequest> = {}): CompactionRequest {
  return {
    revision: partial.revision ?? 0,
    physical: partial.physical ?? false,
  };
}

export const decodeCompactionRequest = (bytes: Uint8Array): CompactionRequest => readCompactionRequest(new WireReader(bytes));

export function encodeCompactionRequest(message: CompactionRequest): Uint8Array {
  writeCompactionRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readCompactionRequest(reader: WireReader): CompactionRequest {
  let revision = 0;
  let physical = false;
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 8:
        revision = reader.i64Number();
        break;
      case 16:
        physical = reader.bool();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { revision, physical };
}

export function writeCompactionRequest(writer: WireWriter, message: CompactionRequest): void {
  if (message.physical) writer.bool(16);
  if (message.revision !== 0) writer.number(8, message.revision);
}

export interface CompactionResponse {
  readonly header: ResponseHeader | undefined;
}

export function createCompactionResponse(partial: Partial<CompactionResponse> = {}): CompactionResponse {
  return {
    header: partial.header,
  };
}

export const decodeCompactionResponse = (bytes: Uint8Array): CompactionResponse => readCompactionResponse(new WireReader(bytes));

export function encodeCompactionResponse(message: CompactionResponse): Uint8Array {
  writeCompactionResponse(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readCompactionResponse(reader: WireReader): CompactionResponse {
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

export function writeCompactionResponse(writer: WireWriter, message: CompactionResponse): void {
  if (message.header !== undefined) {
    const mark = writer.length;
    writeResponseHeader(writer, message.header);
    writer.message(10, mark);
  }
}

export interface RequestOp {
  readonly requestRange: RangeRequest | undefined;
  readonly requestPut: PutRequest | undefined;
  readonly requestDeleteRange: DeleteRangeRequest | undefined;
  readonly requestTxn: TxnRequest | undefined;
}

export function createRequestOp(partial: Partial<RequestOp> = {}): RequestOp {
  return {
    requestRange: partial.requestRange,
    requestPut: partial.requestPut,
    requestDeleteRange: partial.requestDeleteRange,
    requestTxn: partial.requestTxn,
  };
}

export const decodeRequestOp = (bytes: Uint8Array): RequestOp => readRequestOp(new WireReader(bytes));

export function encodeRequestOp(message: RequestOp): Uint8Array {
  writeRequestOp(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readRequestOp(reader: WireReader): RequestOp {
  let requestRange: RangeRequest | undefined;
  let requestPut: PutRequest | undefined;
  let requestDeleteRange: DeleteRangeRequest | undefined;
  let requestTxn: TxnRequest | undefined;
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 10: {
        const outer = reader.enter();
        requestRange = readRangeRequest(reader);
        reader.leave(outer);
        requestPut = undefined;
        requestDeleteRange = undefined;
        requestTxn = undefined;
        break;
      }
      case 18: {
        const outer = reader.enter();
        requestPut = readPutRequest(reader);
        reader.leave(outer);
        requestRange = undefined;
        requestDeleteRange = undefined;
        requestTxn = undefined;
        break;
      }
      case 26: {
        const outer = reader.enter();
        requestDeleteRange = readDeleteRangeRequest(reader);
        reader.leave(outer);
        requestRange = undefined;
        requestPut = undefined;
        requestTxn = undefined;
        break;
      }
      case 34: {
        const outer = reader.enter();
        requestTxn = readTxnRequest(reader);
        reader.leave(outer);
        requestRange = undefined;
        requestPut = undefined;
        requestDeleteRange = undefined;
        break;
      }
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { requestRange, requestPut, requestDeleteRange, requestTxn };
}

export function writeRequestOp(writer: WireWriter, message: RequestOp): void {
  if (message.requestTxn !== undefined) {
    const mark = writer.length;
    writeTxnRequest(writer, message.requestTxn);
    writer.message(34, mark);
  }
  if (message.requestDeleteRange !== undefined) {
    const mark = writer.length;
    writeDeleteRangeRequest(writer, message.requestDeleteRange);
    writer.message(26, mark);
  }
  if (message.requestPut !== undefined) {
    const mark = writer.length;
    writePutRequest(writer, message.requestPut);
    writer.message(18, mark);
  }
  if (message.requestRange !== undefined) {
    const mark = writer.length;
    writeRangeRequest(writer, message.requestRange);
    writer.message(10, mark);
  }
}

export interface ResponseOp {
  readonly responseRange: RangeResponse | undefined;
  readonly responsePut: PutResponse | undefined;
  readonly responseDeleteRange: DeleteRangeResponse | undefined;
  readonly responseTxn: TxnResponse | undefined;
}

export function createResponseOp(partial: Partial<ResponseOp> = {}): ResponseOp {
  return {
    responseRange: partial.responseRange,
    responsePut: partial.responsePut,
    responseDeleteRange: partial.responseDeleteRange,
    responseTxn: partial.responseTxn,
  };
}

export const decodeResponseOp = (bytes: Uint8Array): ResponseOp => readResponseOp(new WireReader(bytes));

export function encodeResponseOp(message: ResponseOp): Uint8Array {
  writeResponseOp(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readResponseOp(reader: WireReader): ResponseOp {
  let responseRange: RangeResponse | undefined;
  let responsePut: PutResponse | undefined;
  let responseDeleteRange: DeleteRangeResponse | undefined;
  let responseTxn: TxnResponse | undefined;
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 10: {
        const outer = reader.enter();
        responseRange = readRangeResponse(reader);
        reader.leave(outer);
        responsePut = undefined;
        responseDeleteRange = undefined;
        responseTxn = undefined;
        break;
      }
      case 18: {
        const outer = reader.enter();
        responsePut = readPutResponse(reader);
        reader.leave(outer);
        responseRange = undefined;
        responseDeleteRange = undefined;
        responseTxn = undefined;
        break;
      }
      case 26: {
        const outer = reader.enter();
        responseDeleteRange = readDeleteRangeResponse(reader);
        reader.leave(outer);
        responseRange = undefined;
        responsePut = undefined;
        responseTxn = undefined;
        break;
      }
      case 34: {
        const outer = reader.enter();
        responseTxn = readTxnResponse(reader);
        reader.leave(outer);
        responseRange = undefined;
        responsePut = undefined;
        responseDeleteRange = undefined;
        break;
      }
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { responseRange, responsePut, responseDeleteRange, responseTxn };
}

export function writeResponseOp(writer: WireWriter, message: ResponseOp): void {
  if (message.responseTxn !== undefined) {
    const mark = writer.length;
    writeTxnResponse(writer, message.responseTxn);
    writer.message(34, mark);
  }
  if (message.responseDeleteRange !== undefined) {
    const mark = writer.length;
    writeDeleteRangeResponse(writer, message.responseDeleteRange);
    writer.message(26, mark);
  }
  if (message.responsePut !== undefined) {
    const mark = writer.length;
    writePutResponse(writer, message.responsePut);
    writer.message(18, mark);
  }
  if (message.responseRange !== undefined) {
    const mark = writer.length;
    writeRangeResponse(writer, message.responseRange);
    writer.message(10, mark);
  }
}

export interface Compare {
  readonly result: number;
  readonly target: number;
  readonly key: Uint8Array;
  readonly version: number;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly value: Uint8Array;
  readonly lease: bigint;
  readonly rangeEnd: Uint8Array;
}

export function createCompare(partial: Partial<Compare> = {}): Compare {
  return {
    result: partial.result ?? 0,
    target: partial.target ?? 0,
    key: partial.key ?? EMPTY_BYTES,
    version: partial.version ?? 0,
    createRevision: partial.createRevision ?? 0,
    modRevision: partial.modRevision ?? 0,
    value: partial.value ?? EMPTY_BYTES,
    lease: partial.lease ?? 0n,
    rangeEnd: partial.rangeEnd ?? EMPTY_BYTES,
  };
}

export const decodeCompare = (bytes: Uint8Array): Compare => readCompare(new WireReader(bytes));

export function encodeCompare(message: Compare): Uint8Array {
  writeCompare(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readCompare(reader: WireReader): Compare {
  let result = 0;
  let target = 0;
  let key: Uint8Array = EMPTY_BYTES;
  let version = 0;
  let createRevision = 0;
  let modRevision = 0;
  let value: Uint8Array = EMPTY_BYTES;
  let lease = 0n;
  let rangeEnd: Uint8Array = EMPTY_BYTES;
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 8:
        result = reader.i32();
        break;
      case 16:
        target = reader.i32();
        break;
      case 26:
        key = reader.bytes();
        break;
      case 32:
        version = reader.i64Number();
        break;
      case 40:
        createRevision = reader.i64Number();
        break;
      case 48:
        modRevision = reader.i64Number();
        break;
      case 58:
        value = reader.bytes();
        break;
      case 64:
        lease = reader.i64();
        break;
      case 514:
        rangeEnd = reader.bytes();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { result, target, key, version, createRevision, modRevision, value, lease, rangeEnd };
}

export function writeCompare(writer: WireWriter, message: Compare): void {
  if (message.rangeEnd.length !== 0) writer.bytes(514, message.rangeEnd);
  if (message.lease !== 0n) writer.bigint(64, message.lease);
  if (message.value.length !== 0) writer.bytes(58, message.value);
  if (message.modRevision !== 0) writer.number(48, message.modRevision);
  if (message.createRevision !== 0) writer.number(40, message.createRevision);
  if (message.version !== 0) writer.number(32, message.version);
  if (message.key.length !== 0) writer.bytes(26, message.key);
  if (message.target !== 0) writer.number(16, message.target);
  if (message.result !== 0) writer.number(8, message.result);
}
