// A server on node:http2 that accepts puts and tells all its watches of them, or cheats as it is told.
import { createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { bytesField, bytesIn, decodeFields, numberField } from '../src/cluster/protobuf.js';

/** How often a watch is told of a put: 1 is honest. @param revision 2 and up */
export type Telling = (watch: number, revision: number) => number;

const HEADER = bytesField(1, numberField(1, 0xffff_ffff_ffff_fff0n));
const HEAD = { ':status': 200, 'content-type': 'application/grpc' };

export class FakeWatch {
  readonly port: number;
  readonly #server: Http2Server;
  readonly #watches: ServerHttp2Stream[] = [];
  readonly #telling: Telling;
  #revision = 1;

  private constructor(server: Http2Server, telling: Telling) {
    this.#server = server;
    this.#telling = telling;
    this.port = (server.address() as AddressInfo).port;
    server.on('stream', (stream, headers) => {
      if (headers[':path'] === '/etcdserverpb.Watch/Watch') this.#watch(stream);
      else this.#put(stream);
    });
  }

  static async start(telling: Telling = () => 1): Promise<FakeWatch> {
    const server = createServer();
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    return new FakeWatch(server, telling);
  }

  close(): void {
    this.#server.close();
  }

  /** A message a request: the bench sends small ones, which this takes to come in one piece. */
  #watch(stream: ServerHttp2Stream): void {
    stream.respond(HEAD);
    stream.on('error', () => {});
    stream.on('data', (chunk: Buffer) => {
      for (let at = 0; at < chunk.length; at += 5 + chunk.readUInt32BE(at + 1)) {
        const watch = this.#watches.push(stream) - 1;
        stream.write(grpc(Buffer.concat([HEADER, numberField(2, watch), numberField(3, 1)])));
      }
    });
  }

  #put(stream: ServerHttp2Stream): void {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      const put = decodeFields(Buffer.concat(chunks).subarray(5));
      this.#tell(bytesIn(put, 1), bytesIn(put, 2), ++this.#revision);
      stream.respond(HEAD, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(grpc(HEADER));
    });
  }

  #tell(key: Uint8Array, value: Uint8Array, revision: number): void {
    const pair = Buffer.concat([
      bytesField(1, key),
      numberField(2, revision),
      numberField(3, revision),
      numberField(4, 1),
      bytesField(5, value),
    ]);
    const event = bytesField(11, bytesField(2, pair));
    for (const [watch, stream] of this.#watches.entries()) {
      const message = grpc(Buffer.concat([HEADER, numberField(2, watch), event]));
      for (let times = this.#telling(watch, revision); times > 0; times--) stream.write(message);
    }
  }
}

function grpc(message: Uint8Array): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}
