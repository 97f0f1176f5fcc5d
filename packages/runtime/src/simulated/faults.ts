// What may go wrong by chance. Probabilities are in [0, 1] and 0 unless said otherwise; what goes wrong on purpose
// (cuts, crashes, a failing sync) is called on the world and its machines.
import type { Millis } from '@reknit/base';

export interface NetworkFaults {
  /** One-way latency between machines: this plus a tail with mean `latencyTailMs` and five times that at most. */
  readonly latencyMinMs: Millis;
  readonly latencyTailMs: Millis;
  /** How fast a session's bytes leave; `bufferedBytes` are those that have not. */
  readonly bytesPerMs: number;
  /** Per frame: it vanishes; the session lives on. */
  readonly loss: number;
  /** Per frame: it arrives twice. */
  readonly duplication: number;
  /** Per frame: later frames may overtake it, by up to `reorderMsMax`. */
  readonly reorder: number;
  readonly reorderMsMax: Millis;
  /** Per frame: its bytes are damaged on the way, so that the receiver's checksum ends the session as 'malformed'. */
  readonly damage: number;
  /** Per frame: the link carries nothing for a while, with mean `clogMs`; what was sent arrives afterwards. */
  readonly clog: number;
  readonly clogMs: Millis;
  readonly connectMsMax: Millis;
  /** A session that lost a frame to a cut, or whose peer lost power, breaks with 'failed' after this; never if undefined. */
  readonly breakAfterMs: Millis | undefined;
}

export const DEFAULT_NETWORK: NetworkFaults = {
  latencyMinMs: 0.1,
  latencyTailMs: 0.2,
  bytesPerMs: 125_000,
  loss: 0,
  duplication: 0,
  reorder: 0,
  reorderMsMax: 20,
  damage: 0,
  clog: 0,
  clogMs: 200,
  connectMsMax: 2_000,
  breakAfterMs: 8_000,
};

export interface DiskFaults {
  /** Time of a `writeAndSync`: this, a tail with mean `syncTailMs`, and the bytes by `bytesPerMs`. */
  readonly syncMinMs: Millis;
  readonly syncTailMs: Millis;
  readonly bytesPerMs: number;
  readonly capacityBytes: number;
  /** At a crash, per sector that was written and not synced: the new content is kept. Default 0.5. */
  readonly keepSector: number;
  /** At a crash, per kept sector: only a prefix of what was written there is. */
  readonly tornSector: number;
  /** At a crash, per torn sector: what was written there is noise instead. */
  readonly garbage: number;
  /** At a crash, per creation, rename, removal and change of size that was not synced: it is kept. Default 0.5. */
  readonly keepEntry: number;
}

export const DEFAULT_DISK: DiskFaults = {
  syncMinMs: 0.15,
  syncTailMs: 0.1,
  bytesPerMs: 500_000,
  capacityBytes: Number.POSITIVE_INFINITY,
  keepSector: 0.5,
  tornSector: 0,
  garbage: 0,
  keepEntry: 0.5,
};
