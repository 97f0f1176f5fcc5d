// Takes a snapshot into a generation of pages of its own; nothing of it is seen until it is whole, verified and promoted.
// What goes wrong on the way is told at `finish`: the old generation goes on unharmed.
import { toBinaryString } from '@reknit/base';
import { copyOf } from './copy.js';
import { SnapshotError } from './errors.js';
import { INSTALLED, leaseRowWrite } from './leases/lease-rows.js';
import { LongKeys } from './long-keys.js';
import { compactedWrite, type StoredState, stateWrite } from './meta.js';
import { INDEX, indexKey, isLong, LONG, longIndexKey, RECORDS, recordKey } from './page-keys.js';
import type { Pages, PagesHome, PageWrite } from './pages.js';
import { encodeIndexValue, headOfRecord, recordKeyView } from './record-codec.js';
import { SnapshotDecoder } from './snapshot.js';
import type { AppliedPosition, SnapshotSink } from './types.js';

export interface Installed {
  readonly pages: Pages;
  readonly state: StoredState;
  readonly longKeys: LongKeys;
}

export interface InstallOptions {
  readonly home: PagesHome;
  readonly position: AppliedPosition;
  readonly salt: number;
  /** The new generation is current and durable. */
  adopt(installed: Installed): void;
}

export class SnapshotInstall implements SnapshotSink {
  readonly #options: InstallOptions;
  readonly #pages: Pages;
  readonly #longKeys = new LongKeys();
  readonly #decoder: SnapshotDecoder;
  #batch: PageWrite[] = [];
  #failure: Error | undefined;
  #ended = false;

  constructor(options: InstallOptions) {
    this.#options = options;
    this.#pages = options.home.create();
    this.#decoder = new SnapshotDecoder(options.salt, {
      record: (main, sub, record) => this.#take(main, sub, record),
      lease: (row) => this.#batch.push(leaseRowWrite(row, INSTALLED, options.salt)),
    });
  }

  add(piece: Uint8Array): void {
    if (this.#failure !== undefined || this.#ended) return;
    try {
      this.#decoder.add(piece);
    } catch (error) {
      this.#failure = error instanceof Error ? error : new SnapshotError(String(error));
      return;
    }
    const batch = this.#batch;
    this.#batch = [];
    this.#pages.write(batch, (error) => {
      this.#failure ??= error;
    });
  }

  finish(done: (error: Error | undefined) => void): void {
    this.#ended = true;
    const state = this.#decoder.state;
    this.#failure ??= this.#mismatch(state);
    const last = state === undefined || this.#failure !== undefined ? [] : this.#lastWrites(state);
    this.#pages.write(last, (error) => {
      const failure = this.#failure ?? error;
      if (failure === undefined && state !== undefined) return this.#promote(state, done);
      this.#pages.close();
      done(failure);
    });
  }

  abort(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#pages.close();
  }

  #promote(state: StoredState, done: (error: Error | undefined) => void): void {
    this.#options.home.promote((error) => {
      if (error === undefined) this.#options.adopt({ pages: this.#pages, state, longKeys: this.#longKeys });
      done(error);
    });
  }

  #mismatch(state: StoredState | undefined): Error | undefined {
    if (state === undefined) return new SnapshotError('a snapshot ends before its last piece');
    const { position } = this.#options;
    const same =
      state.position.branch === position.branch &&
      state.position.epoch === position.epoch &&
      state.position.index === position.index &&
      state.position.round === position.round;
    return same ? undefined : new SnapshotError('a snapshot is of another position than announced');
  }

  /** The state comes last: before it the generation is empty to whoever opens it. */
  #lastWrites(state: StoredState): PageWrite[] {
    return [compactedWrite(state.compactRevision, this.#options.salt), stateWrite(state, this.#options.salt)];
  }

  #take(main: number, sub: number, record: Uint8Array): void {
    const { salt } = this.#options;
    const key = toBinaryString(recordKeyView(record));
    const at = (isLong(key) ? longIndexKey(this.#longKeys.idFor(key), main, sub) : indexKey(key, main, sub)).slice();
    const value = encodeIndexValue(at, headOfRecord(main, sub, record), salt);
    this.#batch.push({ table: RECORDS, key: recordKey(main, sub).slice(), value: copyOf(record) });
    this.#batch.push({ table: isLong(key) ? LONG : INDEX, key: at, value });
  }
}
