// Generated from ../../proto by scripts/generate.mjs: change those, not this.
import { EMPTY_BYTES } from '@reknit/base';
import { WireReader } from '../wire-reader.js';
import { sharedWriter, type WireWriter } from '../wire-writer.js';
import { type Permission, type UserAddOptions, readPermission, readUserAddOptions, writePermission, writeUserAddOptions } from './authpb.js';
import { type ResponseHeader, readResponseHeader, writeResponseHeader } from './header.js';

export type AuthEnableRequest = Readonly<Record<string, never>>;

export const createAuthEnableRequest = (): AuthEnableRequest => ({});

export const decodeAuthEnableRequest = (bytes: Uint8Array): AuthEnableRequest => readAuthEnableRequest(new WireReader(bytes));

export function encodeAuthEnableRequest(message: AuthEnableRequest): Uint8Array {
  writeAuthEnableRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readAuthEnableRequest(reader: WireReader): AuthEnableRequest {
  while (reader.at < reader.end) reader.skip(reader.u32());
  reader.finish();
  return {};
}

export function writeAuthEnableRequest(_writer: WireWriter, _message: AuthEnableRequest): void {}

export interface AuthEnableResponse {
  readonly header: ResponseHeader | undefined;
}

export function createAuthEnableResponse(partial: Partial<AuthEnableResponse> = {}): AuthEnableResponse {
  return {
    header: partial.header,
  };
}

export const decodeAuthEnableResponse = (bytes: Uint8Array): AuthEnableResponse => readAuthEnableResponse(new WireReader(bytes));

export function encodeAuthEnableResponse(message: AuthEnableResponse): Uint8Array {
  writeAuthEnableResponse(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readAuthEnableResponse(reader: WireReader): AuthEnableResponse {
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

export function writeAuthEnableResponse(writer: WireWriter, message: AuthEnableResponse): void {
  if (message.header !== undefined) {
    const mark = writer.length;
    writeResponseHeader(writer, message.header);
    writer.message(10, mark);
  }
}

export type AuthDisableRequest = Readonly<Record<string, never>>;

export const createAuthDisableRequest = (): AuthDisableRequest => ({});

export const decodeAuthDisableRequest = (bytes: Uint8Array): AuthDisableRequest => readAuthDisableRequest(new WireReader(bytes));

export function encodeAuthDisableRequest(message: AuthDisableRequest): Uint8Array {
  writeAuthDisableRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readAuthDisableRequest(reader: WireReader): AuthDisableRequest {
  while (reader.at < reader.end) reader.skip(reader.u32());
  reader.finish();
  return {};
}

export function writeAuthDisableRequest(_writer: WireWriter, _message: AuthDisableRequest): void {}

export interface AuthDisableResponse {
  readonly header: ResponseHeader | undefined;
}

export function createAuthDisableResponse(partial: Partial<AuthDisableResponse> = {}): AuthDisableResponse {
  return {
    header: partial.header,
  };
}

export const decodeAuthDisableResponse = (bytes: Uint8Array): AuthDisableResponse => readAuthDisableResponse(new WireReader(bytes));

export function encodeAuthDisableResponse(message: AuthDisableResponse): Uint8Array {
  writeAuthDisableResponse(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readAuthDisableResponse(reader: WireReader): AuthDisableResponse {
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

export function writeAuthDisableResponse(writer: WireWriter, message: AuthDisableResponse): void {
  if (message.header !== undefined) {
    const mark = writer.length;
    writeResponseHeader(writer, message.header);
    writer.message(10, mark);
  }
}

export type AuthStatusRequest = Readonly<Record<string, never>>;

export const createAuthStatusRequest = (): AuthStatusRequest => ({});

export const decodeAuthStatusRequest = (bytes: Uint8Array): AuthStatusRequest => readAuthStatusRequest(new WireReader(bytes));

export function encodeAuthStatusRequest(message: AuthStatusRequest): Uint8Array {
  writeAuthStatusRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readAuthStatusRequest(reader: WireReader): AuthStatusRequest {
  while (reader.at < reader.end) reader.skip(reader.u32());
  reader.finish();
  return {};
}

export function writeAuthStatusRequest(_writer: WireWriter, _message: AuthStatusRequest): void {}

export interface AuthStatusResponse {
  readonly header: ResponseHeader | undefined;
  readonly enabled: boolean;
  readonly authRevision: number;
}

export function createAuthStatusResponse(partial: Partial<AuthStatusResponse> = {}): AuthStatusResponse {
  return {
    header: partial.header,
    enabled: partial.enabled ?? false,
    authRevision: partial.authRevision ?? 0,
  };
}

export const decodeAuthStatusResponse = (bytes: Uint8Array): AuthStatusResponse => readAuthStatusResponse(new WireReader(bytes));

export function encodeAuthStatusResponse(message: AuthStatusResponse): Uint8Array {
  writeAuthStatusResponse(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readAuthStatusResponse(reader: WireReader): AuthStatusResponse {
  let header: ResponseHeader | undefined;
  let enabled = false;
  let authRevision = 0;
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
        enabled = reader.bool();
        break;
      case 24:
        authRevision = reader.u64Number();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { header, enabled, authRevision };
}

export function writeAuthStatusResponse(writer: WireWriter, message: AuthStatusResponse): void {
  if (message.authRevision !== 0) writer.number(24, message.authRevision);
  if (message.enabled) writer.bool(16);
  if (message.header !== undefined) {
    const mark = writer.length;
    writeResponseHeader(writer, message.header);
    writer.message(10, mark);
  }
}

export interface AuthenticateRequest {
  readonly name: string;
  readonly password: string;
}

export function createAuthenticateRequest(partial: Partial<AuthenticateRequest> = {}): AuthenticateRequest {
  return {
    name: partial.name ?? '',
    password: partial.password ?? '',
  };
}

export const decodeAuthenticateRequest = (bytes: Uint8Array): AuthenticateRequest => readAuthenticateRequest(new WireReader(bytes));

export function encodeAuthenticateRequest(message: AuthenticateRequest): Uint8Array {
  writeAuthenticateRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readAuthenticateRequest(reader: WireReader): AuthenticateRequest {
  let name = '';
  let password = '';
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 10:
        name = reader.string();
        break;
      case 18:
        password = reader.string();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { name, password };
}

export function writeAuthenticateRequest(writer: WireWriter, message: AuthenticateRequest): void {
  if (message.password !== '') writer.string(18, message.password);
  if (message.name !== '') writer.string(10, message.name);
}

export interface AuthenticateResponse {
  readonly header: ResponseHeader | undefined;
  readonly token: string;
}

export function createAuthenticateResponse(partial: Partial<AuthenticateResponse> = {}): AuthenticateResponse {
  return {
    header: partial.header,
    token: partial.token ?? '',
  };
}

export const decodeAuthenticateResponse = (bytes: Uint8Array): AuthenticateResponse => readAuthenticateResponse(new WireReader(bytes));

export function encodeAuthenticateResponse(message: AuthenticateResponse): Uint8Array {
  writeAuthenticateResponse(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readAuthenticateResponse(reader: WireReader): AuthenticateResponse {
  let header: ResponseHeader | undefined;
  let token = '';
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
        token = reader.string();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { header, token };
}

export function writeAuthenticateResponse(writer: WireWriter, message: AuthenticateResponse): void {
  if (message.token !== '') writer.string(18, message.token);
  if (message.header !== undefined) {
    const mark = writer.length;
    writeResponseHeader(writer, message.header);
    writer.message(10, mark);
  }
}

export interface AuthUserAddRequest {
  readonly name: string;
  readonly password: string;
  readonly options: UserAddOptions | undefined;
  readonly hashedPassword: string;
}

export function createAuthUserAddRequest(partial: Partial<AuthUserAddRequest> = {}): AuthUserAddRequest {
  return {
    name: partial.name ?? '',
    password: partial.password ?? '',
    options: partial.options,
    hashedPassword: partial.hashedPassword ?? '',
  };
}

export const decodeAuthUserAddRequest = (bytes: Uint8Array): AuthUserAddRequest => readAuthUserAddRequest(new WireReader(bytes));

export function encodeAuthUserAddRequest(message: AuthUserAddRequest): Uint8Array {
  writeAuthUserAddRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readAuthUserAddRequest(reader: WireReader): AuthUserAddRequest {
  let name = '';
  let password = '';
  let options: UserAddOptions | undefined;
  let hashedPassword = '';
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 10:
        name = reader.string();
        break;
      case 18:
        password = reader.string();
        break;
      case 26: {
        const outer = reader.enter();
        options = readUserAddOptions(reader);
        reader.leave(outer);
        break;
      }
      case 34:
        hashedPassword = reader.string();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { name, password, options, hashedPassword };
}

export function writeAuthUserAddRequest(writer: WireWriter, message: AuthUserAddRequest): void {
  if (message.hashedPassword !== '') writer.string(34, message.hashedPassword);
  if (message.options !== undefined) {
    const mark = writer.length;
    writeUserAddOptions(writer, message.options);
    writer.message(26, mark);
  }
  if (message.password !== '') writer.string(18, message.password);
  if (message.name !== '') writer.string(10, message.name);
}

export interface AuthUserAddResponse {
  readonly header: ResponseHeader | undefined;
}

export function createAuthUserAddResponse(partial: Partial<AuthUserAddResponse> = {}): AuthUserAddResponse {
  return {
    header: partial.header,
  };
}

export const decodeAuthUserAddResponse = (bytes: Uint8Array): AuthUserAddResponse => readAuthUserAddResponse(new WireReader(bytes));

export function encodeAuthUserAddResponse(message: AuthUserAddResponse): Uint8Array {
  writeAuthUserAddResponse(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readAuthUserAddResponse(reader: WireReader): AuthUserAddResponse {
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

export function writeAuthUserAddResponse(writer: WireWriter, message: AuthUserAddResponse): void {
  if (message.header !== undefined) {
    const mark = writer.length;
    writeResponseHeader(writer, message.header);
    writer.message(10, mark);
  }
}

export interface AuthUserGetRequest {
  readonly name: string;
}

export function createAuthUserGetRequest(partial: Partial<AuthUserGetRequest> = {}): AuthUserGetRequest {
  return {
    name: partial.name ?? '',
  };
}

export const decodeAuthUserGetRequest = (bytes: Uint8Array): AuthUserGetRequest => readAuthUserGetRequest(new WireReader(bytes));

export function encodeAuthUserGetRequest(message: AuthUserGetRequest): Uint8Array {
  writeAuthUserGetRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readAuthUserGetRequest(reader: WireReader): AuthUserGetRequest {
  let name = '';
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 10:
        name = reader.string();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { name };
}

export function writeAuthUserGetRequest(writer: WireWriter, message: AuthUserGetRequest): void {
  if (message.name !== '') writer.string(10, message.name);
}

export interface AuthUserGetResponse {
  readonly header: ResponseHeader | undefined;
  readonly roles: readonly string[];
}

export function createAuthUserGetResponse(partial: Partial<AuthUserGetResponse> = {}): AuthUserGetResponse {
  return {
    header: partial.header,
    roles: partial.roles ?? [],
  };
}

export const decodeAuthUserGetResponse = (bytes: Uint8Array): AuthUserGetResponse => readAuthUserGetResponse(new WireReader(bytes));

export function encodeAuthUserGetResponse(message: AuthUserGetResponse): Uint8Array {
  writeAuthUserGetResponse(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readAuthUserGetResponse(reader: WireReader): AuthUserGetResponse {
  let header: ResponseHeader | undefined;
  const roles: string[] = [];
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
        roles.push(reader.string());
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { header, roles };
}

export function writeAuthUserGetResponse(writer: WireWriter, message: AuthUserGetResponse): void {
  for (let index = message.roles.length - 1; index >= 0; index--) {
    writer.string(18, message.roles[index]!);
  }
  if (message.header !== undefined) {
    const mark = writer.length;
    writeResponseHeader(writer, message.header);
    writer.message(10, mark);
  }
}

export type AuthUserListRequest = Readonly<Record<string, never>>;

export const createAuthUserListRequest = (): AuthUserListRequest => ({});

export const decodeAuthUserListRequest = (bytes: Uint8Array): AuthUserListRequest => readAuthUserListRequest(new WireReader(bytes));

export function encodeAuthUserListRequest(message: AuthUserListRequest): Uint8Array {
  writeAuthUserListRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readAuthUserListRequest(reader: WireReader): AuthUserListRequest {
  while (reader.at < reader.end) reader.skip(reader.u32());
  reader.finish();
  return {};
}

export function writeAuthUserListRequest(_writer: WireWriter, _message: AuthUserListRequest): void {}

export interface AuthUserListResponse {
  readonly header: ResponseHeader | undefined;
  readonly users: readonly string[];
}

export function createAuthUserListResponse(partial: Partial<AuthUserListResponse> = {}): AuthUserListResponse {
  return {
    header: partial.header,
    users: partial.users ?? [],
  };
}

export const decodeAuthUserListResponse = (bytes: Uint8Array): AuthUserListResponse => readAuthUserListResponse(new WireReader(bytes));

export function encodeAuthUserListResponse(message: AuthUserListResponse): Uint8Array {
  writeAuthUserListResponse(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readAuthUserListResponse(reader: WireReader): AuthUserListResponse {
  let header: ResponseHeader | undefined;
  const users: string[] = [];
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
        users.push(reader.string());
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { header, users };
}

export function writeAuthUserListResponse(writer: WireWriter, message: AuthUserListResponse): void {
  for (let index = message.users.length - 1; index >= 0; index--) {
    writer.string(18, message.users[index]!);
  }
  if (message.header !== undefined) {
    const mark = writer.length;
    writeResponseHeader(writer, message.header);
    writer.message(10, mark);
  }
}

export interface AuthUserDeleteRequest {
  readonly name: string;
}

export function createAuthUserDeleteRequest(partial: Partial<AuthUserDeleteRequest> = {}): AuthUserDeleteRequest {
  return {
    name: partial.name ?? '',
  };
}

export const decodeAuthUserDeleteRequest = (bytes: Uint8Array): AuthUserDeleteRequest => readAuthUserDeleteRequest(new WireReader(bytes));

export function encodeAuthUserDeleteRequest(message: AuthUserDeleteRequest): Uint8Array {
  writeAuthUserDeleteRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readAuthUserDeleteRequest(reader: WireReader): AuthUserDeleteRequest {
  let name = '';
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 10:
        name = reader.string();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { name };
}

export function writeAuthUserDeleteRequest(writer: WireWriter, message: AuthUserDeleteRequest): void {
  if (message.name !== '') writer.string(10, message.name);
}

export interface AuthUserDeleteResponse {
  readonly header: ResponseHeader | undefined;
}

export function createAuthUserDeleteResponse(partial: Partial<AuthUserDeleteResponse> = {}): AuthUserDeleteResponse {
  return {
    header: partial.header,
  };
}

export const decodeAuthUserDeleteResponse = (bytes: Uint8Array): AuthUserDeleteResponse => readAuthUserDeleteResponse(new WireReader(bytes));

export function encodeAuthUserDeleteResponse(message: AuthUserDeleteResponse): Uint8Array {
  writeAuthUserDeleteResponse(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readAuthUserDeleteResponse(reader: WireReader): AuthUserDeleteResponse {
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

export function writeAuthUserDeleteResponse(writer: WireWriter, message: AuthUserDeleteResponse): void {
  if (message.header !== undefined) {
    const mark = writer.length;
    writeResponseHeader(writer, message.header);
    writer.message(10, mark);
  }
}

export interface AuthUserChangePasswordRequest {
  readonly name: string;
  readonly password: string;
  readonly hashedPassword: string;
}

export function createAuthUserChangePasswordRequest(partial: Partial<AuthUserChangePasswordRequest> = {}): AuthUserChangePasswordRequest {
  return {
    name: partial.name ?? '',
    password: partial.password ?? '',
    hashedPassword: partial.hashedPassword ?? '',
  };
}

export const decodeAuthUserChangePasswordRequest = (bytes: Uint8Array): AuthUserChangePasswordRequest => readAuthUserChangePasswordRequest(new WireReader(bytes));

export function encodeAuthUserChangePasswordRequest(message: AuthUserChangePasswordRequest): Uint8Array {
  writeAuthUserChangePasswordRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readAuthUserChangePasswordRequest(reader: WireReader): AuthUserChangePasswordRequest {
  let name = '';
  let password = '';
  let hashedPassword = '';
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 10:
        name = reader.string();
        break;
      case 18:
        password = reader.string();
        break;
      case 26:
        hashedPassword = reader.string();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { name, password, hashedPassword };
}

export function writeAuthUserChangePasswordRequest(writer: WireWriter, message: AuthUserChangePasswordRequest): void {
  if (message.hashedPassword !== '') writer.string(26, message.hashedPassword);
  if (message.password !== '') writer.string(18, message.password);
  if (message.name !== '') writer.string(10, message.name);
}

export interface AuthUserChangePasswordResponse {
  readonly header: ResponseHeader | undefined;
}

export function createAuthUserChangePasswordResponse(partial: Partial<AuthUserChangePasswordResponse> = {}): AuthUserChangePasswordResponse {
  return {
    header: partial.header,
  };
}

export const decodeAuthUserChangePasswordResponse = (bytes: Uint8Array): AuthUserChangePasswordResponse => readAuthUserChangePasswordResponse(new WireReader(bytes));

export function encodeAuthUserChangePasswordResponse(message: AuthUserChangePasswordResponse): Uint8Array {
  writeAuthUserChangePasswordResponse(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readAuthUserChangePasswordResponse(reader: WireReader): AuthUserChangePasswordResponse {
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

export function writeAuthUserChangePasswordResponse(writer: WireWriter, message: AuthUserChangePasswordResponse): void {
  if (message.header !== undefined) {
    const mark = writer.length;
    writeResponseHeader(writer, message.header);
    writer.message(10, mark);
  }
}

export interface AuthUserGrantRoleRequest {
  readonly user: string;
  readonly role: string;
}

export function createAuthUserGrantRoleRequest(partial: Partial<AuthUserGrantRoleRequest> = {}): AuthUserGrantRoleRequest {
  return {
    user: partial.user ?? '',
    role: partial.role ?? '',
  };
}

export const decodeAuthUserGrantRoleRequest = (bytes: Uint8Array): AuthUserGrantRoleRequest => readAuthUserGrantRoleRequest(new WireReader(bytes));

export function encodeAuthUserGrantRoleRequest(message: AuthUserGrantRoleRequest): Uint8Array {
  writeAuthUserGrantRoleRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readAuthUserGrantRoleRequest(reader: WireReader): AuthUserGrantRoleRequest {
  let user = '';
  let role = '';
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 10:
        user = reader.string();
        break;
      case 18:
        role = reader.string();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { user, role };
}

export function writeAuthUserGrantRoleRequest(writer: WireWriter, message: AuthUserGrantRoleRequest): void {
  if (message.role !== '') writer.string(18, message.role);
  if (message.user !== '') writer.string(10, message.user);
}

export interface AuthUserGrantRoleResponse {
  readonly header: ResponseHeader | undefined;
}

export function createAuthUserGrantRoleResponse(partial: Partial<AuthUserGrantRoleResponse> = {}): AuthUserGrantRoleResponse {
  return {
    header: partial.header,
  };
}

export const decodeAuthUserGrantRoleResponse = (bytes: Uint8Array): AuthUserGrantRoleResponse => readAuthUserGrantRoleResponse(new WireReader(bytes));

export function encodeAuthUserGrantRoleResponse(message: AuthUserGrantRoleResponse): Uint8Array {
  writeAuthUserGrantRoleResponse(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readAuthUserGrantRoleResponse(reader: WireReader): AuthUserGrantRoleResponse {
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

export function writeAuthUserGrantRoleResponse(writer: WireWriter, message: AuthUserGrantRoleResponse): void {
  if (message.header !== undefined) {
    const mark = writer.length;
    writeResponseHeader(writer, message.header);
    writer.message(10, mark);
  }
}

export interface AuthUserRevokeRoleRequest {
  readonly name: string;
  readonly role: string;
}

export function createAuthUserRevokeRoleRequest(partial: Partial<AuthUserRevokeRoleRequest> = {}): AuthUserRevokeRoleRequest {
  return {
    name: partial.name ?? '',
    role: partial.role ?? '',
  };
}

export const decodeAuthUserRevokeRoleRequest = (bytes: Uint8Array): AuthUserRevokeRoleRequest => readAuthUserRevokeRoleRequest(new WireReader(bytes));

export function encodeAuthUserRevokeRoleRequest(message: AuthUserRevokeRoleRequest): Uint8Array {
  writeAuthUserRevokeRoleRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readAuthUserRevokeRoleRequest(reader: WireReader): AuthUserRevokeRoleRequest {
  let name = '';
  let role = '';
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 10:
        name = reader.string();
        break;
      case 18:
        role = reader.string();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { name, role };
}

export function writeAuthUserRevokeRoleRequest(writer: WireWriter, message: AuthUserRevokeRoleRequest): void {
  if (message.role !== '') writer.string(18, message.role);
  if (message.name !== '') writer.string(10, message.name);
}

export interface AuthUserRevokeRoleResponse {
  readonly header: ResponseHeader | undefined;
}

export function createAuthUserRevokeRoleResponse(partial: Partial<AuthUserRevokeRoleResponse> = {}): AuthUserRevokeRoleResponse {
  return {
    header: partial.header,
  };
}

export const decodeAuthUserRevokeRoleResponse = (bytes: Uint8Array): AuthUserRevokeRoleResponse => readAuthUserRevokeRoleResponse(new WireReader(bytes));

export function encodeAuthUserRevokeRoleResponse(message: AuthUserRevokeRoleResponse): Uint8Array {
  writeAuthUserRevokeRoleResponse(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readAuthUserRevokeRoleResponse(reader: WireReader): AuthUserRevokeRoleResponse {
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

export function writeAuthUserRevokeRoleResponse(writer: WireWriter, message: AuthUserRevokeRoleResponse): void {
  if (message.header !== undefined) {
    const mark = writer.length;
    writeResponseHeader(writer, message.header);
    writer.message(10, mark);
  }
}

export interface AuthRoleAddRequest {
  readonly name: string;
}

export function createAuthRoleAddRequest(partial: Partial<AuthRoleAddRequest> = {}): AuthRoleAddRequest {
  return {
    name: partial.name ?? '',
  };
}

export const decodeAuthRoleAddRequest = (bytes: Uint8Array): AuthRoleAddRequest => readAuthRoleAddRequest(new WireReader(bytes));

export function encodeAuthRoleAddRequest(message: AuthRoleAddRequest): Uint8Array {
  writeAuthRoleAddRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readAuthRoleAddRequest(reader: WireReader): AuthRoleAddRequest {
  let name = '';
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 10:
        name = reader.string();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { name };
}

export function writeAuthRoleAddRequest(writer: WireWriter, message: AuthRoleAddRequest): void {
  if (message.name !== '') writer.string(10, message.name);
}

export interface AuthRoleAddResponse {
  readonly header: ResponseHeader | undefined;
}

export function createAuthRoleAddResponse(partial: Partial<AuthRoleAddResponse> = {}): AuthRoleAddResponse {
  return {
    header: partial.header,
  };
}

export const decodeAuthRoleAddResponse = (bytes: Uint8Array): AuthRoleAddResponse => readAuthRoleAddResponse(new WireReader(bytes));

export function encodeAuthRoleAddResponse(message: AuthRoleAddResponse): Uint8Array {
  writeAuthRoleAddResponse(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readAuthRoleAddResponse(reader: WireReader): AuthRoleAddResponse {
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

export function writeAuthRoleAddResponse(writer: WireWriter, message: AuthRoleAddResponse): void {
  if (message.header !== undefined) {
    const mark = writer.length;
    writeResponseHeader(writer, message.header);
    writer.message(10, mark);
  }
}

export interface AuthRoleGetRequest {
  readonly role: string;
}

export function createAuthRoleGetRequest(partial: Partial<AuthRoleGetRequest> = {}): AuthRoleGetRequest {
  return {
    role: partial.role ?? '',
  };
}

export const decodeAuthRoleGetRequest = (bytes: Uint8Array): AuthRoleGetRequest => readAuthRoleGetRequest(new WireReader(bytes));

export function encodeAuthRoleGetRequest(message: AuthRoleGetRequest): Uint8Array {
  writeAuthRoleGetRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readAuthRoleGetRequest(reader: WireReader): AuthRoleGetRequest {
  let role = '';
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 10:
        role = reader.string();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { role };
}

export function writeAuthRoleGetRequest(writer: WireWriter, message: AuthRoleGetRequest): void {
  if (message.role !== '') writer.string(10, message.role);
}

export interface AuthRoleGetResponse {
  readonly header: ResponseHeader | undefined;
  readonly perm: readonly Permission[];
}

export function createAuthRoleGetResponse(partial: Partial<AuthRoleGetResponse> = {}): AuthRoleGetResponse {
  return {
    header: partial.header,
    perm: partial.perm ?? [],
  };
}

export const decodeAuthRoleGetResponse = (bytes: Uint8Array): AuthRoleGetResponse => readAuthRoleGetResponse(new WireReader(bytes));

export function encodeAuthRoleGetResponse(message: AuthRoleGetResponse): Uint8Array {
  writeAuthRoleGetResponse(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readAuthRoleGetResponse(reader: WireReader): AuthRoleGetResponse {
  let header: ResponseHeader | undefined;
  const perm: Permission[] = [];
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
        perm.push(readPermission(reader));
        reader.leave(outer);
        break;
      }
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { header, perm };
}

export function writeAuthRoleGetResponse(writer: WireWriter, message: AuthRoleGetResponse): void {
  for (let index = message.perm.length - 1; index >= 0; index--) {
    const mark = writer.length;
    writePermission(writer, message.perm[index]!);
    writer.message(18, mark);
  }
  if (message.header !== undefined) {
    const mark = writer.length;
    writeResponseHeader(writer, message.header);
    writer.message(10, mark);
  }
}

export type AuthRoleListRequest = Readonly<Record<string, never>>;

export const createAuthRoleListRequest = (): AuthRoleListRequest => ({});

export const decodeAuthRoleListRequest = (bytes: Uint8Array): AuthRoleListRequest => readAuthRoleListRequest(new WireReader(bytes));

export function encodeAuthRoleListRequest(message: AuthRoleListRequest): Uint8Array {
  writeAuthRoleListRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readAuthRoleListRequest(reader: WireReader): AuthRoleListRequest {
  while (reader.at < reader.end) reader.skip(reader.u32());
  reader.finish();
  return {};
}

export function writeAuthRoleListRequest(_writer: WireWriter, _message: AuthRoleListRequest): void {}

export interface AuthRoleListResponse {
  readonly header: ResponseHeader | undefined;
  readonly roles: readonly string[];
}

export function createAuthRoleListResponse(partial: Partial<AuthRoleListResponse> = {}): AuthRoleListResponse {
  return {
    header: partial.header,
    roles: partial.roles ?? [],
  };
}

export const decodeAuthRoleListResponse = (bytes: Uint8Array): AuthRoleListResponse => readAuthRoleListResponse(new WireReader(bytes));

export function encodeAuthRoleListResponse(message: AuthRoleListResponse): Uint8Array {
  writeAuthRoleListResponse(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readAuthRoleListResponse(reader: WireReader): AuthRoleListResponse {
  let header: ResponseHeader | undefined;
  const roles: string[] = [];
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
        roles.push(reader.string());
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { header, roles };
}

export function writeAuthRoleListResponse(writer: WireWriter, message: AuthRoleListResponse): void {
  for (let index = message.roles.length - 1; index >= 0; index--) {
    writer.string(18, message.roles[index]!);
  }
  if (message.header !== undefined) {
    const mark = writer.length;
    writeResponseHeader(writer, message.header);
    writer.message(10, mark);
  }
}

export interface AuthRoleDeleteRequest {
  readonly role: string;
}

export function createAuthRoleDeleteRequest(partial: Partial<AuthRoleDeleteRequest> = {}): AuthRoleDeleteRequest {
  return {
    role: partial.role ?? '',
  };
}

export const decodeAuthRoleDeleteRequest = (bytes: Uint8Array): AuthRoleDeleteRequest => readAuthRoleDeleteRequest(new WireReader(bytes));

export function encodeAuthRoleDeleteRequest(message: AuthRoleDeleteRequest): Uint8Array {
  writeAuthRoleDeleteRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readAuthRoleDeleteRequest(reader: WireReader): AuthRoleDeleteRequest {
  let role = '';
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 10:
        role = reader.string();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { role };
}

export function writeAuthRoleDeleteRequest(writer: WireWriter, message: AuthRoleDeleteRequest): void {
  if (message.role !== '') writer.string(10, message.role);
}

export interface AuthRoleDeleteResponse {
  readonly header: ResponseHeader | undefined;
}

export function createAuthRoleDeleteResponse(partial: Partial<AuthRoleDeleteResponse> = {}): AuthRoleDeleteResponse {
  return {
    header: partial.header,
  };
}

export const decodeAuthRoleDeleteResponse = (bytes: Uint8Array): AuthRoleDeleteResponse => readAuthRoleDeleteResponse(new WireReader(bytes));

export function encodeAuthRoleDeleteResponse(message: AuthRoleDeleteResponse): Uint8Array {
  writeAuthRoleDeleteResponse(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readAuthRoleDeleteResponse(reader: WireReader): AuthRoleDeleteResponse {
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

export function writeAuthRoleDeleteResponse(writer: WireWriter, message: AuthRoleDeleteResponse): void {
  if (message.header !== undefined) {
    const mark = writer.length;
    writeResponseHeader(writer, message.header);
    writer.message(10, mark);
  }
}

export interface AuthRoleGrantPermissionRequest {
  readonly name: string;
  readonly perm: Permission | undefined;
}

export function createAuthRoleGrantPermissionRequest(partial: Partial<AuthRoleGrantPermissionRequest> = {}): AuthRoleGrantPermissionRequest {
  return {
    name: partial.name ?? '',
    perm: partial.perm,
  };
}

export const decodeAuthRoleGrantPermissionRequest = (bytes: Uint8Array): AuthRoleGrantPermissionRequest => readAuthRoleGrantPermissionRequest(new WireReader(bytes));

export function encodeAuthRoleGrantPermissionRequest(message: AuthRoleGrantPermissionRequest): Uint8Array {
  writeAuthRoleGrantPermissionRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readAuthRoleGrantPermissionRequest(reader: WireReader): AuthRoleGrantPermissionRequest {
  let name = '';
  let perm: Permission | undefined;
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 10:
        name = reader.string();
        break;
      case 18: {
        const outer = reader.enter();
        perm = readPermission(reader);
        reader.leave(outer);
        break;
      }
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { name, perm };
}

export function writeAuthRoleGrantPermissionRequest(writer: WireWriter, message: AuthRoleGrantPermissionRequest): void {
  if (message.perm !== undefined) {
    const mark = writer.length;
    writePermission(writer, message.perm);
    writer.message(18, mark);
  }
  if (message.name !== '') writer.string(10, message.name);
}

export interface AuthRoleGrantPermissionResponse {
  readonly header: ResponseHeader | undefined;
}

export function createAuthRoleGrantPermissionResponse(partial: Partial<AuthRoleGrantPermissionResponse> = {}): AuthRoleGrantPermissionResponse {
  return {
    header: partial.header,
  };
}

export const decodeAuthRoleGrantPermissionResponse = (bytes: Uint8Array): AuthRoleGrantPermissionResponse => readAuthRoleGrantPermissionResponse(new WireReader(bytes));

export function encodeAuthRoleGrantPermissionResponse(message: AuthRoleGrantPermissionResponse): Uint8Array {
  writeAuthRoleGrantPermissionResponse(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readAuthRoleGrantPermissionResponse(reader: WireReader): AuthRoleGrantPermissionResponse {
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

export function writeAuthRoleGrantPermissionResponse(writer: WireWriter, message: AuthRoleGrantPermissionResponse): void {
  if (message.header !== undefined) {
    const mark = writer.length;
    writeResponseHeader(writer, message.header);
    writer.message(10, mark);
  }
}

export interface AuthRoleRevokePermissionRequest {
  readonly role: string;
  readonly key: Uint8Array;
  readonly rangeEnd: Uint8Array;
}

export function createAuthRoleRevokePermissionRequest(partial: Partial<AuthRoleRevokePermissionRequest> = {}): AuthRoleRevokePermissionRequest {
  return {
    role: partial.role ?? '',
    key: partial.key ?? EMPTY_BYTES,
    rangeEnd: partial.rangeEnd ?? EMPTY_BYTES,
  };
}

export const decodeAuthRoleRevokePermissionRequest = (bytes: Uint8Array): AuthRoleRevokePermissionRequest => readAuthRoleRevokePermissionRequest(new WireReader(bytes));

export function encodeAuthRoleRevokePermissionRequest(message: AuthRoleRevokePermissionRequest): Uint8Array {
  writeAuthRoleRevokePermissionRequest(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readAuthRoleRevokePermissionRequest(reader: WireReader): AuthRoleRevokePermissionRequest {
  let role = '';
  let key: Uint8Array = EMPTY_BYTES;
  let rangeEnd: Uint8Array = EMPTY_BYTES;
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 10:
        role = reader.string();
        break;
      case 18:
        key = reader.bytes();
        break;
      case 26:
        rangeEnd = reader.bytes();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { role, key, rangeEnd };
}

export function writeAuthRoleRevokePermissionRequest(writer: WireWriter, message: AuthRoleRevokePermissionRequest): void {
  if (message.rangeEnd.length !== 0) writer.bytes(26, message.rangeEnd);
  if (message.key.length !== 0) writer.bytes(18, message.key);
  if (message.role !== '') writer.string(10, message.role);
}

export interface AuthRoleRevokePermissionResponse {
  readonly header: ResponseHeader | undefined;
}

export function createAuthRoleRevokePermissionResponse(partial: Partial<AuthRoleRevokePermissionResponse> = {}): AuthRoleRevokePermissionResponse {
  return {
    header: partial.header,
  };
}

export const decodeAuthRoleRevokePermissionResponse = (bytes: Uint8Array): AuthRoleRevokePermissionResponse => readAuthRoleRevokePermissionResponse(new WireReader(bytes));

export function encodeAuthRoleRevokePermissionResponse(message: AuthRoleRevokePermissionResponse): Uint8Array {
  writeAuthRoleRevokePermissionResponse(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readAuthRoleRevokePermissionResponse(reader: WireReader): AuthRoleRevokePermissionResponse {
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

export function writeAuthRoleRevokePermissionResponse(writer: WireWriter, message: AuthRoleRevokePermissionResponse): void {
  if (message.header !== undefined) {
    const mark = writer.length;
    writeResponseHeader(writer, message.header);
    writer.message(10, mark);
  }
}
