// Pings members every few milliseconds and keeps how long each one took, by phase: what a ping waits for is the member's event
// loop. Pings leave whether the last one was answered or not, and count from when they were due.
import { Link } from '../http2/connection.js';
import { Streams } from '../http2/streams.js';
import { Histogram, type Percentiles } from './histogram.js';
import type { Listen } from './jobs.js';
import { Schedule } from './schedule.js';

export interface PingJob {
  readonly ports: readonly number[];
  readonly everyMs: number;
  /** A ping that took longer is counted as late. */
  readonly lateMs: number;
}

export interface PingFigures {
  readonly pings: number;
  /** Microseconds. */
  readonly latency: Percentiles;
  readonly late: number;
}

export interface PingPhase {
  readonly name: string;
  /** By member. */
  readonly members: readonly PingFigures[];
  /** How late this process itself was to send, microseconds: what no member can be blamed for. */
  readonly ownLateness: Percentiles;
}

export type PingResult = readonly PingPhase[];

const BEFORE_FIRST_PHASE = 'warm-up';

/** The parent tells `phase NAME` and at last `stop`. Pings count for the phase in which they were due. */
export function runPings(job: PingJob, listen: Listen): Promise<PingResult> {
  return new Promise((resolve, reject) => {
    const pings = new Pings(job, (cause) => reject(new Error(`a member ended a connection of the pings: ${cause}`)));
    listen((word) => {
      if (word === 'stop') resolve(pings.stop());
      else pings.enter(word.replace(/^phase /, ''));
    });
  });
}

class Phase {
  readonly name: string;
  readonly members: readonly { readonly histogram: Histogram; late: number }[];
  readonly lateness: Histogram = new Histogram();

  constructor(name: string, members: number) {
    this.name = name;
    this.members = Array.from({ length: members }, () => ({ histogram: new Histogram(), late: 0 }));
  }

  figures(): PingPhase {
    return {
      name: this.name,
      members: this.members.map(({ histogram, late }) => ({ pings: histogram.total, latency: histogram.summary(), late })),
      ownLateness: this.lateness.summary(),
    };
  }
}

interface Due {
  readonly at: number;
  readonly phase: Phase;
}

class Pings {
  readonly #job: PingJob;
  readonly #links: readonly Link<Streams>[];
  /** By member, and in it by sequence: pings without an answer. */
  readonly #waiting: readonly Map<number, Due>[];
  readonly #phases: Phase[] = [];
  readonly #schedule: Schedule;
  readonly #timer: NodeJS.Timeout;
  #phase: Phase;
  #sequence = 0;

  constructor(job: PingJob, onLost: (cause: string) => void) {
    this.#job = job;
    this.#phase = new Phase(BEFORE_FIRST_PHASE, job.ports.length);
    this.#waiting = job.ports.map(() => new Map());
    this.#links = job.ports.map((port, member) => {
      const streams = new Streams(`127.0.0.1:${port}`, {
        message: () => {},
        ended: () => {},
        pong: (sequence) => this.#answered(member, sequence),
      });
      return new Link(port, streams, { turn: () => {}, closed: onLost });
    });
    this.#schedule = new Schedule(performance.now(), 1000 / job.everyMs);
    this.#timer = setInterval(() => this.#tick(performance.now()), 1);
  }

  enter(name: string): void {
    this.#phase = new Phase(name, this.#job.ports.length);
    this.#phases.push(this.#phase);
  }

  /** Those without an answer count as if it had come now. */
  stop(): PingResult {
    clearInterval(this.#timer);
    for (const [member, waiting] of this.#waiting.entries()) {
      for (const sequence of [...waiting.keys()]) this.#answered(member, sequence);
    }
    for (const link of this.#links) link.close();
    return this.#phases.map((phase) => phase.figures());
  }

  #tick(now: number): void {
    for (let at = this.#schedule.next(now); at !== undefined; at = this.#schedule.next(now)) {
      this.#sequence++;
      this.#phase.lateness.add((now - at) * 1000);
      for (const [member, link] of this.#links.entries()) {
        if (!link.protocol.ready) continue;
        this.#waiting[member]!.set(this.#sequence, { at, phase: this.#phase });
        link.protocol.ping(this.#sequence);
        link.flush();
      }
    }
  }

  #answered(member: number, sequence: number): void {
    const due = this.#waiting[member]!.get(sequence);
    if (due === undefined) return;
    this.#waiting[member]!.delete(sequence);
    const tookMs = performance.now() - due.at;
    const figures = due.phase.members[member]!;
    figures.histogram.add(tookMs * 1000);
    if (tookMs > this.#job.lateMs) figures.late++;
  }
}
