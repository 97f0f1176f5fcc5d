export { assert, InvariantError, unreachable } from './assert.js';
export type { Brand, Millis } from './brand.js';
export { ByteReader, ByteWriter, MalformedBytesError } from './byte-codec.js';
export {
  compareBytes,
  concatBytes,
  EMPTY_BYTES,
  equalBytes,
  fromBinaryString,
  toBinaryString,
  toHex,
  utf8Decode,
  utf8Encode,
} from './bytes.js';
export { crc32c, crc32cOf } from './crc32c.js';
export { formatDuration, parseDuration } from './duration.js';
