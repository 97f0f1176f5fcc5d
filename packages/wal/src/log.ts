// The running log: what is appended changes the state in memory at once, goes into the current batch, and is durable when
// its callback is called. The oldest segment goes as soon as no group needs an entry in it: checkpoints at the start of
// every segment hold all else, so segments are only ever removed from the old end.
import { assert } from '@reknit/base';
import { type Clock, type Disk, DiskError } from '@reknit/runtime';
import { GroupCommit } from './commit/group-commit.js';
import type { PendingBatch } from './commit/pending-batch.js';
import { SegmentPreparer } from './commit/segment-preparer.js';
import type { BodyBuffer } from './format/body-buffer.js';
import { NO_BALLOT } from './format/entry.js';
import { writeBase, writeBeginEpoch, writeCheckpoint, writeEntries, writeHardState, writeTruncate } from './format/records.js';
import { GroupState } from './state/group-state.js';
import { PayloadCache } from './state/payload-cache.js';
import type { Segment } from './state/place.js';
import type { GroupId, GroupLog, LogAppend, LogBase, LogIdentity, Wal, WalOptions, WalStatistics } from './types.js';

/** The next segment is ready when this share of the current one is used. */
const PREPARED_BY = 0.5;

/** What recovery hands to the running log. */
export interface LogStart {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly options: Required<WalOptions>;
  readonly groups: Map<GroupId, GroupState>;
  /** Oldest first; the last one takes the next batch. */
  readonly segments: readonly Segment[];
  readonly offset: number;
  readonly sequence: number;
  readonly echo: Uint8Array;
}

export class WriteAheadLog implements Wal {
  readonly groups: Map<GroupId, GroupState>;
  readonly #disk: Disk;
  readonly #clock: Clock;
  readonly #options: Required<WalOptions>;
  readonly #segments: Segment[];
  readonly #commit: GroupCommit;
  readonly #preparer: SegmentPreparer;
  readonly #cache: PayloadCache;
  #appends = 0;
  #state: 'running' | 'failed' | 'closed' = 'running';

  constructor(start: LogStart) {
    this.#disk = start.disk;
    this.#clock = start.clock;
    this.#options = start.options;
    this.groups = start.groups;
    this.#segments = [...start.segments];
    this.#cache = new PayloadCache(start.options.cacheBytes);
    this.#commit = this.#createCommit(start);
    this.#preparer = this.#createPreparer(start);
    this.#dropSegments(this.#droppableThrough());
  }

  createGroup(identity: LogIdentity, base: { readonly index: number; readonly round: number }, epochStart: number = 0): GroupLog {
    assert(!this.groups.has(identity.group), 'the number of a group is used once', () => identity);
    const group = new GroupState(identity, base, [{ epoch: identity.epoch, start: epochStart }]);
    this.groups.set(identity.group, group);
    return group;
  }

