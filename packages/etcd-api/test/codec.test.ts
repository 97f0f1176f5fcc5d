import { readdirSync } from 'node:fs';
import { MalformedBytesError } from '@reknit/base';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, test } from 'vitest';
import * as api from '../src/index.js';

/** protobufjs keeps 64 bits exactly only with a class like this one; it needs no arithmetic. */
class Long {
  readonly low: number;
  readonly high: number;
  readonly unsigned: boolean;

  constructor(low: number, high: number, unsigned: boolean) {
    this.low = low;
    this.high = high;
    this.unsigned = unsigned;
  }

  toNumber(): number {
    return this.high * 2 ** 32 + (this.low >>> 0);
  }

  static fromNumber(value: number, unsigned: boolean): Long {
    return new Long(value | 0, 0, unsigned);
  }
}
Object.assign(protobuf.util, { Long });
protobuf.configure();

const protoFolder = new URL('../proto/', import.meta.url).pathname;
const root = new protobuf.Root();
root.resolvePath = (_origin, target) => `${protoFolder}${target}`;
const paths = readdirSync(protoFolder).flatMap((folder) =>
  readdirSync(`${protoFolder}${folder}`).map((file) => `${folder}/${file}`),
);
root.loadSync(paths, { keepCase: true });
root.resolveAll();

const typesIn = (namespace: protobuf.NamespaceBase): protobuf.Type[] =>
  namespace.nestedArray.flatMap((item) => [
    ...(item instanceof protobuf.Type ? [item] : []),
    ...(item instanceof protobuf.Namespace ? typesIn(item) : []),
  ]);
const types = typesIn(root);

type Plain = Record<string, unknown>;
const codec = (name: string): { decode(bytes: Uint8Array): Plain; encode(message: Plain): Uint8Array } => {
  const exported = api as unknown as Record<string, (argument: unknown) => unknown>;
  return {
    decode: (bytes) => exported[`decode${name}`]!(bytes) as Plain,
    encode: (message) => exported[`encode${name}`]!(message) as Uint8Array,
  };
};

const camelCase = (name: string): string => name.replace(/_([a-zA-Z])/g, (_, letter: string) => letter.toUpperCase());

const BYTES = fc.uint8Array({ maxLength: 200 });
const SAFE = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -3, max: 300 }), fc.integer({ min: 16_300, max: 16_500 }));

function scalarValue(field: protobuf.Field): fc.Arbitrary<unknown> {
  if (field.resolvedType instanceof protobuf.Enum) return fc.integer({ min: 0, max: 5 });
  const asNumber = field.options?.jstype === 'JS_NUMBER';
  switch (field.type) {
    case 'bytes':
      return BYTES;
    case 'string':
      return fc.string({ unit: 'grapheme', maxLength: 40 });
    case 'bool':
      return fc.boolean();
    case 'uint32':
      return fc.integer({ min: 0, max: 0xffff_ffff });
    case 'int64':
      return asNumber ? SAFE : fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    case 'uint64':
      return asNumber ? SAFE.map(Math.abs) : fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    default:
      throw new Error(`no values for ${field.type}`);
  }
}

const zeroOf = (field: protobuf.Field): unknown => {
  if (field.repeated) return [];
  if (field.resolvedType instanceof protobuf.Type) return undefined;
  if (field.type === 'bytes') return new Uint8Array(0);
  if (field.type === 'string') return '';
  if (field.type === 'bool') return false;
  return /64$/.test(field.type) && field.options?.jstype !== 'JS_NUMBER' ? 0n : 0;
};

/** Messages in the shape of the generated interfaces; of a oneof at most one member is set. */
function messageOf(type: protobuf.Type, depth: number): fc.Arbitrary<Plain> {
  const fields: Record<string, fc.Arbitrary<unknown>> = {};
  for (const field of type.fieldsArray) {
    const embedded = field.resolvedType instanceof protobuf.Type ? field.resolvedType : undefined;
    const single = embedded === undefined ? scalarValue(field) : depth === 0 ? undefined : messageOf(embedded, depth - 1);
    if (single === undefined) fields[field.name] = fc.constant(zeroOf(field));
    else if (field.repeated) fields[field.name] = fc.array(single, { maxLength: 3 });
    else fields[field.name] = fc.oneof(fc.constant(zeroOf(field)), single);
  }
  const choice = fc.integer({ min: 0, max: 9 });
  return fc.tuple(fc.record(fields), choice).map(([values, chosen]) => keepOneOfEach(type, values, chosen));
}

function keepOneOfEach(type: protobuf.Type, values: Plain, chosen: number): Plain {
  const message: Plain = {};
  for (const field of type.fieldsArray) {
    const rivals = field.partOf?.fieldsArray ?? [field];
    const kept = rivals[chosen % rivals.length] === field;
    message[camelCase(field.name)] = kept ? values[field.name] : zeroOf(field);
  }
  return message;
}

/** The same message as protobufjs takes it: its own names, 64-bit numbers as Long. */
function toReference(type: protobuf.Type, message: Plain): Plain {
  const converted: Plain = {};
  for (const field of type.fieldsArray) {
    const value = message[camelCase(field.name)];
    const convert = (item: unknown): unknown =>
      field.resolvedType instanceof protobuf.Type
        ? toReference(field.resolvedType, item as Plain)
        : toReferenceScalar(field, item);
    if (value === undefined || (field.partOf && isZero(value))) continue;
    converted[field.name] = Array.isArray(value) ? value.map(convert) : convert(value);
  }
  return converted;
}

