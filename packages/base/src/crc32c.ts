// CRC-32C (Castagnoli, RFC 3720 appendix B.4), slicing by 8: eight table look-ups per eight bytes.

const POLYNOMIAL_REVERSED = 0x82f63b78;
const TABLE = buildTable();

/** @param seed the checksum of what precedes, to continue it; 0 to begin */
export const crc32c = (bytes: Uint8Array, seed: number = 0): number => crc32cOf(bytes, 0, bytes.length, seed);

/** Of the bytes from `from` up to, not including, `to`: spares hot paths a view. */
export function crc32cOf(bytes: Uint8Array, from: number, to: number, seed: number = 0): number {
  let crc = ~seed;
  let at = from;
  const sliced = to - ((to - from) % 8);
  while (at < sliced) {
    const low = crc ^ (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24));
    crc =
      TABLE[1792 + (low & 255)]! ^
      TABLE[1536 + ((low >>> 8) & 255)]! ^
      TABLE[1280 + ((low >>> 16) & 255)]! ^
      TABLE[1024 + (low >>> 24)]! ^
      TABLE[768 + bytes[at + 4]!]! ^
      TABLE[512 + bytes[at + 5]!]! ^
      TABLE[256 + bytes[at + 6]!]! ^
      TABLE[bytes[at + 7]!]!;
    at += 8;
  }
  while (at < to) crc = (crc >>> 8) ^ TABLE[(crc ^ bytes[at++]!) & 255]!;
  return ~crc >>> 0;
}

function buildTable(): Int32Array {
  const table = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ POLYNOMIAL_REVERSED : crc >>> 1;
    table[byte] = crc;
  }
  for (let at = 256; at < table.length; at++) {
    const previous = table[at - 256]!;
    table[at] = (previous >>> 8) ^ table[previous & 255]!;
  }
  return table;
}