  append(batch: readonly LogAppend[], durable: () => void): void {
    if (this.#state !== 'running') return;
    this.#appends++;
    for (const append of batch) this.#appendOne(append);
    this.#whenDurable(durable);
  }

  setBase(base: LogBase, durable: () => void): void {
    if (this.#state !== 'running') return;
    this.#appends++;
    const group = this.#group(base.group);
    const pending = this.#batchFor(group);
    const change = group.baseChange(base);
    group.changeBase(change);
    writeBase(pending.body, change);
    this.#whenDurable(durable);
  }

  beginEpoch(identity: LogIdentity, start: number, durable: () => void): void {
    if (this.#state !== 'running') return;
    this.#appends++;
    const group = this.#group(identity.group);
    const pending = this.#batchFor(group);
    group.beginEpoch(identity, start);
    writeBeginEpoch(pending.body, identity, start);
    this.#whenDurable(durable);
  }

  statistics(): WalStatistics {
    const since = this.#commit.pendingSince;
    return {
      segments: this.#segments.length,
      bytes: this.#segments.reduce((sum, segment) => sum + segment.capacity, 0),
      syncs: this.#commit.syncs,
      appends: this.#appends,
      pendingSince: since === undefined ? 0 : this.#clock.now() - since,
      room: this.#commit.room(this.#preparer.ready ? 'next-exists' : 'next-is-missing'),
      diskFull: this.#preparer.diskFull,
    };
  }

  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#preparer.close();
    this.#commit.close();
    for (const segment of this.#segments) if (segment !== this.#commit.segment) segment.file.close();
  }

  #appendOne(append: LogAppend): void {
    const { entries, hardState } = append;
    const group = this.#group(append.group);
    const truncateFrom =
      append.truncateFrom !== undefined && append.truncateFrom <= group.lastIndex ? append.truncateFrom : undefined;
    if (group.recorded && truncateFrom === undefined && entries.length === 0 && hardState === undefined) return;
    const pending = this.#batchFor(group);
    const { body, place } = pending;
    group.assertOwn(append);
    if (truncateFrom !== undefined) {
      group.truncate(truncateFrom);
      writeTruncate(body, append, truncateFrom);
    }
    if (entries.length > 0) {
      writeEntries(body, append, entries, (entry, at) => {
        group.put(entry.index, entry.round, entry.ballot ?? NO_BALLOT, entry.payload.length, place, at);
      });
      this.#cache.hold(place, group, entries);
    }
    if (hardState !== undefined) {
      group.hardState = hardState;
      writeHardState(body, append, hardState);
    }
  }

  #group(id: GroupId): GroupState {
    const group = this.groups.get(id);
    assert(group !== undefined, 'a group is created before it is appended to', () => id);
    return group;
  }

  /** The current batch, in which the group has been introduced. */
  #batchFor(group: GroupState): PendingBatch {
    const pending = this.#commit.batch();
    if (!group.recorded) {
      group.recorded = true;
      writeCheckpoint(pending.body, 'create', group.checkpoint());
    }
    return pending;
  }

  #whenDurable(durable: () => void): void {
    const last = this.#commit.last;
    if (last === undefined) this.#clock.soon(() => this.#state === 'running' && durable());
    else last.durable.push(durable);
    this.#commit.pump();
  }

  #createCommit(start: LogStart): GroupCommit {
    return new GroupCommit({
      clock: start.clock,
      segmentBytes: start.options.segmentBytes,
      segment: start.segments.at(-1)!,
      offset: start.offset,
      sequence: start.sequence,
      echo: start.echo,
      writeCheckpoints: (body) => this.#writeCheckpoints(body),
      droppableThrough: () => this.#droppableThrough(),
      takeSegment: () => this.#takeSegment(),
      onDurable: (batch) => this.#onDurable(batch),
      onSynced: start.options.onSynced,
      onFatal: (error) => this.#fail(error),
    });
  }

  #createPreparer(start: LogStart): SegmentPreparer {
    const { directory, incarnation, segmentBytes } = start.options;
    const { disk, clock } = start;
    const [onReady, onFatal] = [() => this.#commit.pump(), (error: DiskError) => this.#fail(error)];
    const options = { disk, clock, directory, incarnation, segmentBytes, onReady, onFatal };
    return new SegmentPreparer(options, start.segments.at(-1)!.sequence + 1);
  }

  #writeCheckpoints(body: BodyBuffer): void {
    for (const group of this.groups.values()) {
      if (group.recorded) writeCheckpoint(body, 'checkpoint', group.checkpoint());
    }
  }

  #takeSegment(): Segment | undefined {
    const segment = this.#preparer.take();
    if (segment !== undefined) this.#segments.push(segment);
    return segment;
  }

  /** Only from the old end, and never the segment that is being written or one after it. */
  #droppableThrough(): number {
    let through = 0;
    for (const segment of this.#segments) {
      if (segment.sequence >= this.#commit.segment.sequence || segment.livePlaces > 0) break;
      through = segment.sequence;
    }
    return through;
  }

  #onDurable(batch: PendingBatch): void {
    this.#cache.settled(batch.place);
    const { capacity } = this.#commit.segment;
    this.#preparer.advance(batch.target!.offset / capacity / PREPARED_BY);
    this.#dropSegments(batch.dropThrough);
  }

  #dropSegments(through: number): void {
    try {
      while (this.#segments[0]!.sequence <= through) {
        const { file, path } = this.#segments.shift()!;
        file.close();
        this.#disk.remove(path);
        this.#disk.syncDirectory(this.#options.directory);
      }
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      this.#fail(error);
    }
  }

  #fail(error: DiskError): void {
    if (this.#state !== 'running') return;
    this.#state = 'failed';
    this.#commit.stop();
    this.#options.onFatal(error);
  }
}
