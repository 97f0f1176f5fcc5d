// A request's bytes come from anybody: what they do not hold is answered, never thrown.
import { MalformedBytesError } from '@reknit/base';
import { type Failure, Status, type UnaryReply } from '@reknit/grpc';

/** As Go's gRPC says it; clients show it, none matches it. */
export const MALFORMED: Failure = {
  code: Status.internal,
  message: 'grpc: error unmarshalling request: proto: cannot parse invalid wire-format data',
};

/** Undefined when the bytes are no such message; the call is answered then. */
export function decoded<T>(decode: (bytes: Uint8Array) => T, bytes: Uint8Array, reply: Pick<UnaryReply, 'fail'>): T | undefined {
  try {
    return decode(bytes);
  } catch (error) {
    if (!(error instanceof MalformedBytesError)) throw error;
    reply.fail(MALFORMED);
    return undefined;
  }
}
