// Puts at a steady rate, spread evenly over all members, whatever becomes of them: a lost connection is made anew until told
// to stop, and its share is left out meanwhile. The background against which leaders are killed.
import { connectRequests, type Dialect, type RequestLink, requestsOf } from './calls-of.js';
import type { Listen } from './jobs.js';
import type { RequestSource } from './requests.js';

export interface PacedJob {
  readonly dialect: Dialect;
  readonly ports: readonly number[];
  readonly perSecond: number;
  readonly firstKey: number;
}

export interface PacedResult {
  readonly accepted: number;
  readonly refused: number;
  /** Not sent, because the member was gone or had too many requests without a reply. */
  readonly skipped: number;
}

const TICK_MS = 2;
const RECONNECT_MS = 100;
/** Of one member. A cluster without a leader would otherwise collect requests without end. */
const IN_FLIGHT_MAX = 500;
/** The servers give up what clients no longer wait for. */
const DEADLINE = '2S';

/** Until it is told to stop. */
export function runPacedLoad(job: PacedJob, listen: Listen): Promise<PacedResult> {
  return new Promise((resolve) => {
    const load = new PacedLoad(job);
    listen(() => resolve(load.stop()));
  });
}

class PacedLoad {
  readonly #job: PacedJob;
  readonly #messages: RequestSource;
  readonly #connections: (RequestLink | undefined)[];
  readonly #timer: NodeJS.Timeout;
  #owed = 0;
  #tickedAt: number = performance.now();
  #nextKey: number;
  #turn = 0;
  #accepted = 0;
  #refused = 0;
  #skipped = 0;

  constructor(job: PacedJob) {
    this.#job = job;
    this.#messages = requestsOf(job.dialect, 'put');
    this.#nextKey = job.firstKey;
    this.#connections = job.ports.map(() => undefined);
    for (const at of job.ports.keys()) this.#connect(at);
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  stop(): PacedResult {
    clearInterval(this.#timer);
    for (const connection of this.#connections) connection?.close();
    return { accepted: this.#accepted, refused: this.#refused, skipped: this.#skipped };
  }

  #connect(at: number): void {
    const target = { dialect: this.#job.dialect, kind: 'put', port: this.#job.ports[at]!, deadline: DEADLINE } as const;
    this.#connections[at] = connectRequests(target, {
      reply: (_sentAt, bytes) => {
        if (bytes > 0) this.#accepted++;
        else this.#refused++;
      },
      turn: () => {},
      closed: () => {
        this.#connections[at] = undefined;
        setTimeout(() => this.#connect(at), RECONNECT_MS).unref();
      },
    });
  }

  #tick(): void {
    const now = performance.now();
    this.#owed += ((now - this.#tickedAt) / 1000) * this.#job.perSecond;
    this.#tickedAt = now;
    for (; this.#owed >= 1; this.#owed--) this.#put(this.#connections[this.#turn++ % this.#connections.length], now);
    for (const connection of this.#connections) connection?.flush();
  }

  #put(connection: RequestLink | undefined, now: number): void {
    if (
      connection === undefined ||
      connection.protocol.inFlight >= IN_FLIGHT_MAX ||
      !connection.protocol.mayCall(this.#messages.length)
    ) {
      this.#skipped++;
      return;
    }
    connection.protocol.call(this.#messages.at(this.#nextKey++), now);
  }
}
