// Generated from ../../proto by scripts/generate.mjs: change those, not this.
import { WireReader } from '../wire-reader.js';
import { sharedWriter, type WireWriter } from '../wire-writer.js';

export interface ResponseHeader {
  readonly clusterId: bigint;
  readonly memberId: bigint;
  readonly revision: number;
  readonly raftTerm: number;
}

export function createResponseHeader(partial: Partial<ResponseHeader> = {}): ResponseHeader {
  return {
    clusterId: partial.clusterId ?? 0n,
    memberId: partial.memberId ?? 0n,
    revision: partial.revision ?? 0,
    raftTerm: partial.raftTerm ?? 0,
  };
}

export const decodeResponseHeader = (bytes: Uint8Array): ResponseHeader => readResponseHeader(new WireReader(bytes));

export function encodeResponseHeader(message: ResponseHeader): Uint8Array {
  writeResponseHeader(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readResponseHeader(reader: WireReader): ResponseHeader {
  let clusterId = 0n;
  let memberId = 0n;
  let revision = 0;
  let raftTerm = 0;
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 8:
        clusterId = reader.u64();
        break;
      case 16:
        memberId = reader.u64();
        break;
      case 24:
        revision = reader.i64Number();
        break;
      case 32:
        raftTerm = reader.u64Number();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { clusterId, memberId, revision, raftTerm };
}

export function writeResponseHeader(writer: WireWriter, message: ResponseHeader): void {
  if (message.raftTerm !== 0) writer.number(32, message.raftTerm);
  if (message.revision !== 0) writer.number(24, message.revision);
  if (message.memberId !== 0n) writer.bigint(16, message.memberId);
  if (message.clusterId !== 0n) writer.bigint(8, message.clusterId);
}

export interface LeaseCheckpoint {
  readonly ID: bigint;
  readonly remainingTTL: number;
}

export function createLeaseCheckpoint(partial: Partial<LeaseCheckpoint> = {}): LeaseCheckpoint {
  return {
    ID: partial.ID ?? 0n,
    remainingTTL: partial.remainingTTL ?? 0,
  };
}

export const decodeLeaseCheckpoint = (bytes: Uint8Array): LeaseCheckpoint => readLeaseCheckpoint(new WireReader(bytes));

export function encodeLeaseCheckpoint(message: LeaseCheckpoint): Uint8Array {
  writeLeaseCheckpoint(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readLeaseCheckpoint(reader: WireReader): LeaseCheckpoint {
  let ID = 0n;
  let remainingTTL = 0;
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 8:
        ID = reader.i64();
        break;
      case 16:
        remainingTTL = reader.i64Number();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { ID, remainingTTL };
}

export function writeLeaseCheckpoint(writer: WireWriter, message: LeaseCheckpoint): void {
  if (message.remainingTTL !== 0) writer.number(16, message.remainingTTL);
  if (message.ID !== 0n) writer.bigint(8, message.ID);
}
