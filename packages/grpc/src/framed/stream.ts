// One stream of a connection: the wire of its call, the flow control of its response, and the end of both directions.
// What fits into the windows is written at once; the rest waits here, in order, until the client makes room.

import { utf8Encode } from '@reknit/base';
import type { CallWire } from '../call.js';
import { CONTENT_TYPE, encodeStatusMessage } from '../headers.js';
import { PREFIX_BYTES } from '../message-reader.js';
import type { RequestHead } from '../request-head.js';
import type { Failure, HttpResponse } from '../server.js';
import type { FramedConnection } from './connection.js';
import { ErrorCode, Flag } from './protocol.js';

/** What the request's frames go to: a call, or a plain HTTP request. */
export interface RequestReceiver {
  received(chunk: Uint8Array): void;
  receivedEnd(): void;
  drained(): void;
  abandoned(): void;
}

/** Above this the service is told to wait. */
const QUEUED_BYTES_MAX = 64 * 1024;

export class FramedStream implements CallWire {
  readonly id: number;
  readonly head: RequestHead;
  readonly #connection: FramedConnection;
  /** Set by the connection before the first frame is passed on. */
  receiver: RequestReceiver | undefined;
  sendWindow: number;
  /** Received and not yet given back to the client's window. */
  unreturnedBytes = 0;
  requestEnded = false;
  #headersSent = false;
  /** Made when first needed: most responses leave at once. */
  #queue: Uint8Array[] | undefined;
  #queuedBytes = 0;
  /** What follows the queue. */
  #ending: 'not-yet' | 'status' | 'http' | 'sent' = 'not-yet';
  #failure: Failure | undefined;
  #toldToWait = false;

  constructor(connection: FramedConnection, id: number, head: RequestHead, sendWindow: number) {
    this.#connection = connection;
    this.id = id;
    this.head = head;
    this.sendWindow = sendWindow;
  }

  get authority(): string {
    return this.head.authority;
  }

  get peer(): string {
    return this.#connection.peer;
  }

  metadata(name: string): string | undefined {
    return this.head.get(name);
  }

  sendUnary(message: Uint8Array): void {
    const refusal = this.#leavesAtOnce(message) ? undefined : this.#connection.backlog.refusal(message.length);
    if (refusal === undefined) {
      this.#sendHeaders();
      this.#queueMessage(message);
    }
    this.sendStatus(refusal);
  }

  sendMessage(message: Uint8Array): boolean {
    if (!this.#headersSent) this.#sendHeaders();
    this.#queueMessage(message);
    this.#toldToWait = this.#queuedBytes > QUEUED_BYTES_MAX || this.#connection.congested;
    this.#connection.flushSoon();
    return !this.#toldToWait;
  }

  sendStatus(failure: Failure | undefined): void {
    this.#failure = failure;
    this.#ending = 'status';
    this.#finishWhenSent();
    this.#connection.flushSoon();
  }

  /** A response that is not gRPC; the body ends it. */
  sendHttp({ status, headers, body }: HttpResponse): void {
    const lowerCase = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
    const block = this.#connection.encoder.other({ ':status': String(status), ...Object.fromEntries(lowerCase) });
    this.#connection.writer.headers(this.id, block, 0);
    this.#enqueue(typeof body === 'string' ? utf8Encode(body) : body);
    this.#ending = 'http';
    this.#sendQueued();
    this.#finishWhenSent();
    this.#connection.flushSoon();
  }

  /** The client made room. */
  pump(): void {
    this.#sendQueued();
    if (this.#ending !== 'not-yet') this.#finishWhenSent();
    else this.resumeSender();
  }

  /** Once both the queue and the socket have room again. */
  resumeSender(): void {
    if (!this.#toldToWait || this.#queuedBytes > 0 || this.#connection.congested) return;
    this.#toldToWait = false;
    this.receiver?.drained();
  }

  #sendHeaders(): void {
    this.#headersSent = true;
    this.#connection.writer.headers(this.id, this.#connection.encoder.headers(), 0);
  }

  #queueMessage(message: Uint8Array): void {
    if (this.#leavesAtOnce(message)) {
      this.#spend(message.length + PREFIX_BYTES);
      this.#connection.writer.message(this.id, message);
      return;
    }
    const prefix = new Uint8Array(PREFIX_BYTES);
    new DataView(prefix.buffer).setUint32(1, message.length);
    this.#enqueue(prefix);
    this.#enqueue(message);
    this.#sendQueued();
  }

  /** The client is gone, or the connection: what waits here never leaves. */
  discard(): void {
    this.#queue = undefined;
    this.#countQueued(-this.#queuedBytes);
  }

  #leavesAtOnce(message: Uint8Array): boolean {
    return this.#queuedBytes === 0 && message.length + PREFIX_BYTES <= this.#connection.frameRoom(this.sendWindow);
  }

  #enqueue(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#queue ??= [];
    this.#queue.push(bytes);
    this.#countQueued(bytes.length);
  }

  #countQueued(bytes: number): void {
    this.#queuedBytes += bytes;
    this.#connection.backlog.add(bytes);
  }

  #sendQueued(): void {
    const queue = this.#queue;
    if (queue === undefined) return;
    let next = queue[0];
    while (next !== undefined) {
      const room = this.#connection.frameRoom(this.sendWindow);
      if (room <= 0) break;
      const piece = next.length <= room ? next : next.subarray(0, room);
      this.#spend(piece.length);
      this.#countQueued(-piece.length);
      this.#connection.writer.data(this.id, piece);
      if (piece.length === next.length) queue.shift();
      else queue[0] = next.subarray(room);
      next = queue[0];
    }
    // To the end of the line: the next room goes to another stream first.
    this.#connection.blocked.delete(this);
    if (queue.length > 0) this.#connection.blocked.add(this);
  }

  #spend(bytes: number): void {
    this.sendWindow -= bytes;
    this.#connection.sendWindow -= bytes;
  }

  #finishWhenSent(): void {
    if (this.#queuedBytes > 0 || this.#ending === 'sent') return;
    const connection = this.#connection;
    if (this.#ending === 'http') connection.writer.emptyEnd(this.id);
    else connection.writer.headers(this.id, this.#statusBlock(), Flag.endStream);
    this.#ending = 'sent';
    // The client still sends: it is told to stop, and that nothing was wrong.
    if (!this.requestEnded) connection.writer.reset(this.id, ErrorCode.noError);
    connection.remove(this);
  }

  #statusBlock(): Uint8Array {
    const { encoder } = this.#connection;
    const failure = this.#failure;
    if (failure === undefined && this.#headersSent) return encoder.ok();
    const fields =
      failure === undefined
        ? { 'grpc-status': '0' }
        : { 'grpc-status': String(failure.code), 'grpc-message': encodeStatusMessage(failure.message) };
    return encoder.other(this.#headersSent ? fields : { ':status': '200', 'content-type': CONTENT_TYPE, ...fields });
  }
}
