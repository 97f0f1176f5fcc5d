// Makes a number of requests. Closed loop: so many in flight, the next one leaves when a reply has come. Open loop: requests are
// due at a constant rate, whatever becomes of the others, and their latency counts from when they were due: what waits for a
// stalled server, or for us, is charged with its wait.
import { connectRequests, type Dialect, type RequestCalls, type RequestLink, requestsOf } from './calls-of.js';
import { Histogram, type Percentiles } from './histogram.js';
import { type RequestKind, type RequestSource, VALUE_BYTES } from './requests.js';
import { Schedule } from './schedule.js';

/** In flight over all connections; or requests per second. */
export type Pace = { readonly inFlight: number } | { readonly perSecond: number };

export interface UnaryJob {
  readonly dialect: Dialect;
  readonly kind: RequestKind;
  /** Connections are dealt out to them in turn. */
  readonly ports: readonly number[];
  readonly connections: number;
  readonly pace: Pace;
  readonly requests: number;
  /** The first of `keys` keys: puts go through them in order, reads in another one. */
  readonly firstKey: number;
  readonly keys: number;
}

export interface UnaryResult {
  readonly requests: number;
  readonly refused: number;
  /** From the first request to the last reply. */
  readonly seconds: number;
  /** Microseconds, of accepted requests. */
  readonly latency: Percentiles;
  /** Of this process. */
  readonly generatorCpuSeconds: number;
}

/** So that reading 100 k keys does not follow the order in which they were written. */
const RANGE_STRIDE = 7919;
const TICK_MS = 1;

export function runUnaryLoad(job: UnaryJob): Promise<UnaryResult> {
  return new Promise((resolve, reject) => new UnaryLoad(job, resolve, reject));
}

class UnaryLoad {
  readonly #job: UnaryJob;
  readonly #messages: RequestSource;
  readonly #links: readonly RequestLink[];
  /** Of a connection, in a closed loop. */
  readonly #inFlightMax: number;
  readonly #resolve: (result: UnaryResult) => void;
  readonly #reject: (error: Error) => void;
  readonly #latency: Histogram = new Histogram();
  /** A put's reply is a header; a range's must hold the value. */
  readonly #replyBytesMin: number;
  #cpu: NodeJS.CpuUsage = process.cpuUsage();
  #timer: NodeJS.Timeout | undefined;
  #startedAt = 0;
  #waiting: number;
  #sent = 0;
  #refused = 0;

  constructor(job: UnaryJob, resolve: (result: UnaryResult) => void, reject: (error: Error) => void) {
    this.#job = job;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#messages = requestsOf(job.dialect, job.kind);
    this.#replyBytesMin = job.kind === 'put' ? 1 : VALUE_BYTES;
    this.#inFlightMax = 'inFlight' in job.pace ? job.pace.inFlight / job.connections : Number.POSITIVE_INFINITY;
    this.#waiting = job.connections;
    this.#links = Array.from({ length: job.connections }, (_, at) => this.#connect(job.ports[at % job.ports.length]!));
  }

  #connect(port: number): RequestLink {
    let settled = false;
    const { dialect, kind } = this.#job;
    const link = connectRequests(
      { dialect, kind, port },
      {
        reply: (sentAt, bytes, now) => this.#reply(sentAt, bytes, now),
        turn: (now) => {
          if (settled) return this.#fill(link.protocol, now);
          settled = true;
          this.#connected(link.protocol);
        },
        closed: (cause) => this.#fail(new Error(`a connection of the load ended: ${cause}`)),
      },
    );
    return link;
  }

  /** All begin at once, when the last connection stands. */
  #connected({ streamsMax }: RequestCalls): void {
    if ('inFlight' in this.#job.pace && streamsMax < this.#inFlightMax) {
      return this.#fail(new Error(`the server allows ${streamsMax} requests in flight on a connection`));
    }
    if (--this.#waiting > 0) return;
    this.#cpu = process.cpuUsage();
    this.#startedAt = performance.now();
    if ('perSecond' in this.#job.pace) return this.#openLoop(new Schedule(this.#startedAt, this.#job.pace.perSecond));
    for (const link of this.#links) {
      this.#fill(link.protocol, this.#startedAt);
      link.flush();
    }
  }

  #fill(calls: RequestCalls, now: number): void {
    if (this.#startedAt === 0 || 'perSecond' in this.#job.pace) return;
    while (this.#sent < this.#job.requests && calls.inFlight < this.#inFlightMax && calls.mayCall(this.#messages.length)) {
      this.#call(calls, now);
    }
  }

  #openLoop(schedule: Schedule): void {
    this.#timer = setInterval(() => {
      this.#callDue(schedule, performance.now());
      for (const link of this.#links) link.flush();
    }, TICK_MS);
  }

  /** What no connection can take now stays due, and is charged with the wait. */
  #callDue(schedule: Schedule, now: number): void {
    while (this.#sent < this.#job.requests) {
      const { protocol } = this.#links[this.#sent % this.#links.length]!;
      if (!protocol.mayCall(this.#messages.length)) return;
      const due = schedule.next(now);
      if (due === undefined) return;
      this.#call(protocol, due);
    }
  }

  #call(calls: RequestCalls, at: number): void {
    const { firstKey, keys, kind } = this.#job;
    const turn = this.#sent++ * (kind === 'put' ? 1 : RANGE_STRIDE);
    calls.call(this.#messages.at(firstKey + (turn % keys)), at);
  }

  #reply(sentAt: number, bytes: number, now: number): void {
    if (bytes >= this.#replyBytesMin) this.#latency.add((now - sentAt) * 1000);
    else this.#refused++;
    if (this.#latency.total + this.#refused === this.#job.requests) this.#finish(now);
  }

  #finish(now: number): void {
    const { user, system } = process.cpuUsage(this.#cpu);
    this.#close();
    this.#resolve({
      requests: this.#job.requests,
      refused: this.#refused,
      seconds: (now - this.#startedAt) / 1000,
      latency: this.#latency.summary(),
      generatorCpuSeconds: (user + system) / 1e6,
    });
  }

  #fail(error: Error): void {
    this.#close();
    this.#reject(error);
  }

  #close(): void {
    clearInterval(this.#timer);
    for (const link of this.#links) link.close();
  }
}
