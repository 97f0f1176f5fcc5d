// The header values of gRPC over HTTP/2: what a client says about its deadline, what a server says about a failure.
import { utf8Encode } from '@reknit/base';

export const CONTENT_TYPE = 'application/grpc';

/** `application/grpc`, and with a suffix or parameters. */
export function isGrpcContentType(value: string | undefined): boolean {
  if (value === undefined || !value.startsWith(CONTENT_TYPE)) return false;
  const next = value.charAt(CONTENT_TYPE.length);
  return next === '' || next === '+' || next === ';';
}

const MILLIS_PER_UNIT: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };

/** Milliseconds; undefined when malformed. */
export function parseTimeout(value: string): number | undefined {
  if (!/^\d{1,8}[HMSmun]$/.test(value)) return undefined;
  return Number(value.slice(0, -1)) * MILLIS_PER_UNIT[value.at(-1)!]!;
}

const PLAIN_TEXT = /^[ -$&-~]*$/;

/** Percent-encodes what a header value cannot hold: all but printable ASCII, and the percent sign. */
export function encodeStatusMessage(message: string): string {
  if (PLAIN_TEXT.test(message)) return message;
  let encoded = '';
  for (const byte of utf8Encode(message)) {
    const plain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25;
    encoded += plain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}
