// A server on node:http2 that answers unary calls as it is told: accepts, refuses as gRPC does (trailers alone), or lies.
import { createServer, type Http2Server, type IncomingHttpHeaders } from 'node:http2';
import type { AddressInfo } from 'node:net';

export interface Seen {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export class FakeEtcd {
  readonly seen: Seen[] = [];
  readonly port: number;
  readonly #server: Http2Server;

  private constructor(server: Http2Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  /** @param answer to the n-th call: the message, or undefined to refuse it */
  static async start(answer: (call: number) => Uint8Array | undefined): Promise<FakeEtcd> {
    const server = createServer();
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const fake = new FakeEtcd(server);
    server.on('stream', (stream, headers) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const message = answer(fake.seen.length);
        fake.seen.push({ headers, body: Buffer.concat(chunks) });
        const head = { ':status': 200, 'content-type': 'application/grpc' };
        if (message === undefined) return stream.respond({ ...head, 'grpc-status': '14' }, { endStream: true });
        stream.respond(head, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
        const prefix = Buffer.alloc(5);
        prefix.writeUInt32BE(message.length, 1);
        stream.end(Buffer.concat([prefix, message]));
      });
    });
    return fake;
  }

  close(): void {
    this.#server.close();
  }
}
