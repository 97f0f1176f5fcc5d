// One keyspace: revision logic over layers of recent versions in memory, over durable pages. See types.ts for the contract.
//
// A flush freezes the growing layer and writes it while a fresh one takes the new versions; once it is durable, readers
// move to a view of the pages that has it and the frozen layer is dropped. Jobs that began before keep what they began on.
import { assert, crc32c, EMPTY_BYTES, toBinaryString, utf8Encode } from '@reknit/base';
import { ChangeScan } from './change-scan.js';
import { CompactionJob } from './compaction-job.js';
import { Cut, SharedView } from './cut.js';
import { DeletionJob } from './deletion-job.js';
import { finishedJob } from './finished-job.js';
import { flushWrites, leftoverRemovals } from './flush.js';
import { HashJob } from './hash-job.js';
import { select } from './interval.js';
import { Layer } from './layer.js';
import { LeaseTable } from './leases/lease-table.js';
import { REVOKED_PER_STEP, RevocationJob } from './leases/revocation-job.js';
import { LongKeys } from './long-keys.js';
import { readCompacted, readState, type StoredState } from './meta.js';
import type { Pages, PagesHome, PageWrite } from './pages.js';
import { EMPTY_RANGE, hasFilters, RangeJob, RangeTask } from './range-task.js';
import { ScrubJob, type ScrubResult } from './scrub-job.js';
import { CutSnapshot } from './snapshot.js';
import { type Installed, SnapshotInstall } from './snapshot-install.js';
import { checkPut, checkRange, checkTxn, planTxn, TxnRun, type TxnState } from './txn.js';
import type {
  AppliedPosition,
  AppliedTxn,
  DeleteRangeRequest,
  DeleteRangeResult,
  HashResult,
  Job,
  KeySpace,
  KeyValueSink,
  LeaseGrant,
  Leases,
  MvccError,
  MvccStatistics,
  Outcome,
  PutRequest,
  PutResult,
  RangeRequest,
  RangeResult,
  Revision,
  SnapshotSink,
  SnapshotSource,
  TxnRequest,
  TxnResults,
} from './types.js';
import { Writer } from './writer.js';

export interface KeySpaceOptions {
  /** Of the group, for a keyspace that has applied nothing yet. */
  readonly branch: string;
  /** Covered by every checksum, so that one keyspace's records never pass for another's. Must not change. Default ''. */
  readonly keyspace?: string;
  /** Memory for versions that are not flushed yet, beyond which `overlayFull` holds. Default 64 MiB. */
  readonly overlayBytesMax?: number;
  /** `flushDue` holds from here on. Larger: fewer and longer flushes, longer replay after a crash. Default 8 MiB. */
  readonly flushBytes?: number;
}

const OVERLAY_BYTES_MAX = 64 * 1024 * 1024;
const FLUSH_BYTES = 8 * 1024 * 1024;
const FIRST_REVISION = 1;
const NEVER_COMPACTED = -1;
/** The usual answer, made once. */
const PUT_DONE: Outcome<PutResult> = { ok: true, value: { prevKv: undefined } };
const DONE: Outcome<undefined> = { ok: true, value: undefined };

/** The state of `home`'s current generation; the log is to be replayed from `flushed.index` + 1. */
export const openKeySpace = (home: PagesHome, options: KeySpaceOptions): KeySpace => new PagedKeySpace(home, options);

class PagedKeySpace implements KeySpace {
  readonly #home: PagesHome;
  readonly #salt: number;
  readonly #overlayBytesMax: number;
  readonly #flushBytes: number;
  #pages: Pages;
  #longKeys: LongKeys;
  #leases: LeaseTable;
  #cut: Cut;
  #active: Layer;
  #frozen: Layer | undefined;
  #stored: StoredState;
  #leftovers: readonly PageWrite[];
  #applied: AppliedPosition;
  #revision: number;
  #compactRevision: number;
  #keys: number;
  #configuration: Uint8Array;
  /** How far the pages are physically compacted, and the job that goes on with it. */
  #compacted: { readonly revision: number; readonly job: CompactionJob | undefined };
  #closed = false;
  #midEntry = false;
  readonly #writer: Writer;

