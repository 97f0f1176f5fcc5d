// How much room this member has on its disk. Three levels, each far above the next: *scarce*, while everything still works,
// raises the alarm; below an eighth of a segment of certain room only what helps is proposed, below a sixteenth nothing but
// the protocol's own. Certain is what is left of segments that exist: a full disk takes none of it away.
import type { Millis } from '@reknit/base';
import type { Disk } from '@reknit/runtime';
import type { Wal } from '@reknit/wal';
import type { Admits } from '../group/admission.js';

/** The free space of a disk that others fill too. */
const LOOK_EVERY: Millis = 1000;
const NEEDFUL_BELOW = 1 / 8;
const NOTHING_BELOW = 1 / 16;
const NO_ENTRIES_BELOW = 1 / 64;
/** Without entries of any size worth mentioning. */
const SMALL_MESSAGE_BYTES = 512;

export interface RoomOptions {
  readonly disk: Pick<Disk, 'freeBytes'>;
  readonly directory: string;
  readonly wal: Pick<Wal, 'statistics'>;
  readonly segmentBytes: number;
  /** Of the data of clients, on disk; undefined: only the disk bounds it. */
  readonly quotaBytes: number | undefined;
  readonly stateBytes: () => number;
}

export class Room {
  readonly #options: RoomOptions;
  #lookAt: Millis = 0;
  #scarcity: string | undefined;

  constructor(options: RoomOptions) {
    this.#options = options;
  }

  /** What there is too little of, for people; undefined while there is enough. */
  get scarcity(): string | undefined {
    return this.#scarcity;
  }

  /** What this member may take into its log as a leader: as of now, and once the bytes wanted are in it, for a flood fills what is left in no time. */
  admits(wanted: () => number): Admits {
    const { wal, segmentBytes } = this.#options;
    const { diskFull, room } = wal.statistics();
    return diskFull ? admitsWith((room - wanted()) / segmentBytes) : 'all';
  }

  /** As a follower, which cannot choose: the very last is for votes. */
  takes(messageBytes: number): boolean {
    if (messageBytes <= SMALL_MESSAGE_BYTES) return true;
    const { wal, segmentBytes } = this.#options;
    const { diskFull, room } = wal.statistics();
    return !diskFull || room >= segmentBytes * NO_ENTRIES_BELOW;
  }

  tick(now: Millis): void {
    if (now < this.#lookAt) return;
    this.#lookAt = now + LOOK_EVERY;
    this.#scarcity = this.#look(this.#options.wal.statistics().diskFull);
  }

  #look(diskFull: boolean): string | undefined {
    const { disk, directory, segmentBytes, quotaBytes, stateBytes } = this.#options;
    const free = disk.freeBytes(directory);
    if (diskFull || free < segmentBytes)
      return `${free} bytes are free on the disk of ${directory}, less than a log segment of ${segmentBytes}`;
    const size = quotaBytes === undefined ? 0 : stateBytes();
    if (quotaBytes === undefined || size <= quotaBytes) return undefined;
    return `the state takes ${size} bytes, more than its quota of ${quotaBytes}`;
  }
}

function admitsWith(share: number): Admits {
  if (share < NOTHING_BELOW) return 'nothing';
  return share < NEEDFUL_BELOW ? 'needful' : 'all';
}
