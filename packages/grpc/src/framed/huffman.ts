// The Huffman code of HPACK (RFC 7541, appendix B). The code is canonical: codes of one length follow each other in the
// order of their symbols, shorter ones first. So the lengths are the whole table.
import { ErrorCode, Http2Error } from './protocol.js';

/** Bits of the code for each byte value. */
const LENGTHS: readonly number[] = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
  6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7,
  7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, 15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
  6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22,
  23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22,
  21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26,
  27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26,
  26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
];

const BITS_MAX = 30;
/** Covers all letters and digits at one look. */
const QUICK_BITS = 8;
/** A table entry is the symbol above the length of its code; no entry is 0. */
const LENGTH_BITS = 5;
const LENGTH_MASK = 31;

interface Code {
  /** Per length: the first code, how many there are, and where their symbols begin in `symbols`. */
  readonly first: readonly number[];
  readonly count: readonly number[];
  readonly offset: readonly number[];
  readonly symbols: readonly number[];
  /** By the next eight bits; 0 when the code is longer. */
  readonly quick: Uint16Array;
}

const CODE = build();

function build(): Code {
  const symbols = LENGTHS.map((_, symbol) => symbol).sort((left, right) => LENGTHS[left]! - LENGTHS[right]! || left - right);
  const first: number[] = [];
  const count: number[] = [];
  const offset: number[] = [];
  let code = 0;
  let placed = 0;
  for (let bits = 0; bits <= BITS_MAX; bits++) {
    first[bits] = code;
    count[bits] = LENGTHS.filter((length) => length === bits).length;
    offset[bits] = placed;
    placed += count[bits]!;
    code = (code + count[bits]!) * 2;
  }
  return { first, count, offset, symbols, quick: buildQuick(first, count, offset, symbols) };
}

function buildQuick(
  first: readonly number[],
  count: readonly number[],
  offset: readonly number[],
  symbols: readonly number[],
): Uint16Array {
  const quick = new Uint16Array(1 << QUICK_BITS);
  for (let bits = 1; bits <= QUICK_BITS; bits++) {
    for (let index = 0; index < count[bits]!; index++) {
      const start = (first[bits]! + index) << (QUICK_BITS - bits);
      quick.fill((symbols[offset[bits]! + index]! << LENGTH_BITS) | bits, start, start + (1 << (QUICK_BITS - bits)));
    }
  }
  return quick;
}

/** @returns one character per byte */
export function decodeHuffman(bytes: Uint8Array, start: number, end: number): string {
  const last = end * 8;
  let text = '';
  let bit = start * 8;
  while (bit < last) {
    const window = windowAt(bytes, bit, end);
    const entry = CODE.quick[window >>> (32 - QUICK_BITS)]! || findLong(window);
    const length = entry & LENGTH_MASK;
    if (entry === 0 || bit + length > last) break;
    text += String.fromCharCode(entry >>> LENGTH_BITS);
    bit += length;
  }
  checkPadding(bytes, bit, end);
  return text;
}

/** The next 32 bits; ones beyond the end, as padding has them. */
function windowAt(bytes: Uint8Array, bit: number, end: number): number {
  const at = bit >>> 3;
  const shift = bit & 7;
  const byteAt = (index: number): number => (index < end ? bytes[index]! : 0xff);
  const high = (byteAt(at) << 24) | (byteAt(at + 1) << 16) | (byteAt(at + 2) << 8) | byteAt(at + 3);
  return ((high << shift) | (byteAt(at + 4) >>> (8 - shift))) >>> 0;
}

function findLong(window: number): number {
  for (let length = QUICK_BITS + 1; length <= BITS_MAX; length++) {
    const index = (window >>> (32 - length)) - CODE.first[length]!;
    if (index >= 0 && index < CODE.count[length]!) return (CODE.symbols[CODE.offset[length]! + index]! << LENGTH_BITS) | length;
  }
  return 0;
}

/** Fewer than eight bits, all ones. */
function checkPadding(bytes: Uint8Array, bit: number, end: number): void {
  const remaining = end * 8 - bit;
  if (remaining === 0) return;
  const padding = windowAt(bytes, bit, end) >>> (32 - remaining);
  if (remaining > 7 || padding !== (1 << remaining) - 1) {
    throw new Http2Error(ErrorCode.compressionError, 'a Huffman string ends in the middle of a code');
  }
}
