// Generated from ../../proto by scripts/generate.mjs: change those, not this.
import { WireReader } from '../wire-reader.js';
import { sharedWriter, type WireWriter } from '../wire-writer.js';
import { type ResponseHeader, readResponseHeader, writeResponseHeader } from './header.js';

export interface MemberAddRequest {
  readonly peerURLs: readonly string[];
  readonly isLearner: boolean;
}

export function createMemberAddRequest(partial: Partial<MemberAddRequest> = {}): MemberAddRequest {
  return {
    peerURLs: partial.peerURLs ?? [],
    isLearner: partial.isLearner ?? false,
  };
}

export const decodeMemberAddRequest = (bytes: Uint8Array): MemberAddRequest => readMemberAddRequest(new WireReader(bytes));

export function encodeMemberAddRequest(message: MemberAddRequest): Uint8Array {
  writeMemberAddRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readMemberAddRequest(reader: WireReader): MemberAddRequest {
  const peerURLs: string[] = [];
  let isLearner = false;
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 10:
        peerURLs.push(reader.string());
        break;
      case 16:
        isLearner = reader.bool();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { peerURLs, isLearner };
}

export function writeMemberAddRequest(writer: WireWriter, message: MemberAddRequest): void {
  if (message.isLearner) writer.bool(16);
  for (let index = message.peerURLs.length - 1; index >= 0; index--) {
    writer.string(10, message.peerURLs[index]!);
  }
}

export interface MemberAddResponse {
  readonly header: ResponseHeader | undefined;
  readonly member: Member | undefined;
  readonly members: readonly Member[];
}

export function createMemberAddResponse(partial: Partial<MemberAddResponse> = {}): MemberAddResponse {
  return {
    header: partial.header,
    member: partial.member,
    members: partial.members ?? [],
  };
}

export const decodeMemberAddResponse = (bytes: Uint8Array): MemberAddResponse => readMemberAddResponse(new WireReader(bytes));

export function encodeMemberAddResponse(message: MemberAddResponse): Uint8Array {
  writeMemberAddResponse(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readMemberAddResponse(reader: WireReader): MemberAddResponse {
  let header: ResponseHeader | undefined;
  let member: Member | undefined;
  const members: Member[] = [];
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
        member = readMember(reader);
        reader.leave(outer);
        break;
      }
      case 26: {
        const outer = reader.enter();
        members.push(readMember(reader));
        reader.leave(outer);
        break;
      }
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { header, member, members };
}

export function writeMemberAddResponse(writer: WireWriter, message: MemberAddResponse): void {
  for (let index = message.members.length - 1; index >= 0; index--) {
    const mark = writer.length;
    writeMember(writer, message.members[index]!);
    writer.message(26, mark);
  }
  if (message.member !== undefined) {
    const mark = writer.length;
    writeMember(writer, message.member);
    writer.message(18, mark);
  }
  if (message.header !== undefined) {
    const mark = writer.length;
    writeResponseHeader(writer, message.header);
    writer.message(10, mark);
  }
}

export interface MemberRemoveRequest {
  readonly ID: bigint;
}

export function createMemberRemoveRequest(partial: Partial<MemberRemoveRequest> = {}): MemberRemoveRequest {
  return {
    ID: partial.ID ?? 0n,
  };
}

export const decodeMemberRemoveRequest = (bytes: Uint8Array): MemberRemoveRequest => readMemberRemoveRequest(new WireReader(bytes));

export function encodeMemberRemoveRequest(message: MemberRemoveRequest): Uint8Array {
  writeMemberRemoveRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readMemberRemoveRequest(reader: WireReader): MemberRemoveRequest {
  let ID = 0n;
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 8:
        ID = reader.u64();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { ID };
}

export function writeMemberRemoveRequest(writer: WireWriter, message: MemberRemoveRequest): void {
  if (message.ID !== 0n) writer.bigint(8, message.ID);
}

export interface MemberRemoveResponse {
  readonly header: ResponseHeader | undefined;
  readonly members: readonly Member[];
}

export function createMemberRemoveResponse(partial: Partial<MemberRemoveResponse> = {}): MemberRemoveResponse {
  return {
    header: partial.header,
    members: partial.members ?? [],
  };
}

export const decodeMemberRemoveResponse = (bytes: Uint8Array): MemberRemoveResponse => readMemberRemoveResponse(new WireReader(bytes));

export function encodeMemberRemoveResponse(message: MemberRemoveResponse): Uint8Array {
  writeMemberRemoveResponse(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readMemberRemoveResponse(reader: WireReader): MemberRemoveResponse {
  let header: ResponseHeader | undefined;
  const members: Member[] = [];
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
        members.push(readMember(reader));
        reader.leave(outer);
        break;
      }
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { header, members };
}

export function writeMemberRemoveResponse(writer: WireWriter, message: MemberRemoveResponse): void {
  for (let index = message.members.length - 1; index >= 0; index--) {
    const mark = writer.length;
    writeMember(writer, message.members[index]!);
    writer.message(18, mark);
  }
  if (message.header !== undefined) {
    const mark = writer.length;
    writeResponseHeader(writer, message.header);
    writer.message(10, mark);
  }
}

export interface MemberUpdateRequest {
  readonly ID: bigint;
  readonly peerURLs: readonly string[];
}

export function createMemberUpdateRequest(partial: Partial<MemberUpdateRequest> = {}): MemberUpdateRequest {
  return {
    ID: partial.ID ?? 0n,
    peerURLs: partial.peerURLs ?? [],
  };
}

export const decodeMemberUpdateRequest = (bytes: Uint8Array): MemberUpdateRequest => readMemberUpdateRequest(new WireReader(bytes));

export function encodeMemberUpdateRequest(message: MemberUpdateRequest): Uint8Array {
  writeMemberUpdateRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readMemberUpdateRequest(reader: WireReader): MemberUpdateRequest {
  let ID = 0n;
  const peerURLs: string[] = [];
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 8:
        ID = reader.u64();
        break;
      case 18:
        peerURLs.push(reader.string());
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { ID, peerURLs };
}

export function writeMemberUpdateRequest(writer: WireWriter, message: MemberUpdateRequest): void {
  for (let index = message.peerURLs.length - 1; index >= 0; index--) {
    writer.string(18, message.peerURLs[index]!);
  }
  if (message.ID !== 0n) writer.bigint(8, message.ID);
}

export interface MemberUpdateResponse {
  readonly header: ResponseHeader | undefined;
  readonly members: readonly Member[];
}

export function createMemberUpdateResponse(partial: Partial<MemberUpdateResponse> = {}): MemberUpdateResponse {
  return {
    header: partial.header,
    members: partial.members ?? [],
  };
}

export const decodeMemberUpdateResponse = (bytes: Uint8Array): MemberUpdateResponse => readMemberUpdateResponse(new WireReader(bytes));

export function encodeMemberUpdateResponse(message: MemberUpdateResponse): Uint8Array {
  writeMemberUpdateResponse(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readMemberUpdateResponse(reader: WireReader): MemberUpdateResponse {
  let header: ResponseHeader | undefined;
  const members: Member[] = [];
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
        members.push(readMember(reader));
        reader.leave(outer);
        break;
      }
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { header, members };
}

export function writeMemberUpdateResponse(writer: WireWriter, message: MemberUpdateResponse): void {
  for (let index = message.members.length - 1; index >= 0; index--) {
    const mark = writer.length;
    writeMember(writer, message.members[index]!);
    writer.message(18, mark);
  }
  if (message.header !== undefined) {
    const mark = writer.length;
    writeResponseHeader(writer, message.header);
    writer.message(10, mark);
  }
}

export interface MemberListRequest {
  readonly linearizable: boolean;
}

export function createMemberListRequest(partial: Partial<MemberListRequest> = {}): MemberListRequest {
  return {
    linearizable: partial.linearizable ?? false,
  };
}

export const decodeMemberListRequest = (bytes: Uint8Array): MemberListRequest => readMemberListRequest(new WireReader(bytes));

export function encodeMemberListRequest(message: MemberListRequest): Uint8Array {
  writeMemberListRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readMemberListRequest(reader: WireReader): MemberListRequest {
  let linearizable = false;
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 8:
        linearizable = reader.bool();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { linearizable };
}

export function writeMemberListRequest(writer: WireWriter, message: MemberListRequest): void {
  if (message.linearizable) writer.bool(8);
}

export interface MemberListResponse {
  readonly header: ResponseHeader | undefined;
  readonly members: readonly Member[];
}

export function createMemberListResponse(partial: Partial<MemberListResponse> = {}): MemberListResponse {
  return {
    header: partial.header,
    members: partial.members ?? [],
  };
}

export const decodeMemberListResponse = (bytes: Uint8Array): MemberListResponse => readMemberListResponse(new WireReader(bytes));

export function encodeMemberListResponse(message: MemberListResponse): Uint8Array {
  writeMemberListResponse(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readMemberListResponse(reader: WireReader): MemberListResponse {
  let header: ResponseHeader | undefined;
  const members: Member[] = [];
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
        members.push(readMember(reader));
        reader.leave(outer);
        break;
      }
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { header, members };
}

export function writeMemberListResponse(writer: WireWriter, message: MemberListResponse): void {
  for (let index = message.members.length - 1; index >= 0; index--) {
    const mark = writer.length;
    writeMember(writer, message.members[index]!);
    writer.message(18, mark);
  }
  if (message.header !== undefined) {
    const mark = writer.length;
    writeResponseHeader(writer, message.header);
    writer.message(10, mark);
  }
}

export interface MemberPromoteRequest {
  readonly ID: bigint;
}

export function createMemberPromoteRequest(partial: Partial<MemberPromoteRequest> = {}): MemberPromoteRequest {
  return {
    ID: partial.ID ?? 0n,
  };
}

export const decodeMemberPromoteRequest = (bytes: Uint8Array): MemberPromoteRequest => readMemberPromoteRequest(new WireReader(bytes));

export function encodeMemberPromoteRequest(message: MemberPromoteRequest): Uint8Array {
  writeMemberPromoteRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readMemberPromoteRequest(reader: WireReader): MemberPromoteRequest {
  let ID = 0n;
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 8:
        ID = reader.u64();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { ID };
}

export function writeMemberPromoteRequest(writer: WireWriter, message: MemberPromoteRequest): void {
  if (message.ID !== 0n) writer.bigint(8, message.ID);
}

export interface MemberPromoteResponse {
  readonly header: ResponseHeader | undefined;
  readonly members: readonly Member[];
}

export function createMemberPromoteResponse(partial: Partial<MemberPromoteResponse> = {}): MemberPromoteResponse {
  return {
    header: partial.header,
    members: partial.members ?? [],
  };
}

export const decodeMemberPromoteResponse = (bytes: Uint8Array): MemberPromoteResponse => readMemberPromoteResponse(new WireReader(bytes));

export function encodeMemberPromoteResponse(message: MemberPromoteResponse): Uint8Array {
  writeMemberPromoteResponse(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readMemberPromoteResponse(reader: WireReader): MemberPromoteResponse {
  let header: ResponseHeader | undefined;
  const members: Member[] = [];
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
        members.push(readMember(reader));
        reader.leave(outer);
        break;
      }
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { header, members };
}

export function writeMemberPromoteResponse(writer: WireWriter, message: MemberPromoteResponse): void {
  for (let index = message.members.length - 1; index >= 0; index--) {
    const mark = writer.length;
    writeMember(writer, message.members[index]!);
    writer.message(18, mark);
  }
  if (message.header !== undefined) {
    const mark = writer.length;
    writeResponseHeader(writer, message.header);
    writer.message(10, mark);
  }
}

export interface Member {
  readonly ID: bigint;
  readonly name: string;
  readonly peerURLs: readonly string[];
  readonly clientURLs: readonly string[];
  readonly isLearner: boolean;
}

export function createMember(partial: Partial<Member> = {}): Member {
  return {
    ID: partial.ID ?? 0n,
    name: partial.name ?? '',
    peerURLs: partial.peerURLs ?? [],
    clientURLs: partial.clientURLs ?? [],
    isLearner: partial.isLearner ?? false,
  };
}

export const decodeMember = (bytes: Uint8Array): Member => readMember(new WireReader(bytes));

export function encodeMember(message: Member): Uint8Array {
  writeMember(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readMember(reader: WireReader): Member {
  let ID = 0n;
  let name = '';
  const peerURLs: string[] = [];
  const clientURLs: string[] = [];
  let isLearner = false;
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 8:
        ID = reader.u64();
        break;
      case 18:
        name = reader.string();
        break;
      case 26:
        peerURLs.push(reader.string());
        break;
      case 34:
        clientURLs.push(reader.string());
        break;
      case 40:
        isLearner = reader.bool();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { ID, name, peerURLs, clientURLs, isLearner };
}

export function writeMember(writer: WireWriter, message: Member): void {
  if (message.isLearner) writer.bool(40);
  for (let index = message.clientURLs.length - 1; index >= 0; index--) {
    writer.string(34, message.clientURLs[index]!);
  }
  for (let index = message.peerURLs.length - 1; index >= 0; index--) {
    writer.string(26, message.peerURLs[index]!);
  }
  if (message.name !== '') writer.string(18, message.name);
  if (message.ID !== 0n) writer.bigint(8, message.ID);
}
