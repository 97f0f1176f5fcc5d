// What the client needs of the world: calls to one endpoint, and time. `node/` has the real one; a simulator brings its own.

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

export interface Timer {
  cancel(): void;
}

export interface Transport {
  /** Calls back once, later, unless cancelled. */
  call(request: CallRequest, done: (outcome: CallOutcome) => void): PendingCall;
  /** Monotonic milliseconds. */
  now(): number;
  after(delayMs: number, callback: () => void): Timer;
  /** Open calls end as lost or unsent. */
  close(): void;
}
