// A batch is what one sync makes durable: its header sectors, then its body. The header's first sector checks itself and
// carries a checksum for each sector of the body, so that after a crash every single sector is known to be there, to be
// missing (zeroes where something else was written) or to be wrong. Sectors after the first continue the table of
// checksums, each with a checksum of its own at its end. The first sector of the header and the last of the body end in
// a byte that is not zero, which tells a write that was cut short within a sector from a sector that changed later.
import { crc32c, crc32cOf } from '@reknit/base';
import { BATCH_FIXED_BYTES, END_MARK, getU64, putU64, roundUpToSector, SECTOR_BYTES, viewOf } from './layout.js';
import { isZero } from './zero.js';

const MAGIC = 0x31424b52; // "RKB1"
const CHECKSUM_AT = 60;
const FIRST_TABLE = (SECTOR_BYTES - BATCH_FIXED_BYTES) / 4 - 1;
const NEXT_TABLE = (SECTOR_BYTES - 4) / 4;

export interface BatchHeader {
  readonly sequence: number;
  /** Highest batch that was durable when this one was written: damage up to it cannot be the work of a crash. */
  readonly durableMark: number;
  readonly segment: number;
  /** Of the header, within the segment: a sector that landed elsewhere is not taken for what belongs there. */
  readonly offset: number;
  readonly bodyBytes: number;
}

/** With room for the end mark. */
const paddedBytes = (bodyBytes: number): number => roundUpToSector(bodyBytes + 1);

function headerSectors(bodyBytes: number): number {
  const rest = paddedBytes(bodyBytes) / SECTOR_BYTES - FIRST_TABLE;
  return rest <= 0 ? 1 : 1 + Math.ceil(rest / NEXT_TABLE);
}

/** Bytes from the start of a batch to its body. */
export const bodyStart = (bodyBytes: number): number => headerSectors(bodyBytes) * SECTOR_BYTES;

/** Bytes that a batch occupies, padding included. */
export const batchBytes = (bodyBytes: number): number => bodyStart(bodyBytes) + paddedBytes(bodyBytes);

/** @param body padded, with its end mark */
export function encodeBatchHeader(header: BatchHeader, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(bodyStart(header.bodyBytes));
  const view = viewOf(bytes);
  for (let sector = 0; sector * SECTOR_BYTES < body.length; sector++) {
    view.setUint32(checksumAt(sector), sectorChecksum(body, sector), true);
  }
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, headerSectors(header.bodyBytes), true);
  putU64(view, 8, header.sequence);
  putU64(view, 16, header.durableMark);
  putU64(view, 24, header.segment);
  view.setUint32(32, header.offset, true);
  view.setUint32(36, header.bodyBytes, true);
  bytes[SECTOR_BYTES - 1] = END_MARK;
  for (let at = 0; at < bytes.length; at += SECTOR_BYTES) sealHeaderSector(bytes, view, at);
  return bytes;
}

/** Undefined when the sector at `offset` is not the first sector of a batch that was written exactly there. */
export function decodeBatchHeader(segmentBytes: Uint8Array, offset: number, segment: number): BatchHeader | undefined {
  if (offset + SECTOR_BYTES > segmentBytes.length) return undefined;
  const view = new DataView(segmentBytes.buffer, segmentBytes.byteOffset + offset, SECTOR_BYTES);
  if (view.getUint32(0, true) !== MAGIC) return undefined;
  const bytes = segmentBytes.subarray(offset, offset + SECTOR_BYTES);
  if (view.getUint32(CHECKSUM_AT, true) !== headerChecksum(bytes, true)) return undefined;
  const header = {
    sequence: getU64(view, 8),
    durableMark: getU64(view, 16),
    segment: getU64(view, 24),
    offset: view.getUint32(32, true),
    bodyBytes: view.getUint32(36, true),
  };
  return header.segment === segment && header.offset === offset ? header : undefined;
}

/** What became of the sectors of a batch whose header's first sector is good. */
export interface BodyCheck {
  /** Zeroes where something else was written, or the last sector without its end mark: the write was never complete. */
  readonly missing: number;
  /** Not what was written, and zero at the end: may have been cut short, or may have changed later. */
  readonly partial: number;
  /** Other bytes than were written, up to the end: no crash does that. */
  readonly wrong: number;
}

export const isWhole = (check: BodyCheck): boolean => check.missing === 0 && check.partial === 0 && check.wrong === 0;

export function checkBody(segmentBytes: Uint8Array, header: BatchHeader): BodyCheck {
  const batch = segmentBytes.subarray(header.offset, header.offset + batchBytes(header.bodyBytes));
  const view = viewOf(batch);
  const bodyAt = bodyStart(header.bodyBytes);
  const result = { missing: 0, partial: 0, wrong: 0 };
  const goodTables = [true];
  for (let at = SECTOR_BYTES; at < bodyAt; at += SECTOR_BYTES) {
    const sector = batch.subarray(at, at + SECTOR_BYTES);
    const good = view.getUint32(at + SECTOR_BYTES - 4, true) === headerChecksum(sector, false);
    goodTables.push(good);
    if (!good) result[classify(sector)]++;
  }
  const body = batch.subarray(bodyAt);
  for (let sector = 0; sector * SECTOR_BYTES < body.length; sector++) {
    const at = checksumAt(sector);
    // Without its checksum nothing can be said of a sector; the one that held the checksum has been counted.
    if (goodTables[Math.floor(at / SECTOR_BYTES)] !== true) continue;
    if (view.getUint32(at, true) !== sectorChecksum(body, sector)) result[classify(sectorOf(body, sector))]++;
  }
  if (body.at(-1) !== END_MARK) result.missing++;
  return result;
}

function classify(sector: Uint8Array): keyof BodyCheck {
  if (isZero(sector)) return 'missing';
  return sector.at(-1) === 0 ? 'partial' : 'wrong';
}

const sectorOf = (body: Uint8Array, sector: number): Uint8Array =>
  body.subarray(sector * SECTOR_BYTES, (sector + 1) * SECTOR_BYTES);

const sectorChecksum = (body: Uint8Array, sector: number): number =>
  crc32cOf(body, sector * SECTOR_BYTES, Math.min((sector + 1) * SECTOR_BYTES, body.length));

/** Where in the header the checksum of the body's n-th sector stands. */
function checksumAt(sector: number): number {
  if (sector < FIRST_TABLE) return BATCH_FIXED_BYTES + sector * 4;
  const rest = sector - FIRST_TABLE;
  return SECTOR_BYTES * (1 + Math.floor(rest / NEXT_TABLE)) + (rest % NEXT_TABLE) * 4;
}

function sealHeaderSector(bytes: Uint8Array, view: DataView, at: number): void {
  const first = at === 0;
  const checksum = headerChecksum(bytes.subarray(at, at + SECTOR_BYTES), first);
  view.setUint32(first ? CHECKSUM_AT : at + SECTOR_BYTES - 4, checksum, true);
}

/** Over the sector without the four bytes that hold the checksum itself. */
function headerChecksum(sector: Uint8Array, first: boolean): number {
  if (!first) return crc32c(sector.subarray(0, SECTOR_BYTES - 4));
  return crc32c(sector.subarray(BATCH_FIXED_BYTES), crc32c(sector.subarray(0, CHECKSUM_AT)));
}
