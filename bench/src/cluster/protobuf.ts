// As much of protobuf as the harness needs to ask a cluster how it is. Written here once more on purpose: what checks the
// servers shares no code with them.

export type FieldValue = bigint | Uint8Array;
/** The last value of each field. */
export type Fields = ReadonlyMap<number, FieldValue>;

const VARINT = 0;
const FIXED_64 = 1;
const BYTES = 2;

export function decodeFields(bytes: Uint8Array): Fields {
  const fields = new Map<number, FieldValue>();
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
      fields.set(tag >>> 3, varint());
      continue;
    }
    if ((tag & 7) !== BYTES && (tag & 7) !== FIXED_64) throw new Error(`a message has a field of the unknown type ${tag & 7}`);
    const length = (tag & 7) === FIXED_64 ? 8 : Number(varint());
    fields.set(tag >>> 3, bytes.subarray(at, at + length));
    at += length;
  }
  return fields;
}

export function bytesField(number: number, value: Uint8Array): Uint8Array {
  const head = [(number << 3) | BYTES];
  let rest = value.length;
  for (; rest >= 0x80; rest >>>= 7) head.push((rest & 0x7f) | 0x80);
  return Uint8Array.from([...head, rest, ...value]);
}

export const numberIn = (fields: Fields, number: number): bigint => {
  const value = fields.get(number);
  return typeof value === 'bigint' ? value : 0n;
};

export const bytesIn = (fields: Fields, number: number): Uint8Array => {
  const value = fields.get(number);
  return value instanceof Uint8Array ? value : new Uint8Array(0);
};
