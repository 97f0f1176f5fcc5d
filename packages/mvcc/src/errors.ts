// What may go wrong below the semantics: never a wrong answer, always one of these.
import { toHex } from '@reknit/base';
import { copyOf } from './copy.js';

const KEY_BYTES_SHOWN = 64;

/** A stored record does not have the bytes that were written: the disk's fault. Serve it from a peer, never from here. */
export class CorruptRecordError extends Error {
  override readonly name: string = 'CorruptRecordError';
  readonly table: string;
  readonly key: Uint8Array;

  constructor(table: string, key: Uint8Array, what: string) {
    super(`${what} in table ${table} at ${toHex(key.subarray(0, KEY_BYTES_SHOWN))}`);
    this.table = table;
    this.key = copyOf(key);
  }
}

/** The pieces of a snapshot are damaged, incomplete or of another state; nothing was changed. */
export class SnapshotError extends Error {
  override readonly name: string = 'SnapshotError';
}

/** The stored state was written by a format that this version does not know. */
export class FormatError extends Error {
  override readonly name: string = 'FormatError';
}
