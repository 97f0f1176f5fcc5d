// Watchers of all keys of the load, and puts, in one process: so one clock measures from a put that was due to each of its events.
// Every watcher must get every put once, in the order of revisions; otherwise the run does not count.
import { Connection, Link } from '../http2/connection.js';
import { requestHeaders } from '../http2/request-headers.js';
import { Streams } from '../http2/streams.js';
import { Histogram, type Percentiles } from './histogram.js';
import { METHODS, RequestMessages } from './requests.js';
import { Schedule } from './schedule.js';
import { WatchReader, watchCreateRequest } from './watch-messages.js';

export interface WatchJob {
  /** Connections of watchers are dealt out to them in turn; each carries one stream, as clients have it. */
  readonly watchPorts: readonly number[];
  readonly connections: number;
  /** Over all connections. */
  readonly watchers: number;
  readonly putPort: number;
  readonly puts: number;
  readonly firstKey: number;
  /** Puts per second; undefined: as many as are accepted, `inFlight` at once. */
  readonly perSecond: number | undefined;
  readonly inFlight: number;
}

export interface WatchResult {
  readonly events: number;
  readonly refusedPuts: number;
  /** Events that came twice or before an older one. */
  readonly disordered: number;
  /** From the first put to the last event. */
  readonly seconds: number;
  /** Microseconds from a put that was due to one of its events. */
  readonly latency: Percentiles;
  readonly generatorCpuSeconds: number;
}

const SILENCE_MS_MAX = 20_000;
const TICK_MS = 1;

export function runWatchLoad(job: WatchJob): Promise<WatchResult> {
  return new Promise((resolve, reject) => new WatchLoad(job, resolve, reject));
}

class WatchLoad {
  readonly #job: WatchJob;
  readonly #messages: RequestMessages = new RequestMessages('put');
  readonly #watchLinks: readonly Link<Streams>[];
  readonly #putLink: Connection;
  /** By connection and watch: the last revision seen. */
  readonly #revisions: readonly Map<number, number>[];
  /** When each put was due. */
  readonly #dueAt: Float64Array;
  readonly #latency: Histogram = new Histogram();
  readonly #resolve: (result: WatchResult) => void;
  readonly #reject: (error: Error) => void;
  readonly #watchdog: NodeJS.Timeout;
  #timer: NodeJS.Timeout | undefined;
  #schedule: Schedule | undefined;
  #cpu: NodeJS.CpuUsage = process.cpuUsage();
  #startedAt = 0;
  #created = 0;
  #sent = 0;
  #acknowledged = 0;
  #refused = 0;
  #events = 0;
  #disordered = 0;
  #eventsWhenLooked = -1;

  constructor(job: WatchJob, resolve: (result: WatchResult) => void, reject: (error: Error) => void) {
    this.#job = job;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#dueAt = new Float64Array(job.puts);
    this.#revisions = Array.from({ length: job.connections }, () => new Map());
    this.#watchLinks = Array.from({ length: job.connections }, (_, at) => this.#watch(at));
    this.#putLink = new Connection(job.putPort, requestHeaders(`127.0.0.1:${job.putPort}`, METHODS.put), {
      reply: (_sentAt, bytes) => this.#acknowledge(bytes),
      turn: () => this.#put(),
      closed: (cause) => this.#fail(`the connection of the puts ended: ${cause}`),
    });
    this.#watchdog = setInterval(() => this.#look(), SILENCE_MS_MAX);
  }

  #watch(at: number): Link<Streams> {
    const { watchPorts, connections, watchers } = this.#job;
    const port = watchPorts[at % watchPorts.length]!;
    const reader = new WatchReader({
      created: (watch) => this.#begun(at, watch),
      canceled: () => this.#fail('the server cancelled a watch'),
      event: (watch, index, revision) => this.#event(at, watch, index, revision),
    });
    const streams = new Streams(`127.0.0.1:${port}`, {
      message: (_stream, view) => reader.read(view),
      ended: () => this.#fail('the server ended a stream of watches'),
      pong: () => {},
    });
    const stream = streams.open('/etcdserverpb.Watch/Watch');
    const count = Math.floor(watchers / connections) + (at < watchers % connections ? 1 : 0);
    for (let made = 0; made < count; made++) streams.send(stream, watchCreateRequest());
    return new Link(port, streams, {
      turn: () => {},
      closed: (cause) => this.#fail(`a connection of the watchers ended: ${cause}`),
    });
  }

  #begun(at: number, watch: number): void {
    this.#revisions[at]!.set(watch, 0);
    this.#created++;
    if (this.#created === this.#job.watchers) this.#start();
  }

  #start(): void {
    this.#cpu = process.cpuUsage();
    this.#startedAt = performance.now();
    const { perSecond } = this.#job;
    if (perSecond !== undefined) this.#schedule = new Schedule(this.#startedAt, perSecond);
    this.#put();
    this.#putLink.flush();
    if (perSecond === undefined) return;
    this.#timer = setInterval(() => {
      this.#put();
      this.#putLink.flush();
    }, TICK_MS);
  }

  #put(): void {
    if (this.#startedAt === 0) return;
    const { puts, inFlight, firstKey } = this.#job;
    const { calls } = this.#putLink;
    const now = performance.now();
    while (this.#sent < puts && calls.mayCall(this.#messages.length)) {
      const due = this.#schedule === undefined ? (calls.inFlight < inFlight ? now : undefined) : this.#schedule.next(now);
      if (due === undefined) return;
      this.#dueAt[this.#sent] = due;
      calls.call(this.#messages.at(firstKey + this.#sent++), due);
    }
  }

  #acknowledge(bytes: number): void {
    if (bytes === 0) this.#refused++;
    this.#acknowledged++;
    this.#finishWhenAllIsIn();
  }

  #event(at: number, watch: number, index: number, revision: number): void {
    const sent = index - this.#job.firstKey;
    // Another's put: the harness's own, to see whether the cluster is whole.
    if (sent < 0 || sent >= this.#job.puts) return;
    const last = this.#revisions[at]!.get(watch);
    if (last === undefined || revision <= last) this.#disordered++;
    this.#revisions[at]!.set(watch, revision);
    this.#latency.add((performance.now() - this.#dueAt[sent]!) * 1000);
    this.#events++;
    this.#finishWhenAllIsIn();
  }

  #finishWhenAllIsIn(): void {
    const { puts, watchers } = this.#job;
    if (this.#acknowledged === puts && this.#events >= (puts - this.#refused) * watchers) this.#finish();
  }

  /** Events that never come end the run too; their number tells. */
  #look(): void {
    if (this.#startedAt === 0) return this.#fail(`${this.#created} of ${this.#job.watchers} watches were created`);
    if (this.#events === this.#eventsWhenLooked) return this.#finish();
    this.#eventsWhenLooked = this.#events;
  }

  #finish(): void {
    const seconds = (performance.now() - this.#startedAt) / 1000;
    const { user, system } = process.cpuUsage(this.#cpu);
    this.#close();
    this.#resolve({
      events: this.#events,
      refusedPuts: this.#refused,
      disordered: this.#disordered,
      seconds,
      latency: this.#latency.summary(),
      generatorCpuSeconds: (user + system) / 1e6,
    });
  }

  #fail(cause: string): void {
    this.#close();
    this.#reject(new Error(cause));
  }

  #close(): void {
    clearInterval(this.#watchdog);
    clearInterval(this.#timer);
    for (const link of this.#watchLinks) link.close();
    this.#putLink.close();
  }
}
