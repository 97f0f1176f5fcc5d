// What passes between a group and the member that hosts it.
import type { ByteWriter, Millis } from '@reknit/base';
import type { EngineMessage, Epoch, NodeId, Stage, StoreEffect, SuccessionEffects } from '@reknit/consensus';
import type { AppliedPosition, KeySpace } from '@reknit/mvcc';
import type { Runtime } from '@reknit/runtime';
import type { GroupLog, LogAppend, LogBase } from '@reknit/wal';
import type { StageRecord } from '../configuration/group-record.js';
import type { Configuration } from '../configuration/record.js';
import type { StageAtStart } from '../configuration/stage-at-start.js';
import type { Prepared } from '../data-directory.js';
import type { KeyspaceName, MemberObserver } from '../options.js';
import type { Admits } from './admission.js';
import type { KeeperOptions } from './keeper.js';

export interface GroupTimings {
  readonly electionTimeout: Millis;
  readonly heartbeatInterval: Millis;
  /** How long a request may wait for its outcome: etcd's 5 s + 2 election time-outs. */
  readonly requestTimeout: Millis;
}

/** What a group needs from the member that hosts it. */
export interface GroupMember {
  readonly runtime: Runtime;
  readonly self: NodeId;
  readonly origin: number;
  readonly observer: MemberObserver | undefined;
  /** Where to put parts for a peer; undefined when they would be lost. */
  writer(peer: NodeId): ByteWriter | undefined;
  /** What there is room for in the log. */
  admits(wanted: () => number): Admits;
  /** Whether a message of so many bytes can be taken in. */
  takes(bytes: number): boolean;
  /** The log holds more segments than its groups' recent entries need. */
  logCrowded(): boolean;
  /** A flush of the state ended, after so many ms. */
  flushed(took: Millis): void;
  /** Something arrived: call `turn` soon. */
  wake(): void;
  moveBase(base: LogBase, durable: () => void): void;
  /** The group's stage has changed: by a stop-sign that was applied, or a snapshot. */
  staged(): void;
  /** The configuration of the cluster has changed, by an entry or a snapshot. Of `_system` only. */
  configured(configuration: Configuration): void;
  /** Durable when it returns. Undefined, or why this member cannot run the stage. */
  prepare(stage: Stage): string | undefined;
  /** The log begins at the snapshot that was installed, in the stage that it says. */
  standAt(position: AppliedPosition, stage: StageRecord, durable: () => void): void;
  /** Durable when it returns; undefined when no install is under way any more. */
  noteInstall(position: AppliedPosition | undefined): void;
}

export interface GroupOptions {
  readonly name: KeyspaceName;
  readonly log: GroupLog;
  /** Of the log's epoch, and how far the state is beyond it. */
  readonly at: StageAtStart;
  /** What this member has durably said that it can run; undefined: nothing. */
  readonly prepared: Prepared | undefined;
  readonly space: KeySpace;
  readonly timings: GroupTimings;
  readonly keeper: KeeperOptions;
  /** Of entries that go into the log as one unit. */
  readonly appendBytesMax: number;
}

/** A store effect on its way to the disk: give it back to `onStored`. */
export interface Storing {
  readonly appends: readonly LogAppend[];
  readonly effect: StoreEffect<EngineMessage>;
  readonly epoch: Epoch;
}

/** To be given to `finishTurn`. */
export interface BegunTurn {
  readonly storing: Storing | undefined;
  readonly effects: SuccessionEffects;
}
