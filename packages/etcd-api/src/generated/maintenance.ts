// Generated from ../../proto by scripts/generate.mjs: change those, not this.
import { EMPTY_BYTES } from '@reknit/base';
import { WireReader } from '../wire-reader.js';
import { sharedWriter, type WireWriter } from '../wire-writer.js';
import { type ResponseHeader, readResponseHeader, writeResponseHeader } from './header.js';

export const AlarmType = {
  NONE: 0,
  NOSPACE: 1,
  CORRUPT: 2,
} as const;

export const AlarmAction = {
  GET: 0,
  ACTIVATE: 1,
  DEACTIVATE: 2,
} as const;

export const DowngradeAction = {
  VALIDATE: 0,
  ENABLE: 1,
  CANCEL: 2,
} as const;

export interface AlarmRequest {
  readonly action: number;
  readonly memberID: bigint;
  readonly alarm: number;
}

export function createAlarmRequest(partial: Partial<AlarmRequest> = {}): AlarmRequest {
  return {
    action: partial.action ?? 0,
    memberID: partial.memberID ?? 0n,
    alarm: partial.alarm ?? 0,
  };
}

export const decodeAlarmRequest = (bytes: Uint8Array): AlarmRequest => readAlarmRequest(new WireReader(bytes));

export function encodeAlarmRequest(message: AlarmRequest): Uint8Array {
  writeAlarmRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readAlarmRequest(reader: WireReader): AlarmRequest {
  let action = 0;
  let memberID = 0n;
  let alarm = 0;
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 8:
        action = reader.i32();
        break;
      case 16:
        memberID = reader.u64();
        break;
      case 24:
        alarm = reader.i32();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { action, memberID, alarm };
}

export function writeAlarmRequest(writer: WireWriter, message: AlarmRequest): void {
  if (message.alarm !== 0) writer.number(24, message.alarm);
  if (message.memberID !== 0n) writer.bigint(16, message.memberID);
  if (message.action !== 0) writer.number(8, message.action);
}

export interface AlarmResponse {
  readonly header: ResponseHeader | undefined;
  readonly alarms: readonly AlarmMember[];
}

export function createAlarmResponse(partial: Partial<AlarmResponse> = {}): AlarmResponse {
  return {
    header: partial.header,
    alarms: partial.alarms ?? [],
  };
}

export const decodeAlarmResponse = (bytes: Uint8Array): AlarmResponse => readAlarmResponse(new WireReader(bytes));

export function encodeAlarmResponse(message: AlarmResponse): Uint8Array {
  writeAlarmResponse(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readAlarmResponse(reader: WireReader): AlarmResponse {
  let header: ResponseHeader | undefined;
  const alarms: AlarmMember[] = [];
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
        alarms.push(readAlarmMember(reader));
        reader.leave(outer);
        break;
      }
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { header, alarms };
}

export function writeAlarmResponse(writer: WireWriter, message: AlarmResponse): void {
  for (let index = message.alarms.length - 1; index >= 0; index--) {
    const mark = writer.length;
    writeAlarmMember(writer, message.alarms[index]!);
    writer.message(18, mark);
  }
  if (message.header !== undefined) {
    const mark = writer.length;
    writeResponseHeader(writer, message.header);
    writer.message(10, mark);
  }
}

export type StatusRequest = Readonly<Record<string, never>>;

export const createStatusRequest = (): StatusRequest => ({});

export const decodeStatusRequest = (bytes: Uint8Array): StatusRequest => readStatusRequest(new WireReader(bytes));

export function encodeStatusRequest(message: StatusRequest): Uint8Array {
  writeStatusRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readStatusRequest(reader: WireReader): StatusRequest {
  while (reader.at < reader.end) reader.skip(reader.u32());
  reader.finish();
  return {};
}

export function writeStatusRequest(_writer: WireWriter, _message: StatusRequest): void {}

export interface StatusResponse {
  readonly header: ResponseHeader | undefined;
  readonly version: string;
  readonly dbSize: number;
  readonly leader: bigint;
  readonly raftIndex: number;
  readonly raftTerm: number;
  readonly raftAppliedIndex: number;
  readonly errors: readonly string[];
  readonly dbSizeInUse: number;
  readonly isLearner: boolean;
  readonly storageVersion: string;
  readonly dbSizeQuota: number;
  readonly downgradeInfo: DowngradeInfo | undefined;
}

export function createStatusResponse(partial: Partial<StatusResponse> = {}): StatusResponse {
  return {
    header: partial.header,
    version: partial.version ?? '',
    dbSize: partial.dbSize ?? 0,
    leader: partial.leader ?? 0n,
    raftIndex: partial.raftIndex ?? 0,
    raftTerm: partial.raftTerm ?? 0,
    raftAppliedIndex: partial.raftAppliedIndex ?? 0,
    errors: partial.errors ?? [],
    dbSizeInUse: partial.dbSizeInUse ?? 0,
    isLearner: partial.isLearner ?? false,
    storageVersion: partial.storageVersion ?? '',
    dbSizeQuota: partial.dbSizeQuota ?? 0,
    downgradeInfo: partial.downgradeInfo,
  };
}

export const decodeStatusResponse = (bytes: Uint8Array): StatusResponse => readStatusResponse(new WireReader(bytes));

export function encodeStatusResponse(message: StatusResponse): Uint8Array {
  writeStatusResponse(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readStatusResponse(reader: WireReader): StatusResponse {
  let header: ResponseHeader | undefined;
  let version = '';
  let dbSize = 0;
  let leader = 0n;
  let raftIndex = 0;
  let raftTerm = 0;
  let raftAppliedIndex = 0;
  const errors: string[] = [];
  let dbSizeInUse = 0;
  let isLearner = false;
  let storageVersion = '';
  let dbSizeQuota = 0;
  let downgradeInfo: DowngradeInfo | undefined;
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
        version = reader.string();
        break;
      case 24:
        dbSize = reader.i64Number();
        break;
      case 32:
        leader = reader.u64();
        break;
      case 40:
        raftIndex = reader.u64Number();
        break;
      case 48:
        raftTerm = reader.u64Number();
        break;
      case 56:
        raftAppliedIndex = reader.u64Number();
        break;
      case 66:
        errors.push(reader.string());
        break;
      case 72:
        dbSizeInUse = reader.i64Number();
        break;
      case 80:
        isLearner = reader.bool();
        break;
      case 90:
        storageVersion = reader.string();
        break;
      case 96:
        dbSizeQuota = reader.i64Number();
        break;
      case 106: {
        const outer = reader.enter();
        downgradeInfo = readDowngradeInfo(reader);
        reader.leave(outer);
        break;
      }
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return {
    header,
    version,
    dbSize,
    leader,
    raftIndex,
    raftTerm,
    raftAppliedIndex,
    errors,
    dbSizeInUse,
    isLearner,
    storageVersion,
    dbSizeQuota,
    downgradeInfo,
  };
}

export function writeStatusResponse(writer: WireWriter, message: StatusResponse): void {
  if (message.downgradeInfo !== undefined) {
    const mark = writer.length;
    writeDowngradeInfo(writer, message.downgradeInfo);
    writer.message(106, mark);
  }
  if (message.dbSizeQuota !== 0) writer.number(96, message.dbSizeQuota);
  if (message.storageVersion !== '') writer.string(90, message.storageVersion);
  if (message.isLearner) writer.bool(80);
  if (message.dbSizeInUse !== 0) writer.number(72, message.dbSizeInUse);
  for (let index = message.errors.length - 1; index >= 0; index--) {
    writer.string(66, message.errors[index]!);
  }
  if (message.raftAppliedIndex !== 0) writer.number(56, message.raftAppliedIndex);
  if (message.raftTerm !== 0) writer.number(48, message.raftTerm);
  if (message.raftIndex !== 0) writer.number(40, message.raftIndex);
  if (message.leader !== 0n) writer.bigint(32, message.leader);
  if (message.dbSize !== 0) writer.number(24, message.dbSize);
  if (message.version !== '') writer.string(18, message.version);
  if (message.header !== undefined) {
    const mark = writer.length;
    writeResponseHeader(writer, message.header);
    writer.message(10, mark);
  }
}

export type DefragmentRequest = Readonly<Record<string, never>>;

export const createDefragmentRequest = (): DefragmentRequest => ({});

export const decodeDefragmentRequest = (bytes: Uint8Array): DefragmentRequest => readDefragmentRequest(new WireReader(bytes));

export function encodeDefragmentRequest(message: DefragmentRequest): Uint8Array {
  writeDefragmentRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readDefragmentRequest(reader: WireReader): DefragmentRequest {
  while (reader.at < reader.end) reader.skip(reader.u32());
  reader.finish();
  return {};
}

export function writeDefragmentRequest(_writer: WireWriter, _message: DefragmentRequest): void {}

export interface DefragmentResponse {
  readonly header: ResponseHeader | undefined;
}

export function createDefragmentResponse(partial: Partial<DefragmentResponse> = {}): DefragmentResponse {
  return {
    header: partial.header,
  };
}

export const decodeDefragmentResponse = (bytes: Uint8Array): DefragmentResponse => readDefragmentResponse(new WireReader(bytes));

export function encodeDefragmentResponse(message: DefragmentResponse): Uint8Array {
  writeDefragmentResponse(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readDefragmentResponse(reader: WireReader): DefragmentResponse {
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

export function writeDefragmentResponse(writer: WireWriter, message: DefragmentResponse): void {
  if (message.header !== undefined) {
    const mark = writer.length;
    writeResponseHeader(writer, message.header);
    writer.message(10, mark);
  }
}

export type HashRequest = Readonly<Record<string, never>>;

export const createHashRequest = (): HashRequest => ({});

export const decodeHashRequest = (bytes: Uint8Array): HashRequest => readHashRequest(new WireReader(bytes));

export function encodeHashRequest(message: HashRequest): Uint8Array {
  writeHashRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readHashRequest(reader: WireReader): HashRequest {
  while (reader.at < reader.end) reader.skip(reader.u32());
  reader.finish();
  return {};
}

export function writeHashRequest(_writer: WireWriter, _message: HashRequest): void {}

export interface HashResponse {
  readonly header: ResponseHeader | undefined;
  readonly hash: number;
}

export function createHashResponse(partial: Partial<HashResponse> = {}): HashResponse {
  return {
    header: partial.header,
    hash: partial.hash ?? 0,
  };
}

export const decodeHashResponse = (bytes: Uint8Array): HashResponse => readHashResponse(new WireReader(bytes));

export function encodeHashResponse(message: HashResponse): Uint8Array {
  writeHashResponse(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readHashResponse(reader: WireReader): HashResponse {
  let header: ResponseHeader | undefined;
  let hash = 0;
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
        hash = reader.u32();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { header, hash };
}

export function writeHashResponse(writer: WireWriter, message: HashResponse): void {
  if (message.hash !== 0) writer.number(16, message.hash);
  if (message.header !== undefined) {
    const mark = writer.length;
    writeResponseHeader(writer, message.header);
    writer.message(10, mark);
  }
}

export interface HashKVRequest {
  readonly revision: number;
}

export function createHashKVRequest(partial: Partial<HashKVRequest> = {}): HashKVRequest {
  return {
    revision: partial.revision ?? 0,
  };
}

export const decodeHashKVRequest = (bytes: Uint8Array): HashKVRequest => readHashKVRequest(new WireReader(bytes));

export function encodeHashKVRequest(message: HashKVRequest): Uint8Array {
  writeHashKVRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readHashKVRequest(reader: WireReader): HashKVRequest {
  let revision = 0;
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 8:
        revision = reader.i64Number();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { revision };
}

export function writeHashKVRequest(writer: WireWriter, message: HashKVRequest): void {
  if (message.revision !== 0) writer.number(8, message.revision);
}

export interface HashKVResponse {
  readonly header: ResponseHeader | undefined;
  readonly hash: number;
  readonly compactRevision: number;
  readonly hashRevision: number;
}

export function createHashKVResponse(partial: Partial<HashKVResponse> = {}): HashKVResponse {
  return {
    header: partial.header,
    hash: partial.hash ?? 0,
    compactRevision: partial.compactRevision ?? 0,
    hashRevision: partial.hashRevision ?? 0,
  };
}

export const decodeHashKVResponse = (bytes: Uint8Array): HashKVResponse => readHashKVResponse(new WireReader(bytes));

export function encodeHashKVResponse(message: HashKVResponse): Uint8Array {
  writeHashKVResponse(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readHashKVResponse(reader: WireReader): HashKVResponse {
  let header: ResponseHeader | undefined;
  let hash = 0;
  let compactRevision = 0;
  let hashRevision = 0;
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
        hash = reader.u32();
        break;
      case 24:
        compactRevision = reader.i64Number();
        break;
      case 32:
        hashRevision = reader.i64Number();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { header, hash, compactRevision, hashRevision };
}

export function writeHashKVResponse(writer: WireWriter, message: HashKVResponse): void {
  if (message.hashRevision !== 0) writer.number(32, message.hashRevision);
  if (message.compactRevision !== 0) writer.number(24, message.compactRevision);
  if (message.hash !== 0) writer.number(16, message.hash);
  if (message.header !== undefined) {
    const mark = writer.length;
    writeResponseHeader(writer, message.header);
    writer.message(10, mark);
  }
}

export type SnapshotRequest = Readonly<Record<string, never>>;

export const createSnapshotRequest = (): SnapshotRequest => ({});

export const decodeSnapshotRequest = (bytes: Uint8Array): SnapshotRequest => readSnapshotRequest(new WireReader(bytes));

export function encodeSnapshotRequest(message: SnapshotRequest): Uint8Array {
  writeSnapshotRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readSnapshotRequest(reader: WireReader): SnapshotRequest {
  while (reader.at < reader.end) reader.skip(reader.u32());
  reader.finish();
  return {};
}

export function writeSnapshotRequest(_writer: WireWriter, _message: SnapshotRequest): void {}

export interface SnapshotResponse {
  readonly header: ResponseHeader | undefined;
  readonly remainingBytes: number;
  readonly blob: Uint8Array;
  readonly version: string;
}

export function createSnapshotResponse(partial: Partial<SnapshotResponse> = {}): SnapshotResponse {
  return {
    header: partial.header,
    remainingBytes: partial.remainingBytes ?? 0,
    blob: partial.blob ?? EMPTY_BYTES,
    version: partial.version ?? '',
  };
}

export const decodeSnapshotResponse = (bytes: Uint8Array): SnapshotResponse => readSnapshotResponse(new WireReader(bytes));

export function encodeSnapshotResponse(message: SnapshotResponse): Uint8Array {
  writeSnapshotResponse(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readSnapshotResponse(reader: WireReader): SnapshotResponse {
  let header: ResponseHeader | undefined;
  let remainingBytes = 0;
  let blob: Uint8Array = EMPTY_BYTES;
  let version = '';
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
        remainingBytes = reader.u64Number();
        break;
      case 26:
        blob = reader.bytes();
        break;
      case 34:
        version = reader.string();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { header, remainingBytes, blob, version };
}

export function writeSnapshotResponse(writer: WireWriter, message: SnapshotResponse): void {
  if (message.version !== '') writer.string(34, message.version);
  if (message.blob.length !== 0) writer.bytes(26, message.blob);
  if (message.remainingBytes !== 0) writer.number(16, message.remainingBytes);
  if (message.header !== undefined) {
    const mark = writer.length;
    writeResponseHeader(writer, message.header);
    writer.message(10, mark);
  }
}

export interface MoveLeaderRequest {
  readonly targetID: bigint;
}

export function createMoveLeaderRequest(partial: Partial<MoveLeaderRequest> = {}): MoveLeaderRequest {
  return {
    targetID: partial.targetID ?? 0n,
  };
}

export const decodeMoveLeaderRequest = (bytes: Uint8Array): MoveLeaderRequest => readMoveLeaderRequest(new WireReader(bytes));

export function encodeMoveLeaderRequest(message: MoveLeaderRequest): Uint8Array {
  writeMoveLeaderRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readMoveLeaderRequest(reader: WireReader): MoveLeaderRequest {
  let targetID = 0n;
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 8:
        targetID = reader.u64();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { targetID };
}

export function writeMoveLeaderRequest(writer: WireWriter, message: MoveLeaderRequest): void {
  if (message.targetID !== 0n) writer.bigint(8, message.targetID);
}

export interface MoveLeaderResponse {
  readonly header: ResponseHeader | undefined;
}

export function createMoveLeaderResponse(partial: Partial<MoveLeaderResponse> = {}): MoveLeaderResponse {
  return {
    header: partial.header,
  };
}

export const decodeMoveLeaderResponse = (bytes: Uint8Array): MoveLeaderResponse => readMoveLeaderResponse(new WireReader(bytes));

export function encodeMoveLeaderResponse(message: MoveLeaderResponse): Uint8Array {
  writeMoveLeaderResponse(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readMoveLeaderResponse(reader: WireReader): MoveLeaderResponse {
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

export function writeMoveLeaderResponse(writer: WireWriter, message: MoveLeaderResponse): void {
  if (message.header !== undefined) {
    const mark = writer.length;
    writeResponseHeader(writer, message.header);
    writer.message(10, mark);
  }
}

export interface DowngradeRequest {
  readonly action: number;
  readonly version: string;
}

export function createDowngradeRequest(partial: Partial<DowngradeRequest> = {}): DowngradeRequest {
  return {
    action: partial.action ?? 0,
    version: partial.version ?? '',
  };
}

export const decodeDowngradeRequest = (bytes: Uint8Array): DowngradeRequest => readDowngradeRequest(new WireReader(bytes));

export function encodeDowngradeRequest(message: DowngradeRequest): Uint8Array {
  writeDowngradeRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readDowngradeRequest(reader: WireReader): DowngradeRequest {
  let action = 0;
  let version = '';
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 8:
        action = reader.i32();
        break;
      case 18:
        version = reader.string();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { action, version };
}

export function writeDowngradeRequest(writer: WireWriter, message: DowngradeRequest): void {
  if (message.version !== '') writer.string(18, message.version);
  if (message.action !== 0) writer.number(8, message.action);
}

export interface DowngradeResponse {
  readonly header: ResponseHeader | undefined;
  readonly version: string;
}

export function createDowngradeResponse(partial: Partial<DowngradeResponse> = {}): DowngradeResponse {
  return {
    header: partial.header,
    version: partial.version ?? '',
  };
}

export const decodeDowngradeResponse = (bytes: Uint8Array): DowngradeResponse => readDowngradeResponse(new WireReader(bytes));

export function encodeDowngradeResponse(message: DowngradeResponse): Uint8Array {
  writeDowngradeResponse(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readDowngradeResponse(reader: WireReader): DowngradeResponse {
  let header: ResponseHeader | undefined;
  let version = '';
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
        version = reader.string();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { header, version };
}

export function writeDowngradeResponse(writer: WireWriter, message: DowngradeResponse): void {
  if (message.version !== '') writer.string(18, message.version);
  if (message.header !== undefined) {
    const mark = writer.length;
    writeResponseHeader(writer, message.header);
    writer.message(10, mark);
  }
}

export interface AlarmMember {
  readonly memberID: bigint;
  readonly alarm: number;
}

export function createAlarmMember(partial: Partial<AlarmMember> = {}): AlarmMember {
  return {
    memberID: partial.memberID ?? 0n,
    alarm: partial.alarm ?? 0,
  };
}

export const decodeAlarmMember = (bytes: Uint8Array): AlarmMember => readAlarmMember(new WireReader(bytes));

export function encodeAlarmMember(message: AlarmMember): Uint8Array {
  writeAlarmMember(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readAlarmMember(reader: WireReader): AlarmMember {
  let memberID = 0n;
  let alarm = 0;
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 8:
        memberID = reader.u64();
        break;
      case 16:
        alarm = reader.i32();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { memberID, alarm };
}

export function writeAlarmMember(writer: WireWriter, message: AlarmMember): void {
  if (message.alarm !== 0) writer.number(16, message.alarm);
  if (message.memberID !== 0n) writer.bigint(8, message.memberID);
}

export interface DowngradeInfo {
  readonly enabled: boolean;
  readonly targetVersion: string;
}

export function createDowngradeInfo(partial: Partial<DowngradeInfo> = {}): DowngradeInfo {
  return {
    enabled: partial.enabled ?? false,
    targetVersion: partial.targetVersion ?? '',
  };
}

export const decodeDowngradeInfo = (bytes: Uint8Array): DowngradeInfo => readDowngradeInfo(new WireReader(bytes));

export function encodeDowngradeInfo(message: DowngradeInfo): Uint8Array {
  writeDowngradeInfo(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readDowngradeInfo(reader: WireReader): DowngradeInfo {
  let enabled = false;
  let targetVersion = '';
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 8:
        enabled = reader.bool();
        break;
      case 18:
        targetVersion = reader.string();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { enabled, targetVersion };
}

export function writeDowngradeInfo(writer: WireWriter, message: DowngradeInfo): void {
  if (message.targetVersion !== '') writer.string(18, message.targetVersion);
  if (message.enabled) writer.bool(8);
}
