import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ByteReader,
  ByteWriter,
  compareBytes,
  crc32c,
  fromBinaryString,
  MalformedBytesError,
  toBinaryString,
  utf8Encode,
} from '../src/index.js';

const bytes = fc.uint8Array({ maxLength: 9000 });

describe('crc32c', () => {
  it('gives the check value of the standard', () => {
    expect(crc32c(utf8Encode('123456789'))).toBe(0xe3069283);
  });

  it('continued over a split equals the checksum of the whole', () => {
    fc.assert(
      fc.property(bytes, fc.nat(), (whole, at) => {
        const cut = whole.length === 0 ? 0 : at % whole.length;
        expect(crc32c(whole.subarray(cut), crc32c(whole.subarray(0, cut)))).toBe(crc32c(whole));
      }),
    );
  });
});

describe('binary strings', () => {
  it('give back the bytes they were made of', () => {
    fc.assert(
      fc.property(bytes, (value) => {
        expect(fromBinaryString(toBinaryString(value))).toEqual(value);
      }),
    );
  });

  it('order as their bytes do', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4 }), fc.uint8Array({ maxLength: 4 }), (left, right) => {
        const [a, b] = [toBinaryString(left), toBinaryString(right)];
        expect(Math.sign(compareBytes(left, right))).toBe(a < b ? -1 : a > b ? 1 : 0);
      }),
    );
  });
});

describe('byte codec', () => {
  it('reads back what was written, growing as needed', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.string(), bytes, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (number, text, raw, big) => {
        const writer = new ByteWriter(1)
          .u8(7)
          .u16(513)
          .u32(0xdeadbeef)
          .u64(number)
          .string(text)
          .bytes(raw)
          .bigU64(big)
          .bool(true);
        const reader = new ByteReader(writer.copy());
        expect([reader.u8(), reader.u16(), reader.u32(), reader.u64(), reader.string()]).toEqual([
          7,
          513,
          0xdeadbeef,
          number,
          text,
        ]);
        expect(reader.bytesView()).toEqual(raw);
        expect([reader.bigU64(), reader.bool(), reader.remaining]).toEqual([big, true, 0]);
      }),
    );
  });

  it('refuses bytes that end too early and numbers that no double holds', () => {
    expect(() => new ByteReader(new Uint8Array(3)).u32()).toThrow(MalformedBytesError);
    expect(() => new ByteReader(new Uint8Array(8).fill(255)).u64()).toThrow(MalformedBytesError);
  });
});
