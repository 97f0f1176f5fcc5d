// Leases kept alive as clients do it: one stream a connection, each lease renewed once in an interval, evenly spread over it.
// Renewals leave when they are due, whether the last one was answered or not.
import { bytesIn, decodeFields, numberField, numberIn } from '../cluster/protobuf.js';
import { Link } from '../http2/connection.js';
import { Streams } from '../http2/streams.js';
import { Histogram, type Percentiles } from './histogram.js';
import { leaseIdAt } from './requests.js';
import { Schedule } from './schedule.js';

export interface LeaseJob {
  /** Connections are dealt out to them in turn. */
  readonly ports: readonly number[];
  readonly connections: number;
  readonly leases: number;
  readonly intervalSeconds: number;
  readonly seconds: number;
}

export interface LeaseResult {
  readonly renewals: number;
  /** Answered with a time to live of 0: there is no such lease. */
  readonly lost: number;
  readonly unanswered: number;
  /** Microseconds from when the renewal was due. */
  readonly latency: Percentiles;
  readonly generatorCpuSeconds: number;
}

const TICK_MS = 5;
/** For the last answers. */
const GRACE_MS = 2000;

export function runLeaseLoad(job: LeaseJob): Promise<LeaseResult> {
  return new Promise((resolve, reject) => new LeaseLoad(job, resolve, reject));
}

class LeaseLoad {
  readonly #job: LeaseJob;
  readonly #links: readonly Link<Streams>[];
  readonly #streams: readonly number[];
  /** By lease: when its renewal under way was due. */
  readonly #dueAt: Float64Array;
  readonly #latency: Histogram = new Histogram();
  readonly #resolve: (result: LeaseResult) => void;
  readonly #reject: (error: Error) => void;
  #cpu: NodeJS.CpuUsage = process.cpuUsage();
  #timer: NodeJS.Timeout | undefined;
  #waiting: number;
  #renewals = 0;
  #answered = 0;
  #lost = 0;

  constructor(job: LeaseJob, resolve: (result: LeaseResult) => void, reject: (error: Error) => void) {
    this.#job = job;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#dueAt = new Float64Array(job.leases);
    this.#waiting = job.connections;
    this.#links = Array.from({ length: job.connections }, (_, at) => this.#connect(job.ports[at % job.ports.length]!));
    this.#streams = this.#links.map(({ protocol }) => protocol.open('/etcdserverpb.Lease/LeaseKeepAlive'));
  }

  #connect(port: number): Link<Streams> {
    let settled = false;
    const streams = new Streams(`127.0.0.1:${port}`, {
      message: (_stream, view) => this.#answer(view),
      ended: () => this.#fail('the server ended a stream of renewals'),
      pong: () => {},
    });
    return new Link(port, streams, {
      turn: () => {
        if (settled) return;
        settled = true;
        if (--this.#waiting === 0) this.#start();
      },
      closed: (cause) => this.#fail(`a connection of the renewals ended: ${cause}`),
    });
  }

  #start(): void {
    const { leases, intervalSeconds, seconds } = this.#job;
    this.#cpu = process.cpuUsage();
    const startedAt = performance.now();
    const schedule = new Schedule(startedAt, leases / intervalSeconds);
    this.#timer = setInterval(() => {
      const until = Math.min(performance.now(), startedAt + seconds * 1000);
      for (let at = schedule.next(until); at !== undefined; at = schedule.next(until)) this.#renew(at);
      for (const link of this.#links) link.flush();
      if (until < startedAt + seconds * 1000) return;
      clearInterval(this.#timer);
      this.#timer = setTimeout(() => this.#finish(), GRACE_MS);
      this.#finishWhenAllIsIn();
    }, TICK_MS);
  }

  #renew(due: number): void {
    const lease = this.#renewals++ % this.#job.leases;
    const at = lease % this.#links.length;
    this.#dueAt[lease] = due;
    this.#links[at]!.protocol.send(this.#streams[at]!, numberField(1, leaseIdAt(lease)));
  }

  #answer(view: Uint8Array): void {
    const fields = decodeFields(view);
    const lease = Number(numberIn(fields, 2)) - leaseIdAt(0);
    this.#answered++;
    if (numberIn(fields, 3) <= 0n || bytesIn(fields, 1).length === 0) this.#lost++;
    else this.#latency.add((performance.now() - this.#dueAt[lease]!) * 1000);
    this.#finishWhenAllIsIn();
  }

  /** Only after the time is up: the timer is then the grace. */
  #finishWhenAllIsIn(): void {
    const { leases, intervalSeconds, seconds } = this.#job;
    if (this.#answered === this.#renewals && this.#renewals >= (leases / intervalSeconds) * seconds) this.#finish();
  }

  #finish(): void {
    const { user, system } = process.cpuUsage(this.#cpu);
    this.#close();
    this.#resolve({
      renewals: this.#renewals,
      lost: this.#lost,
      unanswered: this.#renewals - this.#answered,
      latency: this.#latency.summary(),
      generatorCpuSeconds: (user + system) / 1e6,
    });
  }

  #fail(cause: string): void {
    this.#close();
    this.#reject(new Error(cause));
  }

  #close(): void {
    clearInterval(this.#timer);
    for (const link of this.#links) link.close();
  }
}