  constructor(home: PagesHome, options: KeySpaceOptions) {
    this.#home = home;
    this.#salt = crc32c(utf8Encode(options.keyspace ?? ''));
    this.#overlayBytesMax = options.overlayBytesMax ?? OVERLAY_BYTES_MAX;
    this.#flushBytes = options.flushBytes ?? FLUSH_BYTES;
    this.#pages = home.openCurrent();
    const view = this.#pages.view();
    this.#stored = readState(view, this.#salt) ?? emptyState(options.branch);
    this.#compacted = { revision: readCompacted(view, this.#salt), job: undefined };
    this.#longKeys = LongKeys.read(view, this.#salt);
    this.#leases = LeaseTable.read(view, this.#stored.flush, this.#salt);
    this.#leftovers = leftoverRemovals(view, this.#stored.revision, this.#longKeys, this.#salt);
    this.#applied = this.#stored.position;
    this.#revision = this.#stored.revision;
    this.#compactRevision = this.#stored.compactRevision;
    this.#keys = this.#stored.keys;
    this.#configuration = this.#stored.configuration;
    this.#active = new Layer(this.#salt);
    this.#cut = this.#newCut(new SharedView(view)).retain();
    this.#writer = new Writer(this.#cut, this.#active, this.#leases);
  }

  get revision(): Revision {
    return this.#revision as Revision;
  }

  get compactRevision(): Revision {
    return this.#compactRevision as Revision;
  }

  get applied(): AppliedPosition {
    return this.#applied;
  }

  get flushed(): AppliedPosition {
    return this.#stored.position;
  }

