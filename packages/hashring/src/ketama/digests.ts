// MD5 (RFC 1321) and SHA-1 (FIPS 180-4) of a string's UTF-8, because a browser has neither MD5 nor any digest that answers at
// once. Ketama needs them as spreaders of keys only: neither is safe against an adversary.

export type Digest = (text: string) => Uint8Array;

const INITIAL = [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476] as const;
const SHA1_FIFTH = 0xc3d2e1f0 | 0;

/** Shifts of the four rounds, and the sines of the integers. */
const MD5_SHIFTS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21] as const;
/** 2³²·|sin i|; written out, because the last bit of a sine is the engine's own affair. */
const MD5_SINES = Int32Array.from(
  (
    'd76aa478e8c7b756242070dbc1bdceeef57c0faf4787c62aa8304613fd469501698098d88b44f7afffff5bb1895cd7be6b901122fd987193a679438e' +
    '49b40821f61e2562c040b340265e5a51e9b6c7aad62f105d02441453d8a1e681e7d3fbc821e1cde6c33707d6f4d50d87455a14eda9e3e905fcefa3f8' +
    '676f02d98d2a4c8afffa39428771f6816d9d6122fde5380ca4beea444bdecfa9f6bb4b60bebfbc70289b7ec6eaa127fad4ef308504881d05d9d4d039' +
    'e6db99e51fa27cf8c4ac5665f4292244432aff97ab9423a7fc93a039655b59c38f0ccc92ffeff47d85845dd16fa87e4ffe2ce6e0a30143144e0811a1' +
    'f7537e82bd3af2352ad7d2bbeb86d391'
  )
    .match(/.{8}/g)!
    .map((digits) => Number.parseInt(digits, 16)),
);

/** Which word of the block each step mixes in. */
const MD5_WORDS = Uint8Array.from({ length: 64 }, (_, step) => [step, 5 * step + 1, 3 * step + 5, 7 * step][step >> 4]! & 15);

export const md5: Digest = (text) => {
  const words = padded(text, 'little');
  let a = INITIAL[0] | 0;
  let b = INITIAL[1] | 0;
  let c = INITIAL[2] | 0;
  let d = INITIAL[3] | 0;
  for (let block = 0; block < words.length; block += 16) {
    const [a0, b0, c0, d0] = [a, b, c, d];
    for (let step = 0; step < 64; step++) {
      const round = step >> 4;
      const mixed = (a + md5Mix(round, b, c, d) + MD5_SINES[step]! + words[block + MD5_WORDS[step]!]!) | 0;
      a = d;
      d = c;
      c = b;
      b = (b + rotate(mixed, MD5_SHIFTS[4 * round + (step & 3)]!)) | 0;
    }
    a = (a + a0) | 0;
    b = (b + b0) | 0;
    c = (c + c0) | 0;
    d = (d + d0) | 0;
  }
  return toBytes([a, b, c, d], 'little');
};

function md5Mix(round: number, b: number, c: number, d: number): number {
  if (round === 0) return (b & c) | (~b & d);
  if (round === 1) return (b & d) | (c & ~d);
  return round === 2 ? b ^ c ^ d : c ^ (b | ~d);
}

export const sha1: Digest = (text) => {
  const words = padded(text, 'big');
  const state: [number, number, number, number, number] = [...INITIAL, SHA1_FIFTH];
  const schedule = new Int32Array(80);
  for (let block = 0; block < words.length; block += 16) {
    let [a, b, c, d, e] = state;
    for (let step = 0; step < 80; step++) {
      schedule[step] =
        step < 16
          ? words[block + step]!
          : rotate(schedule[step - 3]! ^ schedule[step - 8]! ^ schedule[step - 14]! ^ schedule[step - 16]!, 1);
      const mixed = (rotate(a, 5) + sha1Mix(step, b, c, d) + e + schedule[step]!) | 0;
      e = d;
      d = c;
      c = rotate(b, 30);
      b = a;
      a = mixed;
    }
    for (const [at, value] of [a, b, c, d, e].entries()) state[at] = (state[at]! + value) | 0;
  }
  return toBytes(state, 'big');
};

function sha1Mix(step: number, b: number, c: number, d: number): number {
  if (step < 20) return ((b & c) | (~b & d)) + 0x5a827999;
  if (step < 40) return (b ^ c ^ d) + 0x6ed9eba1;
  return step < 60 ? ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc : (b ^ c ^ d) + 0xca62c1d6;
}

const rotate = (value: number, by: number): number => (value << by) | (value >>> (32 - by));

type Order = 'little' | 'big';

/** The message, a one bit, zeroes, and the length in bits, in whole blocks of sixteen words. */
function padded(text: string, order: Order): Int32Array {
  if (bytes.length < UTF8_BYTES_PER_UNIT * text.length + 1) bytes = new Uint8Array(2 * UTF8_BYTES_PER_UNIT * text.length);
  const length = writeUtf8(text);
  bytes[length] = 0x80;
  const words = new Int32Array(16 * (((length + 8) >> 6) + 1));
  const flip = order === 'little' ? 0 : 3;
  for (let at = 0; at <= length; at++) words[at >> 2]! |= bytes[at]! << (8 * ((at & 3) ^ flip));
  const [low, high] = order === 'little' ? [2, 1] : [1, 2];
  words[words.length - low] = (8 * length) | 0;
  words[words.length - high] = Math.floor(length / 2 ** 29);
  return words;
}

const UTF8_BYTES_PER_UNIT = 3;
let bytes = new Uint8Array(256);

/** Into `bytes`; @returns how many. A surrogate without its pair becomes U+FFFD, as it does in Node.js. */
function writeUtf8(text: string): number {
  let end = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) bytes[end++] = unit;
    else {
      const code = text.codePointAt(at)!;
      if (code >= 0x10000) at++;
      end = writeLong(code >= 0xd800 && code < 0xe000 ? 0xfffd : code, end);
    }
  }
  return end;
}

function writeLong(code: number, start: number): number {
  const tail = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  const lead = [0xc0, 0xe0, 0xf0][tail - 1]!;
  bytes[start] = lead | (code >> (6 * tail));
  for (let at = 1; at <= tail; at++) bytes[start + at] = 0x80 | ((code >> (6 * (tail - at))) & 63);
  return start + tail + 1;
}

function toBytes(words: readonly number[], order: Order): Uint8Array {
  const result = new Uint8Array(4 * words.length);
  const flip = order === 'little' ? 0 : 3;
  for (let at = 0; at < result.length; at++) result[at] = words[at >> 2]! >>> (8 * ((at & 3) ^ flip));
  return result;
}
