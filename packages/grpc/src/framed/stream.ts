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
  readonly #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  /** The last frame, once the queue is empty. */
  #trailers: (() => Uint8Array | undefined) | undefined;
  #ended = false;
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
    this.#sendHeaders();
    this.#queueMessage(message);
    this.sendStatus(undefined);
  }

  sendMessage(message: Uint8Array): boolean {
    if (!this.#headersSent) this.#sendHeaders();
    this.#queueMessage(message);
    this.#toldToWait = this.#queuedBytes > QUEUED_BYTES_MAX || this.#connection.congested;
    this.#connection.flushSoon();
    return !this.#toldToWait;
  }

  sendStatus(failure: Failure | undefined): void {
    const { encoder } = this.#connection;
    if (failure === undefined && this.#headersSent) this.#trailers = () => encoder.ok();
    else if (failure === undefined)
      this.#trailers = () => encoder.other({ ':status': '200', 'content-type': CONTENT_TYPE, 'grpc-status': '0' });
    else this.#trailers = () => encoder.other(this.#failureFields(failure));
    this.#finishWhenSent();
  }

  /** A response that is not gRPC; the body ends it. */
  sendHttp({ status, headers, body }: HttpResponse): void {
    if (this.#ended) return;
    const lowerCase = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
    const block = this.#connection.encoder.other({ ':status': String(status), ...Object.fromEntries(lowerCase) });
    this.#connection.writeHeaders(this.id, block, 0);
    this.#enqueue(typeof body === 'string' ? utf8Encode(body) : body);
    this.#trailers = () => undefined;
    this.#finishWhenSent();
  }

  /** The client made room. */
  pump(): void {
    this.#sendQueued();
    if (this.#trailers !== undefined) this.#finishWhenSent();
    else if (this.#queue.length === 0) this.resumeSender();
  }

  /** Once both the queue and the socket have room again. */
  resumeSender(): void {
    if (!this.#toldToWait || this.#queuedBytes > 0 || this.#connection.congested) return;
    this.#toldToWait = false;
    this.receiver?.drained();
  }

  #failureFields({ code, message }: Failure): Record<string, string> {
    const fields = { 'grpc-status': String(code), 'grpc-message': encodeStatusMessage(message) };
    return this.#headersSent ? fields : { ':status': '200', 'content-type': CONTENT_TYPE, ...fields };
  }

  #sendHeaders(): void {
    this.#headersSent = true;
    this.#connection.writeHeaders(this.id, this.#connection.encoder.headers(), 0);
  }

  #queueMessage(message: Uint8Array): void {
    const connection = this.#connection;
    const bytes = message.length + PREFIX_BYTES;
    if (this.#queue.length === 0 && bytes <= connection.frameRoom(this.sendWindow)) {
      this.#spend(bytes);
      connection.writeMessage(this.id, message);
      return;
    }
    const prefix = new Uint8Array(PREFIX_BYTES);
    new DataView(prefix.buffer).setUint32(1, message.length);
    this.#enqueue(prefix);
    this.#enqueue(message);
    this.#sendQueued();
  }

  #enqueue(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
  }

  #sendQueued(): void {
    let next = this.#queue[0];
    while (next !== undefined) {
      const room = this.#connection.frameRoom(this.sendWindow);
      if (room <= 0) break;
      const piece = next.length <= room ? next : next.subarray(0, room);
      this.#spend(piece.length);
      this.#queuedBytes -= piece.length;
      this.#connection.writeData(this.id, piece);
      if (piece.length === next.length) this.#queue.shift();
      else this.#queue[0] = next.subarray(room);
      next = this.#queue[0];
    }
    if (this.#queue.length > 0) this.#connection.blocked.add(this);
    else this.#connection.blocked.delete(this);
  }

  #spend(bytes: number): void {
    this.sendWindow -= bytes;
    this.#connection.sendWindow -= bytes;
  }

  #finishWhenSent(): void {
    if (this.#queue.length > 0) this.#sendQueued();
    if (this.#queue.length > 0 || this.#ended) return;
    this.#ended = true;
    const connection = this.#connection;
    const trailers = this.#trailers?.();
    if (trailers !== undefined) connection.writeHeaders(this.id, trailers, Flag.endStream);
    else connection.writeEmptyEnd(this.id);
    // The client still sends: it is told to stop, and that nothing was wrong.
    if (!this.requestEnded) connection.writeReset(this.id, ErrorCode.noError);
    connection.remove(this);
  }
}
