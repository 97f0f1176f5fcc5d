// Sessions between nodes: ordered, framed, and broken as a whole. A frame arrives complete or not at all. On Node a
// session is one TCP connection. The simulated network may also drop, duplicate and reorder single frames, which is
// harsher than TCP: protocols above must bear it (those that need FIFO number their frames and end the session on a gap).

export type CloseReason =
  /** Nobody listens there: evidence that the process is gone. */
  | 'refused'
  /** The other end closed or its process ended. */
  | 'ended'
  /** The connection broke or could not be made in time. */
  | 'failed'
  /** This end called `close`. */
  | 'closed-here'
  /** A frame was too large or damaged. */
  | 'malformed';

export interface SessionHandlers {
  /** The session can carry frames. Not called for accepted sessions, which are open from the start. */
  onOpen?(): void;
  /** The frame is the receiver's. On Node it may be a view that keeps up to 64 KiB of neighbours alive while it is kept. */
  onFrame(frame: Uint8Array): void;
  /** Exactly once, and nothing after it. */
  onClose(reason: CloseReason): void;
}

export interface Session {
  readonly remoteAddress: string;
  /** Bytes accepted by `send` that have not left yet: what senders bound their output by. */
  readonly bufferedBytes: number;
  /** One frame from these chunks in order; nobody may change them any more. Ignored once closed. */
  send(chunks: readonly Uint8Array[]): void;
  /** What was sent leaves now, not at the end of the turn: for who has more to do in it than to send. */
  flush(): void;
  /** What was sent before still leaves, where the other end takes it. */
  close(): void;
}

export interface Listener {
  /** Accepted sessions live on. Closed before `ready` was called, it never is. */
  close(): void;
}

/** Frames above this are refused: more than the largest snapshot chunk or entry batch, less than would hurt memory. */
export const MAX_FRAME_BYTES: number = 64 * 1024 * 1024;

export interface Network {
  /**
   * @param address `host:port`, `[ipv6]:port` or `unix:/path`; a name is bound on all of its addresses
   * @param accept gives the handlers of a new session
   * @param ready called once, with the cause when the address cannot be bound
   */
  listen(address: string, accept: (session: Session) => SessionHandlers, ready: (error: Error | undefined) => void): Listener;
  /** A failed attempt is a session that closes. */
  connect(address: string, handlers: SessionHandlers): Session;
}
