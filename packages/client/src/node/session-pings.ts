// Pings on a session: now when a call went unanswered, and from time to time while streams are open, for nothing else shows
// that a server which is silent has gone. A half-open connection looks alive for many minutes.
import type { ClientHttp2Session } from 'node:http2';

/** If the server does not answer a ping within this, the connection is given up. */
const PING_TIMEOUT_MS = 2000;
/** etcd ends connections whose pings come more often than every 5 s. */
const PING_EVERY_MS = 6000;

export class SessionPings {
  readonly #session: ClientHttp2Session;
  #streams = 0;
  #pinging = false;
  #regular: NodeJS.Timeout | undefined;

  constructor(session: ClientHttp2Session) {
    this.#session = session;
  }

  streamOpened(): void {
    if (this.#streams++ === 0) this.#regular = setInterval(() => this.ping(), PING_EVERY_MS);
  }

  streamClosed(): void {
    if (--this.#streams === 0) clearInterval(this.#regular);
  }

  ping(): void {
    const session = this.#session;
    if (this.#pinging || session.destroyed) return;
    this.#pinging = true;
    const timer = setTimeout(() => session.destroy(), PING_TIMEOUT_MS);
    session.once('close', () => clearTimeout(timer));
    session.ping(() => {
      clearTimeout(timer);
      this.#pinging = false;
    });
  }
}
