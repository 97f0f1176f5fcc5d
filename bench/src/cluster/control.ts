// Asks members what they know, over `node:http2`: not for speed. A refusal is thrown with its code and text.
import { type ClientHttp2Session, connect } from 'node:http2';
import type { MemberControl, MemberStatus } from './member-control.js';
import { bytesField, bytesIn, countField, decodeFields, type Fields, numberIn } from './protobuf.js';

const DEADLINE_MS = 5000;
const GRPC_PREFIX_BYTES = 5;
const NO_MESSAGE = new Uint8Array(0);

/** One connection to one member. */
export class Control implements MemberControl {
  readonly #session: ClientHttp2Session;

  constructor(port: number) {
    this.#session = connect(`http://127.0.0.1:${port}`);
    // Each call under way reports it.
    this.#session.on('error', () => {});
  }

  close(): void {
    this.#session.destroy();
  }

  async status(): Promise<MemberStatus> {
    const fields = decodeFields(await this.#unary('/etcdserverpb.Maintenance/Status', NO_MESSAGE));
    const header = decodeFields(bytesIn(fields, 1));
    return {
      memberId: numberIn(header, 2),
      leader: numberIn(fields, 4),
      term: numberIn(fields, 6),
      applied: numberIn(fields, 7),
    };
  }

  async put(key: Uint8Array, value: Uint8Array): Promise<void> {
    await this.#unary('/etcdserverpb.KV/Put', Buffer.concat([bytesField(1, key), bytesField(2, value)]));
  }

  /** Linearizable. Undefined when there is no such key. */
  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    const pair = bytesIn(await this.#range(key), 2);
    return pair.length === 0 ? undefined : bytesIn(decodeFields(pair), 5);
  }

  /** Of the whole store, as a linearizable read sees it. */
  async revision(): Promise<bigint> {
    return numberIn(decodeFields(bytesIn(await this.#range(Uint8Array.of(0)), 1)), 3);
  }

  async leases(): Promise<number> {
    return countField(await this.#unary('/etcdserverpb.Lease/LeaseLeases', NO_MESSAGE), 2);
  }

  async #range(key: Uint8Array): Promise<Fields> {
    return decodeFields(await this.#unary('/etcdserverpb.KV/Range', bytesField(1, key)));
  }

  #unary(path: string, message: Uint8Array): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const stream = this.#session.request({
        ':method': 'POST',
        ':path': path,
        'content-type': 'application/grpc',
        te: 'trailers',
        'grpc-timeout': `${DEADLINE_MS}m`,
      });
      const chunks: Buffer[] = [];
      let status: unknown;
      let text: unknown;
      const note = (headers: Record<string, unknown>): void => {
        status = headers['grpc-status'] ?? status;
        text = headers['grpc-message'] ?? text;
      };
      stream.on('response', note);
      stream.on('trailers', note);
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.setTimeout(2 * DEADLINE_MS, () => stream.destroy(new Error(`${path}: no reply`)));
      stream.once('error', reject);
      stream.once('close', () => {
        if (status === '0') resolve(Buffer.concat(chunks).subarray(GRPC_PREFIX_BYTES));
        else reject(new Error(`${path}: ${status === undefined ? 'connection lost' : `code ${status}, ${text}`}`));
      });
      const prefix = Buffer.alloc(GRPC_PREFIX_BYTES);
      prefix.writeUInt32BE(message.length, 1);
      stream.end(Buffer.concat([prefix, message]));
    });
  }
}
