// The standard health protocol of gRPC servers: grpc.health.v1.Health/Check, one call over a connection of its own.
import { type Millis, unreachable, utf8Encode } from '@reknit/base';
import { type CallOutcome, createNodeTransport } from '@reknit/client';
import type { ProbeAnswer } from '@reknit/recovery';

const PATH = '/grpc.health.v1.Health/Check';
/** `HealthCheckResponse.ServingStatus` */
const STATUSES = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];
const SERVING = 1;

export interface GrpcQuestion {
  /** `host:port` */
  readonly address: string;
  /** Empty: the server as a whole. */
  readonly service: string;
}

export function askGrpc({ address, service }: GrpcQuestion, timeoutMs: Millis): Promise<ProbeAnswer> {
  return new Promise((resolve) => {
    const transport = createNodeTransport(timeoutMs);
    const settle = (answer: ProbeAnswer): void => {
      clearTimeout(timer);
      resolve(answer);
      transport.close();
    };
    const request = { endpoint: `http://${address}`, path: PATH, message: encodeRequest(service), metadata: {}, timeoutMs };
    const call = transport.call(request, (outcome) => settle(answerOf(outcome)));
    const timer = setTimeout(() => {
      call.cancel('expired');
      settle({ outcome: 'silent', detail: `no answer within ${timeoutMs} ms` });
    }, timeoutMs);
  });
}

function answerOf(outcome: CallOutcome): ProbeAnswer {
  switch (outcome.kind) {
    case 'response': {
      const status = decodeStatus(outcome.message);
      return { outcome: status === SERVING ? 'good' : 'bad', detail: STATUSES[status] ?? `status ${status}` };
    }
    case 'status':
      return { outcome: 'bad', detail: `gRPC status ${outcome.code}: ${outcome.message}` };
    case 'unsent':
      return { outcome: outcome.cause === 'connection refused' ? 'refused' : 'silent', detail: outcome.cause };
    case 'lost':
      return { outcome: 'bad', detail: `the connection broke: ${outcome.cause}` };
    default:
      return unreachable(outcome);
  }
}

/** `HealthCheckRequest { string service = 1 }` */
function encodeRequest(service: string): Uint8Array {
  const name = utf8Encode(service);
  if (name.length === 0) return name;
  // The length as a varint of two bytes, which is long enough for any name.
  return Uint8Array.of(0x0a, 0x80 | (name.length & 0x7f), name.length >> 7, ...name);
}

/** `HealthCheckResponse { ServingStatus status = 1 }`; 0 is not written. */
const decodeStatus = (message: Uint8Array): number => (message[0] === 0x08 ? (message[1] ?? 0) : 0);
