// Writes to members without pause, and tells when the first one that was sent after a given moment was accepted.
import type { Member } from '../cluster/cluster.js';
import { connectRequests, type Dialect, type RequestLink, requestsOf } from '../load/calls-of.js';
import type { RequestSource } from '../load/requests.js';

/** One write to each member: the resolution of what is measured. */
const TICK_MS = 2;
const DEADLINE = '1S';
const RECONNECT_MS = 5;

export class Prober {
  readonly #dialect: Dialect;
  readonly #connections: RequestLink[];
  readonly #messages: RequestSource;
  readonly #timer: NodeJS.Timeout;
  #nextKey: number;
  #accepted = 0;
  #stopped = false;
  #waiting: { readonly since: number; readonly settle: (acceptedAt: number) => void } | undefined;

  constructor(dialect: Dialect, members: readonly Member[], firstKey: number) {
    this.#messages = requestsOf(dialect, 'put');
    this.#nextKey = firstKey;
    this.#dialect = dialect;
    this.#connections = members.map(({ place }, at) => this.#connect(at, place.clientPort));
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  /** Anew when the member ends it: ZooKeeper's do when they have lost their leader. */
  #connect(at: number, port: number): RequestLink {
    const target = { dialect: this.#dialect, kind: 'put', port, deadline: DEADLINE } as const;
    return connectRequests(target, {
      reply: (sentAt, bytes, now) => this.#reply(sentAt, bytes, now),
      turn: () => {},
      closed: () => {
        const again = (): void => {
          if (!this.#stopped) this.#connections[at] = this.#connect(at, port);
        };
        setTimeout(again, RECONNECT_MS);
      },
    });
  }

  /** Since it began. */
  get accepted(): number {
    return this.#accepted;
  }

  get nextKey(): number {
    return this.#nextKey;
  }

  /** Resolves to the time of the reply, or undefined after `withinMs`. */
  firstAcceptedSince(since: number, withinMs: number): Promise<number | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(undefined), withinMs);
      const settle = (acceptedAt: number): void => {
        clearTimeout(timer);
        this.#waiting = undefined;
        resolve(acceptedAt);
      };
      this.#waiting = { since, settle };
    });
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#timer);
    for (const connection of this.#connections) connection.close();
  }

  #tick(): void {
    for (const connection of this.#connections) {
      if (!connection.open || !connection.protocol.mayCall(this.#messages.length)) continue;
      connection.protocol.call(this.#messages.at(this.#nextKey++), performance.now());
      connection.flush();
    }
  }

  #reply(sentAt: number, bytes: number, now: number): void {
    if (bytes === 0) return;
    this.#accepted++;
    if (this.#waiting !== undefined && sentAt >= this.#waiting.since) this.#waiting.settle(now);
  }
}
