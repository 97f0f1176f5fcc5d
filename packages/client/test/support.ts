// Members that do what the test says, on real sockets: the gRPC server with services of its own.

import {
  createPutResponse,
  createRangeResponse,
  createResponseHeader,
  encodePutResponse,
  encodeRangeResponse,
} from '@reknit/etcd-api';
import { type Method, Status, type UnaryHandler } from '@reknit/grpc';
import { type BoundGrpcServer, createHttp2Server } from '@reknit/grpc/node-http2';

export const RANGE = '/etcdserverpb.KV/Range';
export const PUT = '/etcdserverpb.KV/Put';

export interface FakeMember {
  readonly endpoint: string;
  /** Requests that arrived, per path. */
  seen(path: string): number;
  stop(): Promise<void>;
}

const header = createResponseHeader({ revision: 7 });

export const answersRange: UnaryHandler = (_request, _context, reply) =>
  reply.ok(encodeRangeResponse(createRangeResponse({ header, count: 3 })));
export const answersPut: UnaryHandler = (_request, _context, reply) => reply.ok(encodePutResponse(createPutResponse({ header })));
export const hangs: UnaryHandler = () => undefined;
export const unavailable: UnaryHandler = (_request, _context, reply) =>
  reply.fail({ code: Status.unavailable, message: 'etcdserver: no leader' });

export async function startMember(
  handlers: Readonly<Record<string, UnaryHandler>> = { [RANGE]: answersRange, [PUT]: answersPut },
  address = '127.0.0.1:0',
): Promise<FakeMember> {
  const counts = new Map<string, number>();
  const services = new Map<string, Method>();
  for (const [path, handler] of Object.entries(handlers)) {
    const handle: UnaryHandler = (request, context, reply) => {
      counts.set(path, (counts.get(path) ?? 0) + 1);
      handler(request, context, reply);
    };
    services.set(path, { kind: 'unary', handle });
  }
  const server: BoundGrpcServer = createHttp2Server({
    addresses: [address],
    services,
    http: (_request, respond) => respond({ status: 503, headers: {}, body: '' }),
    receiveBytesMax: 4 * 1024 * 1024,
  });
  await server.listen();
  return { endpoint: server.boundAddresses[0]!, seen: (path) => counts.get(path) ?? 0, stop: () => server.close(0) };
}

/** An address where nobody listens. */
export async function deadEndpoint(): Promise<string> {
  const member = await startMember();
  await member.stop();
  return member.endpoint;
}
