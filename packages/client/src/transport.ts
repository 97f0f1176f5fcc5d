// What the client needs of the world: calls to and streams with one endpoint, and time. `node/` has the real one; a simulator brings its own.

export type CallOutcome =
  | { readonly kind: 'response'; readonly message: Uint8Array }
  /** The server answered with this status. */
  | { readonly kind: 'status'; readonly code: number; readonly message: string }
  /** No server has seen the request, and none will. */
  | { readonly kind: 'unsent'; readonly cause: string }
  /** The request may have reached a server; nothing came back. */
  | { readonly kind: 'lost'; readonly cause: string };

export interface CallRequest {
  /** As given to `createClient`. */
  readonly endpoint: string;
  /** `/etcdserverpb.KV/Put` */
  readonly path: string;
  readonly message: Uint8Array;
  readonly metadata: Readonly<Record<string, string>>;
  /** Told to the server; the client keeps it itself. */
  readonly timeoutMs: number;
}

export interface PendingCall {
  /** Ends it without calling back. Whether a server may have seen it. */
  cancel(reason: 'expired' | 'aborted'): 'unsent' | 'sent';
}

export interface StreamRequest {
  /** As given to `createClient`. */
  readonly endpoint: string;
  /** `/etcdserverpb.Watch/Watch` */
  readonly path: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** How a stream ends by itself. A status of code 0 is its regular end. */
export type StreamEnd = Exclude<CallOutcome, { readonly kind: 'response' }>;

export interface StreamHandlers {
  /** In order. None comes while the stream is paused, but for those that had arrived before. */
  onMessage(message: Uint8Array): void;
  /** Once, and nothing after it. Not called after `cancel`. */
  onEnd(end: StreamEnd): void;
}

/** A bidirectional stream. No handler is called from within one of these, nor from within the call that opened it. */
export interface OpenStream {
  /** In order; what is sent before the connection stands waits for it. Ignored once the stream has ended. */
  send(message: Uint8Array): void;
  /** Nothing more is taken from the connection, so that the server stops sending. */
  pause(): void;
  resume(): void;
  /** Ends it without calling back. */
  cancel(): void;
}

export interface Timer {
  cancel(): void;
}

export interface Transport {
  /**
   * Calls back once, later, unless cancelled. The path may be that of a bidirectional method: one message, then the end of the
   * request stream; the answer must be one message too.
   */
  call(request: CallRequest, done: (outcome: CallOutcome) => void): PendingCall;
  stream(request: StreamRequest, handlers: StreamHandlers): OpenStream;
  /** Monotonic milliseconds. */
  now(): number;
  after(delayMs: number, callback: () => void): Timer;
  /** Open calls and streams end as lost or unsent. */
  close(): void;
}
