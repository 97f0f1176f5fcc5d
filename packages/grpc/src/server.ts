// The narrow waist between gRPC services and whatever speaks HTTP/2. Messages are bytes; the services decode.
// Callback-based for the same reasons as Runtime: no promise per call, and services run unchanged in the simulator.

/** google.rpc.Code */
export const Status = {
  ok: 0,
  canceled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  outOfRange: 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  dataLoss: 15,
  unauthenticated: 16,
} as const;
export type StatusCode = (typeof Status)[keyof typeof Status];

export interface Failure {
  readonly code: StatusCode;
  readonly message: string;
}

/** What a call brings besides its messages. */
export interface CallContext {
  /** Lower-case name; the first value where there are several. */
  metadata(name: string): string | undefined;
  readonly authority: string;
  /** Milliseconds the client still waits, from the call's arrival; undefined: for ever. */
  readonly timeout: number | undefined;
  readonly peer: string;
  /** False once the client cancelled, timed out or went away; replies are then dropped silently. */
  readonly open: boolean;
  /** At most one callback; called at once when the call is no longer open. Not called after a reply ended the call. */
  onCancel(callback: () => void): void;
}

/** Exactly one of the two is called, once. A response must not change after it was given: it may leave later, uncopied. */
export interface UnaryReply {
  ok(response: Uint8Array): void;
  fail(failure: Failure): void;
}

export type UnaryHandler = (request: Uint8Array, context: CallContext, reply: UnaryReply) => void;

export interface StreamReply {
  /** False when the client reads slower than this is written: wait for `onDrain`. Never dropped. */
  send(response: Uint8Array): boolean;
  /** At most one callback, the last one given; called each time there is room again after `send` was false. */
  onDrain(callback: () => void): void;
  end(): void;
  fail(failure: Failure): void;
}

export type ServerStreamHandler = (request: Uint8Array, context: CallContext, reply: StreamReply) => void;

/** Calls of these come one at a time and in order. */
export interface RequestStream {
  onMessage(request: Uint8Array): void;
  /** The client half-closed; the response stream goes on until it is ended. */
  onEnd(): void;
}

export type BidirectionalHandler = (context: CallContext, reply: StreamReply) => RequestStream;

export type Method =
  | { readonly kind: 'unary'; readonly handle: UnaryHandler }
  | { readonly kind: 'server-stream'; readonly handle: ServerStreamHandler }
  | { readonly kind: 'bidirectional'; readonly handle: BidirectionalHandler };

/** Full path (`/etcdserverpb.KV/Put`) to method. Unknown paths answer Unimplemented. */
export type Services = ReadonlyMap<string, Method>;

export interface HttpRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string;
}

/** Plain HTTP/1 on the same port: /health, /version, /metrics. */
export type HttpHandler = (request: HttpRequest, respond: (response: HttpResponse) => void) => void;

export interface ServerOptions {
  /** `host:port`; several share the services. `localhost` binds both loopback addresses. */
  readonly addresses: readonly string[];
  readonly services: Services;
  readonly http: HttpHandler;
  /** gRPC messages above this are refused with ResourceExhausted. */
  readonly receiveBytesMax: number;
}

export interface ServerStatistics {
  readonly connections: number;
  readonly openCalls: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

export interface GrpcServer {
  /** Rejects with the cause when an address cannot be bound; nothing listens then. */
  listen(): Promise<void>;
  statistics(): ServerStatistics;
  /** Refuses new calls, waits for open ones up to `graceMs`, then ends all connections. */
  close(graceMs: number): Promise<void>;
}