  get flushDue(): boolean {
    if (this.#frozen !== undefined) return false;
    return this.#unflushedBytes() >= this.#flushBytes || this.#compactRevision > this.#stored.compactRevision;
  }

  get overlayFull(): boolean {
    return this.#overlayBytes() >= this.#overlayBytesMax;
  }

  range(request: RangeRequest): Outcome<RangeResult> {
    const error = checkRange(this.#state(), request);
    if (error !== undefined) return refuse(error);
    return { ok: true, value: this.#read(request, this.#revision) };
  }

  rangeJob(request: RangeRequest, sink?: KeyValueSink): Job<Outcome<RangeResult>> {
    const error = checkRange(this.#state(), request);
    if (error !== undefined) return finishedJob(refuse(error));
    return new RangeJob(this.#cut, request, request.revision > 0 ? request.revision : this.#revision, sink);
  }

  put(request: PutRequest): Outcome<PutResult> {
    const error = isPlainPut(request) ? undefined : checkPut(this.#state(), request);
    if (error !== undefined) return refuse(error);
    const writer = this.#beginWrite();
    const value = writer.put(request);
    this.#take(writer);
    return value.prevKv === undefined ? PUT_DONE : { ok: true, value };
  }

  deleteRange(request: DeleteRangeRequest): Outcome<DeleteRangeResult> {
    const writer = this.#beginWrite();
    const value = writer.deleteRange(request);
    this.#take(writer);
    return { ok: true, value };
  }

  deletionJob(request: DeleteRangeRequest): Job<Outcome<DeleteRangeResult>> {
    const selection = select(request.key, request.rangeEnd);
    if (selection.kind !== 'interval') return finishedJob(this.deleteRange(request));
    const writer = this.#beginWrite();
    this.#midEntry = true;
    return new DeletionJob({
      cut: this.#cut,
      writer,
      interval: selection.interval,
      prevKv: request.prevKv,
      finished: () => {
        this.#midEntry = false;
        this.#take(writer);
      },
      cancelled: () => {
        this.#midEntry = false;
      },
    });
  }

  get midEntry(): boolean {
    return this.#midEntry;
  }

  txn(request: TxnRequest, results: TxnResults = 'read'): Outcome<AppliedTxn> {
    const state = this.#state();
    const plan = planTxn(state, request);
    const error = checkTxn(state, plan);
    if (error !== undefined) return refuse(error);
    const writer = this.#beginWrite();
    const run = new TxnRun(this.#cut, writer, results);
    const { succeeded, responses } = run.run(plan);
    this.#take(writer);
    return { ok: true, value: { succeeded, responses, rest: run.rest() } };
  }

  compact(revision: number): Outcome<undefined> {
    if (revision <= this.#compactRevision) return refuse('compacted');
    if (revision > this.#revision) return refuse('future-revision');
    this.#compactRevision = revision;
    return { ok: true, value: undefined };
  }

  leap(revision: number): void {
    assert(revision > this.#revision && !this.#midEntry, 'a revision is issued once', () => [revision, this.#revision]);
    this.#revision = revision;
    this.#compactRevision = revision;
  }

  compactionJob(): Job<true> | undefined {
    const { revision: from, job } = this.#compacted;
    const to = this.#stored.compactRevision;
    if (to <= from || job !== undefined) return undefined;
    const pages = this.#pages;
    const started = new CompactionJob({
      from,
      to,
      cut: () => this.#cut,
      isCurrent: () => pages === this.#pages,
      write: (batch, done) => pages.write(batch, done),
      advanced: () => this.#refresh(pages),
      finished: () => this.#compactionEnded(pages, to),
      cancelled: () => this.#compactionEnded(pages, from),
    });
    this.#compacted = { revision: from, job: started };
    return started;
  }

  scrubJob(): Job<ScrubResult> {
    return new ScrubJob(() => (this.#closed ? undefined : this.#cut));
  }

  get leases(): Leases {
    return this.#leases;
  }

  grantLease(grant: LeaseGrant): Outcome<undefined> {
    if (this.#leases.has(grant.id)) return refuse('lease-exists');
    this.#leases.grant(grant);
    return DONE;
  }

  revokeLease(id: bigint): Outcome<undefined> {
    const lease = this.#leases.get(id);
    if (lease === undefined) return refuse('lease-not-found');
    const writer = this.#beginWrite();
    writer.deleteAttached(lease.attachedKeys().sort(), id);
    this.#leases.remove(lease);
    this.#take(writer);
    return DONE;
  }

  revocationJob(id: bigint): Job<Outcome<undefined>> {
    const lease = this.#leases.get(id);
    if (lease === undefined || lease.keyCount <= REVOKED_PER_STEP) return finishedJob(this.revokeLease(id));
    const writer = this.#beginWrite();
    this.#midEntry = true;
    return new RevocationJob({
      lease,
      writer,
      finished: () => {
        this.#midEntry = false;
        this.#leases.remove(lease);
        this.#take(writer);
      },
      cancelled: () => {
        this.#midEntry = false;
      },
    });
  }

  get configuration(): Uint8Array {
    return this.#configuration;
  }

  configure(configuration: Uint8Array): void {
    this.#configuration = configuration;
  }

  end(position: AppliedPosition): void {
    this.#applied = position;
  }

  flush(done: (error: Error | undefined) => void): void {
    assert(this.#frozen === undefined, 'one flush at a time');
    assert(!this.#midEntry, 'an entry is flushed whole');
    const pages = this.#pages;
    const state = this.#stateToStore();
    this.#frozen = this.#active;
    this.#active = new Layer(this.#salt);
    this.#replaceCut(this.#cut.pages);
    const parts = {
      leftovers: this.#leftovers,
      layer: this.#frozen,
      leases: this.#leases.ledger.take(state.flush),
      longKeys: this.#longKeys,
      state,
      salt: this.#salt,
    };
    const flushed = (error: Error | undefined): void => {
      if (error === undefined && pages === this.#pages && !this.#closed) this.#flushed(state);
      done(error);
    };
    // Not when a compaction waits for it, and not once the next flush is due already.
    const routine = this.#compactRevision === this.#stored.compactRevision;
    pages.write(flushWrites(parts), flushed, () => routine && this.#unflushedBytes() < this.#flushBytes);
  }

  changesFrom(revision: number): ChangeScan {
    return new ChangeScan(this.#cut, revision, this.#compactRevision);
  }

  hashJob(revision: number): Job<Outcome<HashResult>> {
    if (revision > this.#revision) return finishedJob(refuse('future-revision'));
    if (revision > 0 && revision < this.#compactRevision) return finishedJob(refuse('compacted'));
    return new HashJob(this.#cut, revision > 0 ? revision : this.#revision, this.#compactRevision);
  }

  snapshot(): SnapshotSource {
    return new CutSnapshot(this.#cut, this.#stored, this.#pages.sizeBytes().inUse);
  }

  beginInstall(position: AppliedPosition): SnapshotSink {
    const adopt = (installed: Installed): void => this.#adopt(installed);
    return new SnapshotInstall({ home: this.#home, position, salt: this.#salt, adopt });
  }

  statistics(): MvccStatistics {
    const { total, inUse } = this.#pages.sizeBytes();
    return { keys: this.#keys, sizeBytes: total, inUseBytes: inUse, overlayBytes: this.#overlayBytes() };
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#cut.release();
    this.#pages.close();
  }

  #read(request: RangeRequest, newest: number): RangeResult {
    const revision = request.revision > 0 ? request.revision : newest;
    return isPlainPoint(request) ? this.#readPoint(request, revision) : readAll(new RangeTask(this.#cut, request, revision));
  }

  #readPoint(request: RangeRequest, revision: number): RangeResult {
    const key = toBinaryString(request.key);
    const head = this.#cut.headAt(key, revision);
    if (head === undefined || head.deleted) return EMPTY_RANGE;
    if (request.countOnly) return { kvs: [], more: false, count: 1 };
    return { kvs: [this.#cut.keyValue(key, head, !request.keysOnly)], more: false, count: 1 };
  }

  #state(): TxnState {
    return {
      cut: this.#cut,
      revision: this.#revision,
      compactRevision: this.#compactRevision,
      leases: this.#leases,
    };
  }

  /** While an entry is half applied its writer is not to be disturbed; what only reads gets another. */
  #beginWrite(): Writer {
    const writer = this.#midEntry ? new Writer(this.#cut, this.#active, this.#leases) : this.#writer;
    return writer.begin(this.#cut, this.#active, this.#leases, this.#revision + 1);
  }

  #take(writer: Writer): void {
    if (writer.changes === 0) return;
    this.#revision = writer.main;
    this.#keys += writer.keysAdded;
  }

  #overlayBytes(): number {
    return this.#unflushedBytes() + (this.#frozen?.bytes ?? 0);
  }

  #unflushedBytes(): number {
    return this.#active.bytes + this.#leases.ledger.bytes;
  }

  #stateToStore(): StoredState {
    return {
      position: this.#applied,
      revision: this.#revision,
      compactRevision: this.#compactRevision,
      keys: this.#keys,
      flush: this.#stored.flush + 1,
      configuration: this.#configuration,
    };
  }

  #flushed(state: StoredState): void {
    this.#stored = state;
    this.#leftovers = [];
    this.#frozen = undefined;
    this.#replaceCut(new SharedView(this.#pages.view()));
  }

  #compactionEnded(pages: Pages, revision: number): void {
    if (pages !== this.#pages || this.#closed) return;
    this.#compacted = { revision, job: undefined };
    this.#refresh(pages);
  }

  #refresh(pages: Pages): void {
    if (pages !== this.#pages || this.#closed) return;
    this.#replaceCut(new SharedView(pages.view()));
  }

  #adopt(installed: Installed): void {
    assert(!this.#closed, 'a snapshot is installed into an open keyspace');
    const old = this.#pages;
    this.#midEntry = false;
    this.#pages = installed.pages;
    this.#longKeys = installed.longKeys;
    this.#stored = installed.state;
    this.#leftovers = [];
    this.#compacted = { revision: installed.state.compactRevision, job: undefined };
    this.#applied = installed.state.position;
    this.#revision = installed.state.revision;
    this.#compactRevision = installed.state.compactRevision;
    this.#keys = installed.state.keys;
    this.#configuration = installed.state.configuration;
    this.#active = new Layer(this.#salt);
    this.#frozen = undefined;
    const view = this.#pages.view();
    this.#leases = LeaseTable.read(view, installed.state.flush, this.#salt);
    this.#replaceCut(new SharedView(view));
    old.close();
  }

  #replaceCut(pages: SharedView): void {
    const old = this.#cut;
    this.#cut = this.#newCut(pages).retain();
    old.release();
  }

  #newCut(pages: SharedView): Cut {
    return new Cut({
      layers: this.#frozen === undefined ? [this.#active] : [this.#active, this.#frozen],
      pages,
      flushedRevision: this.#stored.revision,
      longKeys: this.#longKeys,
      salt: this.#salt,
    });
  }
}

const emptyState = (branch: string): StoredState => ({
  position: { branch, epoch: 0, index: 0, round: 0 },
  revision: FIRST_REVISION,
  compactRevision: NEVER_COMPACTED,
  keys: 0,
  flush: 0,
  configuration: EMPTY_BYTES,
});

const refuse = (error: MvccError): { readonly ok: false; readonly error: MvccError } => ({ ok: false, error });

/** Nothing about it depends on the state. */
const isPlainPut = ({ lease, ignoreLease, ignoreValue }: PutRequest): boolean => lease === 0n && !ignoreLease && !ignoreValue;

const isPlainPoint = (request: RangeRequest): boolean => request.rangeEnd.length === 0 && !hasFilters(request);

function readAll(task: RangeTask): RangeResult {
  try {
    let result = task.step(Number.POSITIVE_INFINITY);
    while (result === undefined) result = task.step(Number.POSITIVE_INFINITY);
    return result;
  } finally {
    task.close();
  }
}
