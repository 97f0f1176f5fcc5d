// A flushed state as a stream of pieces, and back. Only records travel (the index is made from them on arrival), and only
// visible ones, so that a snapshot is also a finished physical compaction.
//
//   item 1  u8 1, main u64, sub u32, record (u32 length, bytes)
//   item 2  u8 2, state (u32 length, bytes), count of records u64, hash of the records u32: the last
//
// The hash is the very HashKV of the state, so whoever installs a snapshot has proved that it is equal to its source.
import { ByteReader, ByteWriter } from '@reknit/base';
import type { Cut } from './cut.js';
import { SnapshotError } from './errors.js';
import { decodeState, encodeState, type StoredState } from './meta.js';
import { checkRecord, hashRecord } from './record-codec.js';
import { RecordScan } from './record-scan.js';
import type { AppliedPosition, SnapshotSource } from './types.js';

const ITEM_RECORD = 1;
const ITEM_END = 2;

export class CutSnapshot implements SnapshotSource {
  readonly position: AppliedPosition;
  readonly bytes: number;
  readonly #cut: Cut;
  readonly #state: StoredState;
  readonly #scan: RecordScan;
  #hash = 0;
  #count = 0;
  #ended = false;
  #open = true;

  constructor(cut: Cut, state: StoredState, bytes: number) {
    this.position = state.position;
    this.bytes = bytes;
    this.#scan = new RecordScan(cut, state.revision, state.compactRevision);
    this.#cut = cut.retain();
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
    this.#cut.release();
  }

  #addNext(out: ByteWriter): void {
    const step = this.#scan.step();
    if (step === 'end') this.#addEnd(out);
    if (step !== 'visible') return;
    const { main, sub, record } = this.#scan;
    out.u8(ITEM_RECORD).u64(main).u32(sub).bytes(record);
    this.#hash = hashRecord(this.#hash, main, sub, record);
    this.#count++;
  }

  #addEnd(out: ByteWriter): void {
    out.u8(ITEM_END).bytes(encodeState(this.#state, this.#cut.salt)).u64(this.#count).u32(this.#hash);
    this.#ended = true;
  }
}

export interface SnapshotReader {
  /** Checked, and borrowed. */
  record(main: number, sub: number, record: Uint8Array): void;
}

/** Takes pieces in order; throws SnapshotError or MalformedBytesError on the first that cannot be right. */
export class SnapshotDecoder {
  readonly #salt: number;
  readonly #reader: SnapshotReader;
  #hash = 0;
  #count = 0;
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

  #takeEnd(from: ByteReader): void {
    const state = decodeState(from.bytesView(), this.#salt);
    const count = from.u64();
    if (count !== this.#count) throw new SnapshotError(`a snapshot has ${this.#count} records of ${count}`);
    if (from.u32() !== this.#hash) throw new SnapshotError('a snapshot has a wrong checksum');
    this.#state = state;
  }
}
