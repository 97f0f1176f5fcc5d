// Keeps a number of requests in flight until all are answered: the next one leaves when a reply has come.
import { Connection } from '../http2/connection.js';
import { requestHeaders } from '../http2/request-headers.js';
import { Histogram, type Percentiles } from './histogram.js';
import { METHODS, type RequestKind, RequestMessages, VALUE_BYTES } from './requests.js';

export interface ClosedJob {
  readonly kind: RequestKind;
  /** Connections are dealt out to them in turn. */
  readonly ports: readonly number[];
  readonly connections: number;
  /** Over all connections. */
  readonly inFlight: number;
  readonly requests: number;
  /** Put: the first of `requests` new keys. Range: the first of `keys` keys to ask for. */
  readonly firstKey: number;
  readonly keys: number;
}

export interface ClosedResult {
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

export function runClosedLoad(job: ClosedJob): Promise<ClosedResult> {
  return new Promise((resolve, reject) => new ClosedLoad(job, resolve, reject));
}

class ClosedLoad {
  readonly #job: ClosedJob;
  readonly #messages: RequestMessages;
  readonly #connections: readonly Connection[];
  readonly #perConnection: number;
  readonly #resolve: (result: ClosedResult) => void;
  readonly #reject: (error: Error) => void;
  readonly #latency: Histogram = new Histogram();
  /** A put's reply is a header; a range's must hold the value. */
  readonly #replyBytesMin: number;
  #cpu: NodeJS.CpuUsage = process.cpuUsage();
  #startedAt = 0;
  #waiting: number;
  #sent = 0;
  #refused = 0;

  constructor(job: ClosedJob, resolve: (result: ClosedResult) => void, reject: (error: Error) => void) {
    this.#job = job;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#messages = new RequestMessages(job.kind);
    this.#replyBytesMin = job.kind === 'put' ? 1 : VALUE_BYTES;
    this.#perConnection = job.inFlight / job.connections;
    this.#waiting = job.connections;
    this.#connections = Array.from({ length: job.connections }, (_, at) => this.#connect(job.ports[at % job.ports.length]!));
  }

  #connect(port: number): Connection {
    const headers = requestHeaders(`127.0.0.1:${port}`, METHODS[this.#job.kind]);
    let settled = false;
    const connection: Connection = new Connection(port, headers, {
      reply: (sentAt, bytes, now) => this.#reply(sentAt, bytes, now),
      turn: (now) => {
        if (!settled) {
          settled = true;
          return this.#connected(connection);
        }
        if (this.#startedAt > 0) this.#fill(connection, now);
      },
      closed: (cause) => this.#fail(new Error(`a connection of the load ended: ${cause}`)),
    });
    return connection;
  }

  /** All begin at once, when the last connection stands. */
  #connected(connection: Connection): void {
    if (connection.calls.streamsMax < this.#perConnection) {
      return this.#fail(new Error(`the server allows ${connection.calls.streamsMax} requests in flight on a connection`));
    }
    if (--this.#waiting > 0) return;
    this.#cpu = process.cpuUsage();
    this.#startedAt = performance.now();
    for (const each of this.#connections) {
      this.#fill(each, this.#startedAt);
      each.flush();
    }
  }

  #fill({ calls }: Connection, now: number): void {
    const { requests, firstKey, keys, kind } = this.#job;
    while (this.#sent < requests && calls.inFlight < this.#perConnection && calls.mayCall(this.#messages.length)) {
      const at = this.#sent++;
      calls.call(this.#messages.at(firstKey + (kind === 'put' ? at : (at * RANGE_STRIDE) % keys)), now);
    }
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
    for (const connection of this.#connections) connection.close();
  }
}
