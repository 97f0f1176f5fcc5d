// Asks a ZooKeeper server what it knows. A node under /bench for each key; the changes of /bench's children count the writes.
import { connect, type Socket } from 'node:net';
import type { MemberControl, MemberStatus } from '../cluster/member-control.js';
import {
  bufferAt,
  childChangesIn,
  connectRequest,
  createRequest,
  ErrorCode,
  existsRequest,
  framed,
  getDataRequest,
  int,
  PacketReader,
  REPLY_HEADER_BYTES,
  readInt,
  setDataRequest,
  syncRequest,
} from './jute.js';

const ROOT = Buffer.from('/bench');
const NOTHING = new Uint8Array(0);
const SESSION_TIMEOUT_MS = 10_000;
const DEADLINE_MS = 5000;
const ERROR_AT = 12;

interface Reply {
  readonly error: number;
  readonly body: Uint8Array;
}

export class ZooKeeperControl implements MemberControl {
  readonly #port: number;
  readonly #socket: Socket;
  readonly #waiting: { readonly resolve: (packet: Uint8Array) => void; readonly reject: (error: Error) => void }[] = [];
  readonly #open: Promise<Uint8Array>;
  #xid = 1;

  constructor(port: number) {
    this.#port = port;
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true });
    const packets = new PacketReader((view) => this.#waiting.shift()?.resolve(Uint8Array.from(view)));
    this.#socket.on('data', (chunk: Buffer) => packets.feed(chunk));
    this.#socket.on('error', () => {});
    this.#socket.on('close', () => this.#fail('connection lost'));
    this.#socket.setTimeout(DEADLINE_MS, () => this.#socket.destroy());
    this.#open = this.#ask(connectRequest(SESSION_TIMEOUT_MS));
    this.#open.catch(() => {});
  }

  close(): void {
    this.#socket.destroy();
  }

  async status(): Promise<MemberStatus> {
    return parseStatus(BigInt(this.#port), await fourLetters(this.#port, 'srvr'));
  }

  async put(key: Uint8Array, value: Uint8Array): Promise<void> {
    let { error } = await this.#call(createRequest(key, value));
    if (error === ErrorCode.noNode) {
      await this.#call(createRequest(ROOT, NOTHING));
      ({ error } = await this.#call(createRequest(key, value)));
    }
    if (error === ErrorCode.nodeExists) ({ error } = await this.#call(setDataRequest(key, value)));
    if (error !== ErrorCode.none) throw new Error(`create: code ${error}`);
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    const { error, body } = await this.#read(getDataRequest(key));
    return error === ErrorCode.none ? bufferAt(body, 0) : undefined;
  }

  async revision(): Promise<bigint> {
    const { error, body } = await this.#read(existsRequest(ROOT));
    if (error !== ErrorCode.none) throw new Error(`exists: code ${error}`);
    return BigInt(childChangesIn(body));
  }

  leases(): Promise<number> {
    return Promise.reject(new Error('ZooKeeper has no leases'));
  }

  /** Linearizable. */
  async #read(request: Uint8Array): Promise<Reply> {
    await this.#call(syncRequest(ROOT));
    return this.#call(request);
  }

  async #call(request: Uint8Array): Promise<Reply> {
    await this.#open;
    const packet = await this.#ask(framed(int(this.#xid++), request));
    return { error: readInt(packet, ERROR_AT), body: packet.subarray(REPLY_HEADER_BYTES) };
  }

  #ask(bytes: Uint8Array): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) return reject(new Error('connection lost'));
      this.#waiting.push({ resolve, reject });
      this.#socket.write(bytes);
    });
  }

  #fail(cause: string): void {
    for (const { reject } of this.#waiting.splice(0)) reject(new Error(cause));
  }
}

/** A follower does not tell whom it follows; the high half of a zxid is the epoch. */
export function parseStatus(memberId: bigint, text: string): MemberStatus {
  const mode = /^Mode: (\w+)/m.exec(text)?.[1];
  const zxid = BigInt(/^Zxid: (0x[0-9a-f]+)/m.exec(text)?.[1] ?? 0);
  const leader = mode === 'leader' || mode === 'standalone' ? memberId : mode === 'follower' ? 'untold' : 0n;
  return { memberId, leader, term: zxid >> 32n, applied: zxid & 0xffff_ffffn };
}

/** The commands for operators: a connection each. */
function fourLetters(port: number, word: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port }, () => socket.write(word));
    const chunks: Buffer[] = [];
    socket.setTimeout(DEADLINE_MS, () => socket.destroy(new Error('no answer')));
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('close', () => resolve(Buffer.concat(chunks).toString()));
  });
}
