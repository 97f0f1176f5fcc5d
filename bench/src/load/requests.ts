// The requests of the load: keys of 16 bytes, scattered over the key space and never the same twice; values of 256 bytes
// that begin with their key, so that a value read back tells whether it is the right one.

export const KEY_BYTES = 16;
export const VALUE_BYTES = 256;

export type RequestKind = 'put' | 'range';

export const METHODS: Readonly<Record<RequestKind, string>> = {
  put: '/etcdserverpb.KV/Put',
  range: '/etcdserverpb.KV/Range',
};

const PREFIX = Buffer.from('/bench/k', 'latin1');
/** Odd, so that multiplying by it maps the 32-bit numbers one to one. */
const SCATTER = 0x9e37_79b1;
/** Its inverse among the 32-bit numbers. */
const GATHER = 0x0e8b_2f51;
const HEX = Buffer.from('0123456789abcdef', 'latin1');
const BYTES_FIELD_1 = 0x0a;
const BYTES_FIELD_2 = 0x12;
const PUT_KEY_AT = 2;
const PUT_VALUE_AT: number = PUT_KEY_AT + KEY_BYTES + 3;

/** Chosen by us, so that no reply has to be read to know it. */
const FIRST_LEASE = 0x1000_0000;

export const leaseIdAt = (index: number): number => FIRST_LEASE + index;

export function writeKey(target: Uint8Array, at: number, index: number): void {
  target.set(PREFIX, at);
  let rest = Math.imul(index, SCATTER) >>> 0;
  for (let digit = at + KEY_BYTES - 1; digit >= at + PREFIX.length; digit--) {
    target[digit] = HEX[rest & 15]!;
    rest >>>= 4;
  }
}

/** Of the key that stands at `at`; -1 for what is no key of the load. */
export function indexAt(bytes: Uint8Array, at: number): number {
  let scattered = 0;
  for (let digit = at + PREFIX.length; digit < at + KEY_BYTES; digit++) {
    const code = bytes[digit]!;
    if (code < 48 || code > 102) return -1;
    scattered = (scattered << 4) | (code < 58 ? code - 48 : code - 87);
  }
  return Math.imul(scattered, GATHER) >>> 0;
}

export function keyAt(index: number): Uint8Array {
  const key = new Uint8Array(KEY_BYTES);
  writeKey(key, 0, index);
  return key;
}

export function valueAt(index: number): Uint8Array {
  const value = Uint8Array.from({ length: VALUE_BYTES }, (_, at) => (at * 167 + (at >> 3) * 59) & 0xff);
  writeKey(value, 0, index);
  return value;
}

/** The request for an index, in one buffer that is written anew for each. */
export interface RequestSource {
  readonly length: number;
  readonly at: (index: number) => Uint8Array;
}

/** As protobuf. */
export class RequestMessages implements RequestSource {
  readonly #kind: RequestKind;
  readonly #message: Uint8Array;

  constructor(kind: RequestKind) {
    this.#kind = kind;
    this.#message =
      kind === 'put'
        ? Buffer.concat([
            Uint8Array.of(BYTES_FIELD_1, KEY_BYTES, ...keyAt(0)),
            Uint8Array.of(BYTES_FIELD_2, 0x80 | (VALUE_BYTES & 0x7f), VALUE_BYTES >> 7),
            valueAt(0),
          ])
        : Uint8Array.of(BYTES_FIELD_1, KEY_BYTES, ...keyAt(0));
  }

  get length(): number {
    return this.#message.length;
  }

  at(index: number): Uint8Array {
    writeKey(this.#message, PUT_KEY_AT, index);
    if (this.#kind === 'put') writeKey(this.#message, PUT_VALUE_AT, index);
    return this.#message;
  }
}