const isZero = (value: unknown): boolean => value === 0 || value === 0n || (value instanceof Uint8Array && value.length === 0);

function toReferenceScalar(field: protobuf.Field, value: unknown): unknown {
  if (typeof value !== 'bigint' && !/64$/.test(field.type)) return value;
  const bits = BigInt.asUintN(64, BigInt(value as bigint | number));
  return new Long(Number(bits & 0xffff_ffffn) | 0, Number(bits >> 32n) | 0, field.type === 'uint64');
}

describe.each(types.map((type) => [type.name, type] as const))('%s', (name, type) => {
  const { decode, encode } = codec(name);

  test('is read back as it was written, by us and from and to an independent implementation', () => {
    fc.assert(
      fc.property(messageOf(type, 2), (message) => {
        const ours = encode(message);
        const theirs = type.encode(toReference(type, message)).finish();
        expect(decode(ours)).toEqual(message);
        expect(decode(theirs)).toEqual(message);
        const reread = type.encode(type.decode(ours)).finish();
        expect(decode(reread)).toEqual(message);
      }),
      { numRuns: 40 },
    );
  });

  test('any bytes either decode or are refused as malformed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          decode(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedBytesError);
        }
      }),
      { numRuns: 60 },
    );
  });
});

test('every prefix that cuts a field is refused', () => {
  const bytes = api.encodePutRequest(api.createPutRequest({ key: new Uint8Array(3), value: new Uint8Array(300), lease: -1n }));
  const whole = [0, 5, 5 + 303];
  for (let length = 0; length < bytes.length; length++) {
    const decode = (): unknown => api.decodePutRequest(bytes.subarray(0, length));
    if (whole.includes(length)) expect(decode).not.toThrow();
    else expect(decode).toThrow(MalformedBytesError);
  }
});

test('a field of an embedded message cannot reach beyond it', () => {
  // PutResponse.header of 2 bytes, whose varint goes on into what follows.
  expect(() => api.decodePutResponse(Uint8Array.of(0x0a, 2, 0x18, 0x80, 0x01))).toThrow(MalformedBytesError);
});

test('unknown fields of every wire type are passed over', () => {
  const unknown = Uint8Array.of(0xf8, 1, 0x96, 1, 0xf9, 1, 1, 2, 3, 4, 5, 6, 7, 8, 0xfa, 1, 2, 9, 9, 0xfd, 1, 1, 2, 3, 4);
  const known = api.encodePutRequest(api.createPutRequest({ key: Uint8Array.of(7), ignoreLease: true }));
  const message = api.decodePutRequest(Uint8Array.of(...unknown, ...known, ...unknown));
  expect(message).toEqual(api.createPutRequest({ key: Uint8Array.of(7), ignoreLease: true }));
});

test('transactions nested without end are refused, not followed', () => {
  let bytes: Uint8Array = new Uint8Array(0);
  for (let depth = 0; depth < 5000; depth++) {
    const operation = new protobuf.Writer().uint32(34).bytes(bytes).finish();
    bytes = new protobuf.Writer().uint32(18).bytes(operation).finish();
  }
  expect(() => api.decodeTxnRequest(bytes)).toThrow(MalformedBytesError);
});

test('byte fields are views of the input', () => {
  const bytes = api.encodePutRequest(api.createPutRequest({ key: Uint8Array.of(1, 2, 3) })).slice();
  expect(api.decodePutRequest(bytes).key.buffer).toBe(bytes.buffer);
});

test('a limit of the largest 64-bit number stays larger than every count', () => {
  const bytes = Uint8Array.of(0x18, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f);
  const { limit } = api.decodeRangeRequest(bytes);
  expect(limit).toBeGreaterThan(Number.MAX_SAFE_INTEGER);
  expect(api.encodeRangeRequest(api.createRangeRequest({ limit }))).toEqual(bytes);
});

test('of the members of a oneof the last one counts', () => {
  const put = api.encodeRequestOp(api.createRequestOp({ requestPut: api.createPutRequest({ key: Uint8Array.of(1) }) }));
  const range = api.encodeRequestOp(api.createRequestOp({ requestRange: api.createRangeRequest({ key: Uint8Array.of(2) }) }));
  const decoded = api.decodeRequestOp(Uint8Array.of(...put, ...range));
  expect(decoded.requestPut).toBeUndefined();
  expect(decoded.requestRange?.key).toEqual(Uint8Array.of(2));
});

test('a message stays as it was while others are encoded, across slabs and large ones', () => {
  const sizes = [10, 70_000, 20, 40_000, 40_000, 300_000, 1];
  const messages = sizes.map((size, index) =>
    api.createPutRequest({ key: Uint8Array.of(index), value: new Uint8Array(size).fill(index) }),
  );
  const encoded = messages.map((message) => api.encodePutRequest(message));
  for (const [index, bytes] of encoded.entries()) expect(api.decodePutRequest(bytes)).toEqual(messages[index]);
});

test('an encoder that failed half way leaves nothing behind', () => {
  const broken = { ...api.createPutRequest({ value: Uint8Array.of(1) }), key: undefined as unknown as Uint8Array };
  expect(() => api.encodePutRequest(broken)).toThrow(TypeError);
  expect(api.encodePutRequest(api.createPutRequest({ key: Uint8Array.of(9) }))).toEqual(Uint8Array.of(0x0a, 1, 9));
});
