// Generated from ../../proto by scripts/generate.mjs: change those, not this.
import { EMPTY_BYTES } from '@reknit/base';
import { WireReader } from '../wire-reader.js';
import { sharedWriter, type WireWriter } from '../wire-writer.js';

export const PermissionType = {
  READ: 0,
  WRITE: 1,
  READWRITE: 2,
} as const;

export interface UserAddOptions {
  readonly noPassword: boolean;
}

export function createUserAddOptions(partial: Partial<UserAddOptions> = {}): UserAddOptions {
  return {
    noPassword: partial.noPassword ?? false,
  };
}

export const decodeUserAddOptions = (bytes: Uint8Array): UserAddOptions => readUserAddOptions(new WireReader(bytes));

export function encodeUserAddOptions(message: UserAddOptions): Uint8Array {
  writeUserAddOptions(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readUserAddOptions(reader: WireReader): UserAddOptions {
  let noPassword = false;
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 8:
        noPassword = reader.bool();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { noPassword };
}

export function writeUserAddOptions(writer: WireWriter, message: UserAddOptions): void {
  if (message.noPassword) writer.bool(8);
}

export interface User {
  readonly name: Uint8Array;
  readonly password: Uint8Array;
  readonly roles: readonly string[];
  readonly options: UserAddOptions | undefined;
}

export function createUser(partial: Partial<User> = {}): User {
  return {
    name: partial.name ?? EMPTY_BYTES,
    password: partial.password ?? EMPTY_BYTES,
    roles: partial.roles ?? [],
    options: partial.options,
  };
}

export const decodeUser = (bytes: Uint8Array): User => readUser(new WireReader(bytes));

export function encodeUser(message: User): Uint8Array {
  writeUser(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readUser(reader: WireReader): User {
  let name: Uint8Array = EMPTY_BYTES;
  let password: Uint8Array = EMPTY_BYTES;
  const roles: string[] = [];
  let options: UserAddOptions | undefined;
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 10:
        name = reader.bytes();
        break;
      case 18:
        password = reader.bytes();
        break;
      case 26:
        roles.push(reader.string());
        break;
      case 34: {
        const outer = reader.enter();
        options = readUserAddOptions(reader);
        reader.leave(outer);
        break;
      }
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { name, password, roles, options };
}

export function writeUser(writer: WireWriter, message: User): void {
  if (message.options !== undefined) {
    const mark = writer.length;
    writeUserAddOptions(writer, message.options);
    writer.message(34, mark);
  }
  for (let index = message.roles.length - 1; index >= 0; index--) {
    writer.string(26, message.roles[index]!);
  }
  if (message.password.length !== 0) writer.bytes(18, message.password);
  if (message.name.length !== 0) writer.bytes(10, message.name);
}

export interface Permission {
  readonly permType: number;
  readonly key: Uint8Array;
  readonly rangeEnd: Uint8Array;
}

export function createPermission(partial: Partial<Permission> = {}): Permission {
  return {
    permType: partial.permType ?? 0,
    key: partial.key ?? EMPTY_BYTES,
    rangeEnd: partial.rangeEnd ?? EMPTY_BYTES,
  };
}

export const decodePermission = (bytes: Uint8Array): Permission => readPermission(new WireReader(bytes));

export function encodePermission(message: Permission): Uint8Array {
  writePermission(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readPermission(reader: WireReader): Permission {
  let permType = 0;
  let key: Uint8Array = EMPTY_BYTES;
  let rangeEnd: Uint8Array = EMPTY_BYTES;
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 8:
        permType = reader.i32();
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
  return { permType, key, rangeEnd };
}

export function writePermission(writer: WireWriter, message: Permission): void {
  if (message.rangeEnd.length !== 0) writer.bytes(26, message.rangeEnd);
  if (message.key.length !== 0) writer.bytes(18, message.key);
  if (message.permType !== 0) writer.number(8, message.permType);
}

export interface Role {
  readonly name: Uint8Array;
  readonly keyPermission: readonly Permission[];
}

export function createRole(partial: Partial<Role> = {}): Role {
  return {
    name: partial.name ?? EMPTY_BYTES,
    keyPermission: partial.keyPermission ?? [],
  };
}

export const decodeRole = (bytes: Uint8Array): Role => readRole(new WireReader(bytes));

export function encodeRole(message: Role): Uint8Array {
  writeRole(sharedWriter.begin(), message);
  return sharedWriter.finish();
}

export function readRole(reader: WireReader): Role {
  let name: Uint8Array = EMPTY_BYTES;
  const keyPermission: Permission[] = [];
  while (reader.at < reader.end) {
    const tag = reader.u32();
    switch (tag) {
      case 10:
        name = reader.bytes();
        break;
      case 18: {
        const outer = reader.enter();
        keyPermission.push(readPermission(reader));
        reader.leave(outer);
        break;
      }
      default:
        reader.skip(tag);
    }
  }
  reader.finish();
  return { name, keyPermission };
}

export function writeRole(writer: WireWriter, message: Role): void {
  for (let index = message.keyPermission.length - 1; index >= 0; index--) {
    const mark = writer.length;
    writePermission(writer, message.keyPermission[index]!);
    writer.message(18, mark);
  }
  if (message.name.length !== 0) writer.bytes(10, message.name);
}
