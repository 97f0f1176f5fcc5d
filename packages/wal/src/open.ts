// Opening: read everything, refuse or recover, write the last batch again into a new segment, and only then let the log
// be used. When it is refused, not a byte on disk has changed.
import { assert, utf8Encode } from '@reknit/base';
import type { Disk, DiskFile, Runtime } from '@reknit/runtime';
import { batchBytes, bodyStart } from './format/batch-header.js';
import { BodyBuffer } from './format/body-buffer.js';
import { writeEcho } from './format/echo.js';
import { SECTOR_BYTES, SEGMENT_BYTES_MAX, SEGMENT_HEADER_BYTES } from './format/layout.js';
import { INCARNATION_BYTES_MAX } from './format/segment-header.js';
import { WriteAheadLog } from './log.js';
import { type Chain, readChain } from './recovery/chain.js';
import { type Recovered, recover } from './recovery/recover.js';
import { writeRestartSegment } from './recovery/restart.js';
import type { Segment } from './state/place.js';
import type { LogDamage, WalOpened, WalOptions } from './types.js';

const SEGMENT_BYTES_DEFAULT = 64 * 1024 * 1024;
const CACHE_BYTES_DEFAULT = 32 * 1024 * 1024;
/** Header, and a few batches of a sector or two. */
const SEGMENT_BYTES_MIN = 8 * SECTOR_BYTES;

/**
 * Opens the log in a directory, which is made when it does not exist.
 *
 * @throws DiskError when the directory cannot be read or the new segment not be written; the log is then as it was
 */
export function openWal(runtime: Pick<Runtime, 'disk' | 'clock'>, options: WalOptions): WalOpened {
  const complete = withDefaults(options);
  const opened: DiskFile[] = [];
  let result: WalOpened | undefined;
  try {
    result = open(runtime, complete, opened);
    return result;
  } finally {
    if (result?.ok !== true) for (const file of opened) file.close();
  }
}

function open(runtime: Pick<Runtime, 'disk' | 'clock'>, options: Required<WalOptions>, opened: DiskFile[]): WalOpened {
  const { disk } = runtime;
  const { directory, incarnation } = options;
  if (!disk.exists(directory)) disk.makeDirectory(directory);
  const read = readChain(disk, directory, incarnation, opened);
  if (!read.ok) return read;
  const recovered = recover(read.chain);
  if (recovered.fatal.length > 0) return { ok: false, damage: recovered.fatal, hint: hintFor(recovered.fatal) };
  return { ok: true, wal: restart(runtime, options, read.chain, recovered, opened), repaired: recovered.repaired };
}

function restart(
  { disk, clock }: Pick<Runtime, 'disk' | 'clock'>,
  options: Required<WalOptions>,
  chain: Chain,
  recovered: Recovered,
  opened: readonly DiskFile[],
): WriteAheadLog {
  const { replay, lastBody, lastPlace, kept, keptEnd, highestSequence } = recovered;
  makeRoom(disk, [...chain.unfinished, ...recovered.unused]);
  const resume = { ...keptEnd, firstBatch: highestSequence + 1 };
  const segment = writeRestartSegment(disk, { ...options, sequence: chain.newestSequence + 1, resume }, lastBody);
  lastPlace.bodyOffset = SEGMENT_HEADER_BYTES + bodyStart(lastBody.length);
  lastPlace.settle(segment);
  const keptFiles = new Set(kept.map(({ file }) => file));
  for (const file of opened) if (!keptFiles.has(file)) file.close();
  cleanUp(disk, options.directory, [...chain.void, ...recovered.superseded], kept.at(-1), keptEnd.offset);
  const echo = new BodyBuffer();
  const body = lastBody.written();
  writeEcho(echo, { sequence: resume.firstBatch, segment: segment.sequence, bodyOffset: lastPlace.bodyOffset, body });
  return new WriteAheadLog({
    disk,
    clock,
    options,
    groups: replay.groups,
    segments: [...kept, segment],
    offset: SEGMENT_HEADER_BYTES + batchBytes(lastBody.length),
    sequence: resume.firstBatch,
    echo: echo.written(),
  });
}

/** What was made ahead and never written: on a full disk it is the room for the new segment. */
function makeRoom(disk: Disk, unused: readonly string[]): void {
  for (const path of unused) disk.remove(path);
}

/** What the new segment supersedes goes, and so does the space behind the end of what is kept. */
function cleanUp(disk: Disk, directory: string, useless: readonly string[], last: Segment | undefined, end: number): void {
  for (const path of useless) disk.remove(path);
  disk.syncDirectory(directory);
  if (last === undefined || last.capacity <= end) return;
  const file = disk.open(last.path, 'write');
  file.truncate(end);
  file.close();
  last.capacity = end;
}

function withDefaults(options: WalOptions): Required<WalOptions> {
  const { segmentBytes = SEGMENT_BYTES_DEFAULT, cacheBytes = CACHE_BYTES_DEFAULT, incarnation } = options;
  assert(segmentBytes % SECTOR_BYTES === 0, 'a segment is made of whole sectors', () => segmentBytes);
  assert(segmentBytes >= SEGMENT_BYTES_MIN && segmentBytes <= SEGMENT_BYTES_MAX, 'a segment has a sane size', () => segmentBytes);
  assert(utf8Encode(incarnation).length <= INCARNATION_BYTES_MAX, 'an incarnation fits the header', () => incarnation);
  return { ...options, segmentBytes, cacheBytes, onSynced: options.onSynced ?? (() => undefined) };
}

function hintFor(damage: readonly LogDamage[]): string {
  const { segment, offset, kind } = damage[0]!;
  const what = kind === 'rot' ? 'were acknowledged and are damaged' : 'are damaged, and not in the way a crash leaves behind';
  const cure =
    'restore the file from a copy of this disk, or move the data directory away and let the node join again as a new replica';
  return `Bytes at ${offset} of ${segment} ${what}. Nothing was changed: ${cure}.`;
}
