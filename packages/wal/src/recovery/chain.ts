// Which files are the log. Read from the newest backwards: each segment's header says what it follows. Files that are
// left over are void: superseded when the log was opened before, already free of anything live, or never finished.
import type { Disk, DiskFile } from '@reknit/runtime';
import { SEGMENT_HEADER_BYTES, segmentSequence, UNFINISHED_SUFFIX } from '../format/layout.js';
import { decodeSegmentHeader, type SegmentHeader } from '../format/segment-header.js';
import { pathOf } from '../segment-file.js';
import type { LogDamage } from '../types.js';

export interface ChainSegment {
  readonly name: string;
  readonly path: string;
  readonly file: DiskFile;
  readonly header: SegmentHeader;
  /** Bytes of it that count. */
  readonly limit: number;
}

export interface Chain {
  /** Oldest first. */
  readonly segments: readonly ChainSegment[];
  /** Paths of segments that are of no use. */
  readonly void: readonly string[];
  /** Paths of files that never became segments. */
  readonly unfinished: readonly string[];
  readonly newestSequence: number;
}

export type ChainRead =
  | { readonly ok: true; readonly chain: Chain }
  | { readonly ok: false; readonly damage: readonly LogDamage[]; readonly hint: string };

interface Found {
  readonly name: string;
  readonly path: string;
  readonly file: DiskFile;
  readonly header: SegmentHeader;
}

/** @param opened collects every file that was opened, for the caller to close */
export function readChain(disk: Disk, directory: string, incarnation: string, opened: DiskFile[]): ChainRead {
  const names = disk.list(directory);
  const found = new Map<number, Found>();
  for (const name of names) {
    const sequence = segmentSequence(name);
    if (sequence === undefined) continue;
    const path = pathOf(directory, name);
    const file = disk.open(path, 'read');
    opened.push(file);
    const read = readHeader(file, name, sequence, incarnation);
    if (!read.ok) return read;
    found.set(sequence, { name, path, file, header: read.header });
  }
  const segments = follow(found);
  const used = new Set(segments.map((segment) => segment.path));
  const unused = [...found.values()].map((segment) => segment.path).filter((path) => !used.has(path));
  const unfinished = names.filter((name) => name.endsWith(UNFINISHED_SUFFIX)).map((name) => pathOf(directory, name));
  return { ok: true, chain: { segments, void: unused, unfinished, newestSequence: Math.max(0, ...found.keys()) } };
}

function follow(found: ReadonlyMap<number, Found>): readonly ChainSegment[] {
  const segments: ChainSegment[] = [];
  let sequence = Math.max(0, ...found.keys());
  let limit = Number.POSITIVE_INFINITY;
  for (let at = found.get(sequence); at !== undefined; at = found.get(sequence)) {
    segments.push({ ...at, limit: Math.min(limit, at.header.capacity) });
    const { resume } = at.header;
    sequence = resume?.segment ?? sequence - 1;
    limit = resume?.offset ?? Number.POSITIVE_INFINITY;
  }
  return segments.reverse();
}

type HeaderRead = { readonly ok: true; readonly header: SegmentHeader } | Extract<ChainRead, { ok: false }>;

function readHeader(file: DiskFile, name: string, sequence: number, incarnation: string): HeaderRead {
  const read = decodeSegmentHeader(file.read(0, SEGMENT_HEADER_BYTES));
  if (read.kind === 'unknown-version') {
    const detail = `format version ${read.version} is not known to this program`;
    return refuse(name, 'suspect', detail, `Start the version of Reknit that wrote ${name}, or a later one.`);
  }
  if (read.kind === 'damaged' || read.header.sequence !== sequence) {
    const hint = `The header of ${name} is damaged: restore the file, or let this node join again as a new replica.`;
    return refuse(name, 'rot', 'the header does not match its checksum or its name', hint);
  }
  if (read.header.incarnation !== incarnation) {
    const detail = `written by incarnation ${read.header.incarnation}, this data directory is ${incarnation}`;
    return refuse(name, 'suspect', detail, `${name} belongs to another data directory: put the right log in its place.`);
  }
  return { ok: true, header: read.header };
}

function refuse(segment: string, kind: LogDamage['kind'], detail: string, hint: string): Extract<ChainRead, { ok: false }> {
  return { ok: false, damage: [{ segment, offset: 0, length: SEGMENT_HEADER_BYTES, kind, detail }], hint };
}

/** As far as they count; what lies behind the end of the file reads as zeroes, which is what was there before. */
export function readSegmentBytes({ file, limit }: ChainSegment): Uint8Array {
  const bytes = file.read(0, limit);
  if (bytes.length === limit) return bytes;
  const whole = new Uint8Array(limit);
  whole.set(bytes);
  return whole;
}
