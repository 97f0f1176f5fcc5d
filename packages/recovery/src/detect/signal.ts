// What a detector of a component says of a subject, as plain data: it is kept in incidents, so that a diagnosis can be
// repeated. A signal is a reading with a verdict of its detector ("bad"), never a diagnosis: several classes may rest on it.
//
// Surprising: a reading may be bad long before its signal counts as bad. Detectors have hysteresis (so many failures in a
// row, above a threshold for so long), and `isBadSignal` speaks of what they have concluded.
import { unreachable } from '@reknit/base';

/**
 * One thing that a detector saw of a subject. `at` is in the desk's stamp (ms of the runtime's wall clock), of the newest
 * reading; the newest signal of each (kind, name) is kept.
 */
export type Signal =
  | ProbeSignal
  | MetricSignal
  | LogSignal
  | DiskSpaceSignal
  | DiskLatencySignal
  | ClockSignal
  | LoopSignal
  | VoteSignal
  | StoreSignal;

/**
 * `good`: it answered, and well. `bad`: it answered that it is ill (HTTP 500, NOT_SERVING, exit code 1). `silent`: no answer
 * within the timeout. `refused`: nobody listens, or there is nothing to run.
 */
export type ProbeOutcome = 'good' | 'bad' | 'silent' | 'refused';

/** The last answer to a declared question: HTTP, TCP, gRPC health, command. */
export interface ProbeSignal {
  readonly kind: 'probe';
  /** As declared, or what it asks: `http http://127.0.0.1:3000/health`. */
  readonly name: string;
  readonly at: number;
  readonly outcome: ProbeOutcome;
  /** For people, one line: `503 Service Unavailable`, `no answer within 500 ms`. */
  readonly detail: string;
  readonly tookMs: number;
  /** 0 while it is good. */
  readonly failuresInARow: number;
  /** Whether there were failures enough, and no successes enough since: hysteresis as declared. */
  readonly failing: boolean;
}

/** A threshold expression over a scraped metric, e.g. `process_resident_memory_bytes > 500MB for 10s`. */
export interface MetricSignal {
  readonly kind: 'metric';
  readonly name: string;
  readonly at: number;
  /** The newest; for a rate, per second. */
  readonly value: number;
  /** The expression as declared. */
  readonly threshold: string;
  /** Beyond the threshold for as long as the expression asks. */
  readonly breached: boolean;
  /** How long it has been beyond the threshold without a break. */
  readonly forMs: number;
}

/** Lines of a log that match a declared pattern. There is a signal only once the pattern has matched. */
export interface LogSignal {
  readonly kind: 'log';
  readonly name: string;
  /** Of the newest matching line. */
  readonly at: number;
  /** The newest, shortened. */
  readonly line: string;
  /** Matches within the pattern's window, up to `at`. */
  readonly count: number;
  /** As many within the window as the pattern asks for. It stays so until the window is over. */
  readonly alarming: boolean;
}

/** A file system that holds a subject's data. */
export interface DiskSpaceSignal {
  readonly kind: 'disk-space';
  /** As declared, or the path. */
  readonly name: string;
  readonly at: number;
  readonly freeBytes: number;
  readonly totalBytes: number;
  /** Bytes per second by which the free space shrinks, over the last minutes; negative while it grows. */
  readonly shrinkingBytesPerSecond: number;
  readonly low: boolean;
}

/** Syncs of the subject's log of late. */
export interface DiskLatencySignal {
  readonly kind: 'disk-latency';
  readonly at: number;
  readonly p99Ms: number;
  readonly slow: boolean;
}

/** The wall clock against what it should show. */
export interface ClockSignal {
  readonly kind: 'clock';
  readonly at: number;
  readonly offsetMs: number;
  /** `monotonic clock` (it was set while we looked), or `median of the peers`. */
  readonly against: string;
  readonly off: boolean;
}

/** The subject's event loop, by its own word. */
export interface LoopSignal {
  readonly kind: 'loop';
  readonly at: number;
  readonly delayMs: number;
  readonly late: boolean;
}

/** What one observer says of the subject. The verdict over all votes is `VoteCount` of `@reknit/failure-detector`. */
export interface VoteSignal {
  readonly kind: 'vote';
  readonly at: number;
  readonly observer: string;
  /** Where the observer runs: one host counts once. */
  readonly host: string;
  readonly vote: 'up' | 'down' | 'stale';
}

export type StoreAlarm =
  | 'nospace'
  | 'corrupt'
  | 'rot'
  | 'torn'
  | 'lost-write'
  | 'clock'
  | 'wrong-directory'
  | 'diverged'
  | 'config';

/** A member of the store says what is wrong with it, or ended and left it behind. */
export interface StoreSignal {
  readonly kind: 'store';
  readonly at: number;
  readonly alarm: StoreAlarm;
  readonly detail: string;
}

/** Signals of one key replace one another: the newest of each is kept. */
export function signalKey(signal: Signal): string {
  switch (signal.kind) {
    case 'probe':
    case 'metric':
    case 'log':
    case 'disk-space':
      return `${signal.kind} ${signal.name}`;
    case 'vote':
      return `vote ${signal.observer}`;
    case 'store':
      return `store ${signal.alarm}`;
    case 'clock':
      return `clock ${signal.against}`;
    case 'disk-latency':
    case 'loop':
      return signal.kind;
    default:
      return unreachable(signal);
  }
}

/** Whether the detector has concluded that something is wrong. A single vote concludes nothing. */
export function isBadSignal(signal: Signal): boolean {
  switch (signal.kind) {
    case 'probe':
      return signal.failing;
    case 'metric':
      return signal.breached;
    case 'log':
      return signal.alarming;
    case 'disk-space':
      return signal.low;
    case 'disk-latency':
      return signal.slow;
    case 'clock':
      return signal.off;
    case 'loop':
      return signal.late;
    case 'vote':
      return false;
    case 'store':
      return true;
    default:
      return unreachable(signal);
  }
}

/** One line for people. */
export function describeSignal(signal: Signal): string {
  switch (signal.kind) {
    case 'probe':
      return `${signal.name}: ${signal.detail}${inARow(signal.failuresInARow)}`;
    case 'metric':
      return `${signal.threshold}: now ${signal.value}, beyond it for ${signal.forMs} ms`;
    case 'log':
      return `${signal.count} times in the log, last: ${signal.line}`;
    case 'disk-space':
      return `${signal.name}: ${signal.freeBytes} of ${signal.totalBytes} bytes free, shrinking by ${Math.round(signal.shrinkingBytesPerSecond)} a second`;
    case 'disk-latency':
      return `99 of 100 syncs take up to ${Math.round(signal.p99Ms)} ms`;
    case 'clock':
      return `its wall clock is ${Math.round(signal.offsetMs)} ms off the ${signal.against}`;
    case 'loop':
      return `its event loop is ${Math.round(signal.delayMs)} ms late`;
    case 'vote':
      return `${signal.observer} on ${signal.host} says ${signal.vote}`;
    case 'store':
      return `alarm ${signal.alarm}: ${signal.detail}`;
    default:
      return unreachable(signal);
  }
}

const inARow = (failures: number): string => (failures > 1 ? `, ${failures} times in a row` : '');
