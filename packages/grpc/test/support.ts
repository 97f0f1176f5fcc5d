// A server with services of the test's choice, and two independent clients: @grpc/grpc-js, and bare node:http2 for what a
// well-behaved client never sends.
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from 'node:http2';
import * as grpc from '@grpc/grpc-js';
import type { HttpHandler, Method, ServerOptions, Services } from '../src/index.js';
import { type BoundGrpcServer, createFramedServer, createHttp2Server } from '../src/node-http2/index.js';

export type CreateServer = (options: ServerOptions) => BoundGrpcServer;
export const BACK_ENDS: readonly (readonly [string, CreateServer])[] = [
  ['node:http2', createHttp2Server],
  ['our own framing', createFramedServer],
];

export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
}

export function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve: (value) => resolve(value) };
}

const RECEIVE_BYTES_MAX = 16 * 1024 * 1024;

export const NOT_FOUND: HttpHandler = (_request, respond) => respond({ status: 404, headers: {}, body: 'nothing here' });

export const echo: Method = { kind: 'unary', handle: (request, _context, reply) => reply.ok(request) };

export interface Harness {
  readonly server: BoundGrpcServer;
  /** host:port */
  readonly address: string;
  readonly client: grpc.Client;
  stop(): Promise<void>;
}

export async function serve(
  create: CreateServer,
  services: Readonly<Record<string, Method>>,
  options: Partial<ServerOptions> = {},
): Promise<Harness> {
  const table: Services = new Map(Object.entries(services));
  const server = create({
    addresses: ['127.0.0.1:0'],
    services: table,
    http: NOT_FOUND,
    receiveBytesMax: RECEIVE_BYTES_MAX,
    ...options,
  });
  await server.listen();
  const address = server.boundAddresses[0]!;
  const client = newClient(address);
  const stop = async (): Promise<void> => {
    client.close();
    await server.close(0);
  };
  return { server, address, client, stop };
}

export const newClient = (address: string): grpc.Client =>
  new grpc.Client(address, grpc.credentials.createInsecure(), {
    'grpc.max_receive_message_length': -1,
    'grpc.use_local_subchannel_pool': 1,
  });

const asIs = (bytes: Buffer): Buffer => bytes;

export interface UnaryOptions {
  readonly metadata?: grpc.Metadata;
  readonly deadlineMs?: number;
}

export function unary(
  client: grpc.Client,
  path: string,
  request: Uint8Array | string,
  options: UnaryOptions = {},
): Promise<Buffer> {
  const callOptions = options.deadlineMs === undefined ? {} : { deadline: Date.now() + options.deadlineMs };
  return new Promise((resolve, reject) => {
    const done = (error: grpc.ServiceError | null, response?: Buffer): void => (error ? reject(error) : resolve(response!));
    client.makeUnaryRequest(path, asIs, asIs, Buffer.from(request), options.metadata ?? new grpc.Metadata(), callOptions, done);
  });
}

export const serverStream = (client: grpc.Client, path: string, request: string): grpc.ClientReadableStream<Buffer> =>
  client.makeServerStreamRequest(path, asIs, asIs, Buffer.from(request));

export const bidirectional = (client: grpc.Client, path: string): grpc.ClientDuplexStream<Buffer, Buffer> =>
  client.makeBidiStreamRequest(path, asIs, asIs);

export function clientStream(client: grpc.Client, path: string, requests: readonly string[]): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const call = client.makeClientStreamRequest(path, asIs, asIs, new grpc.Metadata(), {}, (error, response) =>
      error ? reject(error) : resolve(response!),
    );
    for (const request of requests) call.write(Buffer.from(request));
    call.end();
  });
}

/** The status that a failed call ends with. */
export async function failureOf(call: Promise<unknown>): Promise<{ readonly code: number; readonly details: string }> {
  try {
    await call;
  } catch (error) {
    const { code, details } = error as grpc.ServiceError;
    return { code, details };
  }
  throw new Error('the call succeeded');
}

export const prefixed = (message: Uint8Array | string, flag = 0): Buffer => {
  const body = Buffer.from(message);
  const prefix = Buffer.alloc(5);
  prefix[0] = flag;
  prefix.writeUInt32BE(body.length, 1);
  return Buffer.concat([prefix, body]);
};

export interface RawResponse {
  readonly headers: IncomingHttpHeaders;
  readonly trailers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly resetCode: number | undefined;
  /** From the trailers, or the headers when they came alone. */
  readonly status: string | undefined;
  readonly message: string | undefined;
}

export interface RawRequest {
  readonly path: string;
  readonly chunks: readonly Buffer[];
  readonly headers?: Readonly<Record<string, string | string[]>>;
  /** Leave the request open. */
  readonly open?: boolean;
}

/** One request with DATA frames exactly as given. */
export async function rawCall(address: string, request: RawRequest): Promise<RawResponse> {
  const session = connect(`http://${address}`);
  try {
    return await rawCallOn(session, request);
  } finally {
    session.destroy();
  }
}

export function rawCallOn(session: ClientHttp2Session, { path, chunks, headers, open }: RawRequest): Promise<RawResponse> {
  const all = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers', ...headers };
  return new Promise((resolve, reject) => {
    const stream = session.request(all, { endStream: false });
    let responseHeaders: IncomingHttpHeaders = {};
    let trailers: IncomingHttpHeaders = {};
    const body: Buffer[] = [];
    stream.on('response', (received) => (responseHeaders = received));
    stream.on('trailers', (received) => (trailers = received));
    stream.on('data', (chunk: Buffer) => body.push(chunk));
    stream.on('error', reject);
    stream.on('close', () =>
      resolve({
        headers: responseHeaders,
        trailers,
        body: Buffer.concat(body),
        resetCode: stream.rstCode,
        status: (trailers['grpc-status'] ?? responseHeaders['grpc-status']) as string | undefined,
        message: (trailers['grpc-message'] ?? responseHeaders['grpc-message']) as string | undefined,
      }),
    );
    writeOneByOne(stream, chunks, open === true);
  });
}

type Writable = ReturnType<ClientHttp2Session['request']>;

/** Each chunk leaves in a DATA frame of its own: the next is written once the last one is out. */
function writeOneByOne(stream: Writable, chunks: readonly Buffer[], open: boolean): void {
  const [first, ...rest] = chunks;
  if (first !== undefined) stream.write(first, () => setImmediate(() => writeOneByOne(stream, rest, open)));
  else if (!open) stream.end();
}
