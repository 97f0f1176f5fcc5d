// As much of protobuf as the harness needs to ask a cluster how it is. Written here once more on purpose: what checks the
// servers shares no code with them.

export type FieldValue = bigint | Uint8Array;
/** The last value of each field. */
export type Fields = ReadonlyMap<number, FieldValue>;
type OnField = (number: number, value: FieldValue) => void;

const VARINT = 0;
const FIXED_64 = 1;
const BYTES = 2;

export function decodeFields(bytes: Uint8Array): Fields {
  const fields = new Map<number, FieldValue>();
  eachField(bytes, (number, value) => fields.set(number, value));
  return fields;
}

/** How often a repeated field occurs. */
export function countField(bytes: Uint8Array, wanted: number): number {
  let count = 0;
  eachField(bytes, (number) => {
    if (number === wanted) count++;
  });
  return count;
}

function eachField(bytes: Uint8Array, onField: OnField): void {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw new Error('a message ends in the middle of a field');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    if ((tag & 7) === VARINT) {
      onField(tag >>> 3, varint());
      continue;
    }
    if ((tag & 7) !== BYTES && (tag & 7) !== FIXED_64) throw new Error(`a message has a field of the unknown type ${tag & 7}`);
    const length = (tag & 7) === FIXED_64 ? 8 : Number(varint());
    onField(tag >>> 3, bytes.subarray(at, at + length));
    at += length;
  }
}

export const bytesField = (number: number, value: Uint8Array): Uint8Array =>
  Buffer.concat([Uint8Array.of(...varintOf(BigInt((number << 3) | BYTES)), ...varintOf(BigInt(value.length))), value]);

export const numberField = (number: number, value: bigint | number): Uint8Array =>
  Uint8Array.of(...varintOf(BigInt((number << 3) | VARINT)), ...varintOf(BigInt(value)));

function varintOf(value: bigint): readonly number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return [...bytes, Number(rest)];
}

export const numberIn = (fields: Fields, number: number): bigint => {
  const value = fields.get(number);
  return typeof value === 'bigint' ? value : 0n;
};

export const bytesIn = (fields: Fields, number: number): Uint8Array => {
  const value = fields.get(number);
  return value instanceof Uint8Array ? value : new Uint8Array(0);
};
