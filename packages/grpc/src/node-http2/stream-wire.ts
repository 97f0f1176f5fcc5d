// A call's stream on node:http2. Listeners are shared functions that find the call through the stream, and header objects
// are built once: at tens of thousands of calls per second each closure and each object shows.
import type { OutgoingHttpHeaders, ServerHttp2Stream, ServerStreamResponseOptions } from 'node:http2';
import { constants } from 'node:http2';
import type { Call, CallWire } from '../call.js';
import { CONTENT_TYPE, encodeStatusMessage } from '../headers.js';
import { frameMessage, PREFIX_BYTES, writePrefix } from '../message-reader.js';
import type { RequestHead } from '../request-head.js';
import { type Failure, Status } from '../server.js';

/** Up to here prefix and message are joined into one write; above, copying costs more than a second write. */
const JOINED_BYTES_MAX = 32 * 1024;

const RESPONSE_HEADERS: OutgoingHttpHeaders = { ':status': 200, 'content-type': CONTENT_TYPE };
const OK_TRAILERS: OutgoingHttpHeaders = { 'grpc-status': Status.ok };

/** `sendDate` is missing in the type: without it every response carries a date that no gRPC client reads. */
interface ResponseOptions extends ServerStreamResponseOptions {
  readonly sendDate: false;
}
const WITH_TRAILERS: ResponseOptions = { waitForTrailers: true, sendDate: false };
const TRAILERS_ONLY: ResponseOptions = { endStream: true, sendDate: false };

const wireKey: unique symbol = Symbol('wire');
interface CallStream extends ServerHttp2Stream {
  [wireKey]?: StreamWire;
}

export class StreamWire implements CallWire {
  readonly peer: string;
  readonly #stream: CallStream;
  readonly #head: RequestHead;
  #call: Call | undefined;
  #trailers: OutgoingHttpHeaders = OK_TRAILERS;
  #requestEnded = false;

  constructor(stream: ServerHttp2Stream, head: RequestHead, peer: string) {
    this.#stream = stream;
    this.#head = head;
    this.peer = peer;
    this.#stream[wireKey] = this;
    stream.on('error', ignore);
  }

  get authority(): string {
    return this.#head.authority;
  }

  metadata(name: string): string | undefined {
    return this.#head.get(name);
  }

  attach(call: Call): void {
    this.#call = call;
    const stream = this.#stream;
    stream.on('data', onData);
    stream.on('end', onEnd);
    stream.on('close', onClose);
    stream.on('drain', onDrain);
    call.begin();
  }

  sendUnary(message: Uint8Array): void {
    const stream = this.#stream;
    if (!this.#respond()) return;
    if (message.length <= JOINED_BYTES_MAX) {
      stream.end(frameMessage(message));
    } else {
      this.#writeInTwo(message);
      stream.end();
    }
  }

  sendMessage(message: Uint8Array): boolean {
    const stream = this.#stream;
    if (!stream.headersSent && !this.#respond()) return false;
    return message.length <= JOINED_BYTES_MAX ? stream.write(frameMessage(message)) : this.#writeInTwo(message);
  }

  sendStatus(failure: Failure | undefined): void {
    const stream = this.#stream;
    if (stream.destroyed || stream.closed) return;
    const trailers = failure === undefined ? OK_TRAILERS : failureTrailers(failure);
    if (stream.headersSent) {
      this.#trailers = trailers;
      stream.end();
    } else {
      stream.respond({ ...RESPONSE_HEADERS, ...trailers }, TRAILERS_ONLY);
    }
    if (!this.#requestEnded) this.#stopRequest();
  }

  received(chunk: Uint8Array): void {
    this.#call!.received(chunk);
  }

  receivedEnd(): void {
    this.#requestEnded = true;
    this.#call!.receivedEnd();
  }

  drained(): void {
    this.#call!.drained();
  }

  closed(): void {
    this.#call!.abandoned();
  }

  trailersWanted(): void {
    if (!this.#stream.destroyed && !this.#stream.closed) this.#stream.sendTrailers(this.#trailers);
  }

  /** False when the stream is already closed. */
  #respond(): boolean {
    const stream = this.#stream;
    if (stream.destroyed || stream.closed) return false;
    stream.on('wantTrailers', onWantTrailers);
    stream.respond(RESPONSE_HEADERS, WITH_TRAILERS);
    return true;
  }

  #writeInTwo(message: Uint8Array): boolean {
    const prefix = new Uint8Array(PREFIX_BYTES);
    writePrefix(prefix, 0, message.length);
    this.#stream.cork();
    this.#stream.write(prefix);
    const accepted = this.#stream.write(message);
    this.#stream.uncork();
    return accepted;
  }

  /** The client still sends; nobody reads. What is left in the stream is dropped, and the client told to stop. */
  #stopRequest(): void {
    const stream = this.#stream;
    stream.resume();
    stream.once('finish', () => stream.close(constants.NGHTTP2_NO_ERROR));
  }
}

function onData(this: CallStream, chunk: Uint8Array): void {
  this[wireKey]!.received(chunk);
}

function onEnd(this: CallStream): void {
  this[wireKey]!.receivedEnd();
}

function onDrain(this: CallStream): void {
  this[wireKey]!.drained();
}

function onClose(this: CallStream): void {
  this[wireKey]!.closed();
}

function onWantTrailers(this: CallStream): void {
  this[wireKey]!.trailersWanted();
}

const ignore = (): void => undefined;

function failureTrailers({ code, message }: Failure): OutgoingHttpHeaders {
  return { 'grpc-status': code, 'grpc-message': encodeStatusMessage(message) };
}
