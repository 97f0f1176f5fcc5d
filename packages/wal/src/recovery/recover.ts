// From the files of a directory to the state that they hold, reading only. Whoever opens the log decides what to do with
// the result; nothing has been changed on disk.
import { assert } from '@reknit/base';
import type { DiskFile } from '@reknit/runtime';
import { bodyStart } from '../format/batch-header.js';
import { BodyBuffer } from '../format/body-buffer.js';
import { type BodyRecord, type Echo, readRecords } from '../format/read-records.js';
import { writeCheckpoint } from '../format/records.js';
import { BatchPlace, type Segment } from '../state/place.js';
import type { LogDamage } from '../types.js';
import { type Chain, type ChainSegment, readSegmentBytes } from './chain.js';
import { judge, type ReplayStep, type SalvageStep, type Step } from './judge.js';
import { Replay } from './replay.js';
import { scanSegment } from './scan.js';

export interface Recovered {
  readonly replay: Replay;
  /** The last batch, which has to be written again; empty when there is none. Its entries stand at `lastPlace`. */
  readonly lastBody: BodyBuffer;
  readonly lastPlace: BatchPlace;
  /** What stands before the last batch and remains as it is. */
  readonly kept: readonly Segment[];
  readonly keptEnd: { readonly segment: number; readonly offset: number; readonly batch: number };
  /** Paths of segments after it that hold at most the last batch, and of those among them that hold nothing. */
  readonly superseded: readonly string[];
  readonly unused: readonly string[];
  readonly highestSequence: number;
  /** Torn, or rotten where nothing was lost by it. */
  readonly repaired: readonly LogDamage[];
  /** When there is any, the rest must not be used. */
  readonly fatal: readonly LogDamage[];
}

export function recover(chain: Chain): Recovered {
  const scanned = chain.segments.map((segment) => {
    return { segment, items: scanSegment(readSegmentBytes(segment), segment.header.sequence) };
  });
  const { steps, torn, fatal, highestSequence } = judge(scanned);
  const reader = new StepReader();
  const run = new Run(reader);
  if (fatal.length === 0) run.all(steps);
  const before = steps.at(-2);
  const keptThrough = before?.segment.header.sequence ?? 0;
  const after = scanned.filter(({ segment }) => segment.header.sequence > keptThrough);
  return {
    replay: run.replay,
    lastBody: run.lastBody,
    lastPlace: run.lastPlace,
    kept: [...run.segments.values()].filter(({ sequence }) => sequence <= keptThrough),
    keptEnd: { segment: keptThrough, offset: before?.end ?? 0, batch: before?.sequence ?? 0 },
    superseded: after.filter(({ items }) => items.length > 0).map(({ segment }) => segment.path),
    unused: after.filter(({ items }) => items.length === 0).map(({ segment }) => segment.path),
    highestSequence,
    repaired: [...(torn === undefined ? [] : [torn]), ...run.salvaged],
    fatal: fatal.length > 0 ? fatal : [...run.fatal, ...unaccounted(chain, run)],
  };
}

class Run {
  readonly replay = new Replay();
  readonly lastBody = new BodyBuffer();
  readonly lastPlace = new BatchPlace();
  readonly salvaged: LogDamage[] = [];
  readonly fatal: LogDamage[] = [];
  readonly segments = new Map<number, Segment>();
  readonly #reader: StepReader;

  constructor(reader: StepReader) {
    this.#reader = reader;
  }

  all(steps: readonly Step[]): void {
    for (let at = 0; at + 1 < steps.length; at++) this.#step(steps[at]!, steps[at + 1]!);
    const last = steps.at(-1);
    if (last !== undefined) this.#lastStep(last);
  }

  #step(step: Step, next: Step): void {
    if (this.fatal.length > 0) return;
    if (step.kind === 'salvage') return this.#salvage(step, next);
    const body = this.#reader.body(step);
    this.replay.apply(
      body,
      readRecords(body),
      this.#placeAt(step.segment, step.header.offset + bodyStart(step.header.bodyBytes)),
    );
  }

  /** Copies the batch as it is to be written again, and applies the copy. */
  #lastStep(step: Step): void {
    if (step.kind === 'salvage') return void this.fatal.push(step.damage);
    if (this.fatal.length > 0) return;
    const body = this.#reader.body(step);
    const records = readRecords(body);
    for (const record of records) if (record.type !== 'checkpoint') this.lastBody.raw(body.subarray(record.start, record.end));
    const copy = this.lastBody.written();
    const checkpoints = records.filter((record) => record.type === 'checkpoint');
    this.replay.apply(copy, [...readRecords(copy), ...checkpoints], this.lastPlace);
    for (const group of this.replay.groups.values()) writeCheckpoint(this.lastBody, 'checkpoint', group.checkpoint());
  }

  #salvage(step: SalvageStep, next: Step): void {
    const echo = next.kind === 'replay' ? echoIn(readRecords(this.#reader.body(next)), step) : undefined;
    if (echo === undefined) return void this.fatal.push(step.damage);
    this.salvaged.push(step.damage);
    const bytes = this.#reader.segment(step.segment).subarray(echo.bodyOffset, echo.bodyOffset + echo.bodyBytes);
    this.replay.apply(bytes, readRecords(echo.records), this.#placeAt(step.segment, echo.bodyOffset));
  }

  #placeAt(segment: ChainSegment, bodyOffset: number): BatchPlace {
    const place = new BatchPlace();
    place.bodyOffset = bodyOffset;
    place.settle(this.#segmentOf(segment));
    return place;
  }

  #segmentOf({ header, path, file, limit }: ChainSegment): Segment {
    const known = this.segments.get(header.sequence);
    if (known !== undefined) return known;
    const segment = { sequence: header.sequence, path, file, capacity: limit, livePlaces: 0 };
    this.segments.set(header.sequence, segment);
    return segment;
  }
}

/** Holds one segment at a time: a log may be larger than memory. */
class StepReader {
  #file: DiskFile | undefined = undefined;
  #bytes: Uint8Array = new Uint8Array(0);

  segment(segment: ChainSegment): Uint8Array {
    if (this.#file !== segment.file) {
      this.#bytes = readSegmentBytes(segment);
      this.#file = segment.file;
    }
    return this.#bytes;
  }

  body({ segment, header }: ReplayStep): Uint8Array {
    const start = header.offset + bodyStart(header.bodyBytes);
    return this.segment(segment).subarray(start, start + header.bodyBytes);
  }
}

function echoIn(records: readonly BodyRecord[], step: SalvageStep): Echo | undefined {
  const record = records.find((candidate) => candidate.type === 'echo');
  if (record === undefined) return undefined;
  assert(record.type === 'echo', 'the record found is an echo');
  const { echo } = record;
  return echo.batch === step.sequence && echo.segment === step.segment.header.sequence ? echo : undefined;
}

function unaccounted(chain: Chain, run: Run): readonly LogDamage[] {
  return run.replay.unaccounted().map(({ group, from, to, count }) => {
    const detail = `${count} of the entries ${from} to ${to} of group ${group} cannot be read and were acknowledged`;
    const place = run.salvaged[0] ?? { segment: chain.segments[0]!.name, offset: 0, length: 0 };
    return { segment: place.segment, offset: place.offset, length: place.length, kind: 'rot', detail };
  });
}
