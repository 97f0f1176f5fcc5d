// The put that nearly all puts are: a key and a value in protobuf's canonical order, nothing else. Recognised by its bytes,
// so that judging one costs nothing and applying one costs two views. Whatever is not exactly that is decoded as usual:
// what stands here may miss a plain put, but never mistakes anything for one.
import { EMPTY_BYTES } from '@reknit/base';
import type { PutRequest } from '@reknit/mvcc';

const KEY_TAG = 10;
const VALUE_TAG = 18;

/** One for all entries: valid until the next is read, which suits a state machine that copies what it keeps. */
export class PlainPut implements PutRequest {
  key: Uint8Array = EMPTY_BYTES;
  value: Uint8Array = EMPTY_BYTES;
  readonly lease = 0n;
  readonly prevKv = false;
  readonly ignoreValue = false;
  readonly ignoreLease = false;

  /** False when what begins at `from` is not a plain put; nothing is read then. */
  read(bytes: Uint8Array, from: number): boolean {
    const keyEnd = fieldEnd(bytes, from, KEY_TAG);
    if (keyEnd < 0) return false;
    const valueEnd = keyEnd === bytes.length ? keyEnd : fieldEnd(bytes, keyEnd, VALUE_TAG);
    if (valueEnd !== bytes.length) return false;
    this.key = bytes.subarray(contentAt(bytes, from), keyEnd);
    this.value = keyEnd === valueEnd ? EMPTY_BYTES : bytes.subarray(contentAt(bytes, keyEnd), valueEnd);
    return true;
  }
}

/** Whether `PlainPut.read` would take it; then there is nothing to refuse about it either: its key is not empty. */
export function isPlainPut(request: Uint8Array): boolean {
  const keyEnd = fieldEnd(request, 0, KEY_TAG);
  return keyEnd > 0 && (keyEnd === request.length || fieldEnd(request, keyEnd, VALUE_TAG) === request.length);
}

/** Where the field ends that begins at `at`; -1 unless it has this tag, a length of at most three bytes, and content. */
function fieldEnd(bytes: Uint8Array, at: number, tag: number): number {
  if (bytes[at] !== tag) return -1;
  const lengthBytes = varintBytes(bytes, at + 1);
  if (lengthBytes === 0) return -1;
  const length = varint(bytes, at + 1, lengthBytes);
  const end = at + 1 + lengthBytes + length;
  return length > 0 && end <= bytes.length ? end : -1;
}

const contentAt = (bytes: Uint8Array, at: number): number => at + 1 + varintBytes(bytes, at + 1);

/** One to three; 0 when it is longer or cut off. */
function varintBytes(bytes: Uint8Array, at: number): number {
  for (let count = 1; count <= 3; count++) {
    const byte = bytes[at + count - 1];
    if (byte === undefined) return 0;
    if (byte < 0x80) return count;
  }
  return 0;
}

function varint(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let index = count - 1; index >= 0; index--) value = (value << 7) | (bytes[at + index]! & 0x7f);
  return value;
}
