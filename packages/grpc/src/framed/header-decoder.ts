// Decodes header blocks (HPACK, RFC 7541). A client repeats itself: the same few blocks, byte for byte, once its table is
// filled. So what was made of a block is remembered as long as the table stands, and a usual request costs one comparison.
import { compareBytes, toBinaryString } from '@reknit/base';
import { HeaderTable } from './header-table.js';
import { decodeHuffman } from './huffman.js';
import { ErrorCode, Http2Error } from './protocol.js';

/** Of names and values together. A block of one-byte references may stand for a thousand times its size. */
export const HEADERS_BYTES_MAX: number = 64 * 1024;

/** A client alternates between few methods. */
const REMEMBERED_MAX = 8;

interface Remembered<T> {
  readonly block: Uint8Array;
  readonly result: T;
}

export class HeaderDecoder<T> {
  /** Gets names and values by turns. */
  readonly #interpret: (headers: readonly string[]) => T;
  readonly #table: HeaderTable = new HeaderTable();
  #remembered: Remembered<T>[] = [];
  #rememberedVersion = 0;
  #block: Uint8Array = new Uint8Array(0);
  #at = 0;

  constructor(interpret: (headers: readonly string[]) => T) {
    this.#interpret = interpret;
  }

  decode(block: Uint8Array): T {
    const version = this.#table.version;
    if (version !== this.#rememberedVersion) this.#remembered = [];
    this.#rememberedVersion = version;
    for (const { block: known, result } of this.#remembered) {
      if (known.length === block.length && compareBytes(known, block) === 0) return result;
    }
    const result = this.#interpret(this.#decodeBlock(block));
    if (this.#table.version === version) this.#remember(block, result);
    return result;
  }

  #remember(block: Uint8Array, result: T): void {
    if (this.#remembered.length === REMEMBERED_MAX) this.#remembered.shift();
    this.#remembered.push({ block: block.slice(), result });
  }

  #decodeBlock(block: Uint8Array): readonly string[] {
    this.#block = block;
    this.#at = 0;
    const headers: string[] = [];
    let bytes = 0;
    while (this.#at < block.length) {
      this.#field(headers);
      bytes += (headers.at(-1)?.length ?? 0) + (headers.at(-2)?.length ?? 0);
      if (bytes > HEADERS_BYTES_MAX) throw new Http2Error(ErrorCode.enhanceYourCalm, 'the headers are too large');
    }
    return headers;
  }

  #field(headers: string[]): void {
    const first = this.#block[this.#at]!;
    if (first >= 0x80) {
      const index = this.#integer(7);
      headers.push(this.#table.name(index), this.#table.value(index));
    } else if (first >= 0x40) {
      this.#literal(6, headers);
      this.#table.add(headers.at(-2)!, headers.at(-1)!);
    } else if (first >= 0x20) {
      this.#table.resize(this.#integer(5));
    } else {
      this.#literal(4, headers);
    }
  }

  #literal(prefixBits: number, headers: string[]): void {
    const index = this.#integer(prefixBits);
    const name = index === 0 ? this.#string() : this.#table.name(index);
    headers.push(name, this.#string());
  }

  #string(): string {
    const isHuffman = this.#block[this.#at]! >= 0x80;
    const length = this.#integer(7);
    const start = this.#at;
    const end = start + length;
    if (end > this.#block.length) throw new Http2Error(ErrorCode.compressionError, 'a header string exceeds its block');
    this.#at = end;
    return isHuffman ? decodeHuffman(this.#block, start, end) : toBinaryString(this.#block.subarray(start, end));
  }

  #integer(prefixBits: number): number {
    const mask = (1 << prefixBits) - 1;
    let value = this.#byte() & mask;
    if (value < mask) return value;
    for (let shift = 0; shift <= 21; shift += 7) {
      const byte = this.#byte();
      value += (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new Http2Error(ErrorCode.compressionError, 'a number in a header block is too large');
  }

  #byte(): number {
    const byte = this.#block[this.#at++];
    if (byte === undefined) throw new Http2Error(ErrorCode.compressionError, 'a header block ends in the middle of a field');
    return byte;
  }
}
