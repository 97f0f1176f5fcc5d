// What detectors need of the world, as a driver brings it. Every question has a deadline and always answers: whatever goes
// wrong is an answer too, never a rejection.
import type { Millis } from '@reknit/base';
import type { Room } from './disk-space.js';
import type { ProbeOutcome } from './signal.js';
import type { ProbeSpec } from './spec.js';

export interface ProbeAnswer {
  readonly outcome: ProbeOutcome;
  /** For people, one line. */
  readonly detail: string;
}

/** A page of metrics, or why there is none. */
export type Page = { readonly kind: 'page'; readonly text: string } | { readonly kind: 'none'; readonly detail: string };

/** Where a reader of a log stands: a file is known by its number, since a name is handed on when logs rotate. */
export interface TailPosition {
  readonly file: number;
  readonly offset: number;
}

export interface LogTail {
  /** Whole lines that are new, bounded; never waits. */
  read(): TailChunk;
  close(): void;
}

export interface TailChunk {
  readonly lines: readonly string[];
  /** Passed over, because more was written than is read at once. */
  readonly skippedBytes: number;
  /** Undefined while there is no file. */
  readonly position: TailPosition | undefined;
}

export interface Instruments {
  /** Answers within the timeout, give or take the grain of a timer. */
  ask(probe: ProbeSpec, timeoutMs: Millis): Promise<ProbeAnswer>;
  scrape(url: string, timeoutMs: Millis): Promise<Page>;
  /** @param from 'end': only what is written from now on. A file that appears later is read from its beginning. */
  tail(path: string, from: TailPosition | 'end'): LogTail;
  /** Undefined where it cannot be told. */
  room(path: string): Promise<Room | undefined>;
}
