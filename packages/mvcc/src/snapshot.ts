// A flushed state as a stream of pieces, and back. Only records travel (the index is made from them on arrival), and only
// visible ones, so that a snapshot is also a finished physical compaction. Leases follow the records.
//
//   item 1  u8 1, main u64, sub u32, record (u32 length, bytes)
//   item 3  u8 3, lease id u64, ordinal u64, content (u32 length, bytes; see leases/lease-rows.ts), CRC-32C of the item
//   item 2  u8 2, state (u32 length, bytes), count of records u64, hash of the records u32, count of leases' rows u64: the last
//
// The hash is the very HashKV of the state, so whoever installs a snapshot has proved that it is equal to its source.
import { ByteReader, ByteWriter, crc32c } from '@reknit/base';
import type { Cut } from './cut.js';
import { SnapshotError } from './errors.js';
import { type LeaseRow, liveLeaseRows, readContent, writeContent } from './leases/lease-rows.js';
import { decodeState, encodeState, type StoredState } from './meta.js';
import { checkRecord, hashRecord } from './record-codec.js';
import { RecordScan } from './record-scan.js';
import type { AppliedPosition, SnapshotSource } from './types.js';

const ITEM_RECORD = 1;
const ITEM_END = 2;
const ITEM_LEASE = 3;

export class CutSnapshot implements SnapshotSource {
  readonly position: AppliedPosition;
  readonly bytes: number;
  readonly #cut: Cut;
  readonly #state: StoredState;
  readonly #scan: RecordScan;
  readonly #leases: Iterator<LeaseRow, undefined>;
  #hash = 0;
  #count = 0;
  #leaseCount = 0;
  #inRecords = true;
  #ended = false;
  #open = true;

  constructor(cut: Cut, state: StoredState, bytes: number) {
    this.position = state.position;
    this.bytes = bytes;
    this.#scan = new RecordScan(cut, state.revision, state.compactRevision);
    this.#cut = cut.retain();
    this.#leases = liveLeaseRows(cut.view, state.flush, cut.salt);
    this.#state = state;
  }

  next(bytesMax: number): Uint8Array | undefined {
    if (this.#ended || !this.#open) return undefined;
    const out = new ByteWriter(Math.min(bytesMax, 64 * 1024));
    while (!this.#ended && out.length < bytesMax) this.#addNext(out);
    return out.copy();
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#scan.close();
    this.#leases.return?.();
    this.#cut.release();
  }

  #addNext(out: ByteWriter): void {
    if (this.#inRecords) return this.#addRecord(out);
    const next = this.#leases.next();
    if (next.done === true) return this.#addEnd(out);
    const item = leaseItem(next.value);
    out.raw(item).u32(crc32c(item, this.#cut.salt));
    this.#leaseCount++;
  }

  #addRecord(out: ByteWriter): void {
    const step = this.#scan.step();
    if (step === 'end') this.#inRecords = false;
    if (step !== 'visible') return;
    const { main, sub, record } = this.#scan;
    out.u8(ITEM_RECORD).u64(main).u32(sub).bytes(record);
    this.#hash = hashRecord(this.#hash, main, sub, record);
    this.#count++;
  }

  #addEnd(out: ByteWriter): void {
    out.u8(ITEM_END).bytes(encodeState(this.#state, this.#cut.salt)).u64(this.#count).u32(this.#hash).u64(this.#leaseCount);
    this.#ended = true;
  }
}

export interface SnapshotReader {
  /** Checked, and borrowed. */
  record(main: number, sub: number, record: Uint8Array): void;
  /** Checked, and the reader's own. */
  lease(row: LeaseRow): void;
}

/** Takes pieces in order; throws SnapshotError or MalformedBytesError on the first that cannot be right. */
export class SnapshotDecoder {
  readonly #salt: number;
  readonly #reader: SnapshotReader;
  #hash = 0;
  #count = 0;
  #leaseCount = 0;
  #state: StoredState | undefined;

  constructor(salt: number, reader: SnapshotReader) {
    this.#salt = salt;
    this.#reader = reader;
  }

  /** Defined once the last piece was taken and everything agreed. */
  get state(): StoredState | undefined {
    return this.#state;
  }

  add(piece: Uint8Array): void {
    const from = new ByteReader(piece);
    while (from.remaining > 0) {
      if (this.#state !== undefined) throw new SnapshotError('a snapshot goes on after its end');
      const kind = from.u8();
      if (kind === ITEM_RECORD) this.#takeRecord(from);
      else if (kind === ITEM_LEASE) this.#takeLease(piece, from);
      else if (kind === ITEM_END) this.#takeEnd(from);
      else throw new SnapshotError(`a snapshot has an item of unknown kind ${kind}`);
    }
  }

  #takeRecord(from: ByteReader): void {
    const main = from.u64();
    const sub = from.u32();
    const record = from.bytesView();
    checkRecord(main, sub, record, this.#salt);
    this.#reader.record(main, sub, record);
    this.#hash = hashRecord(this.#hash, main, sub, record);
    this.#count++;
  }

  #takeLease(piece: Uint8Array, from: ByteReader): void {
    const start = from.position - 1;
    const id = BigInt.asIntN(64, from.bigU64());
    const ordinal = from.u64();
    const content = readContent(new ByteReader(from.bytesView()));
    const expected = crc32c(piece.subarray(start, from.position), this.#salt);
    if (from.u32() !== expected || content === undefined) throw new SnapshotError('a snapshot has a damaged lease');
    this.#reader.lease({ id, ordinal, content });
    this.#leaseCount++;
  }

  #takeEnd(from: ByteReader): void {
    const state = decodeState(from.bytesView(), this.#salt);
    const count = from.u64();
    if (count !== this.#count) throw new SnapshotError(`a snapshot has ${this.#count} records of ${count}`);
    if (from.u32() !== this.#hash) throw new SnapshotError('a snapshot has a wrong checksum');
    const leases = from.u64();
    if (leases !== this.#leaseCount) throw new SnapshotError(`a snapshot has ${this.#leaseCount} rows of leases of ${leases}`);
    this.#state = state;
  }
}

function leaseItem({ id, ordinal, content }: LeaseRow): Uint8Array {
  const bytes = new ByteWriter();
  writeContent(bytes, content);
  return new ByteWriter().u8(ITEM_LEASE).bigU64(id).u64(ordinal).bytes(bytes.view()).view();
}
