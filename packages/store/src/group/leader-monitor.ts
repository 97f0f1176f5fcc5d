// Streams that their clients want to end when there is no leader (metadata `hasleader`): as in etcd, once none was known at
// three election time-outs in a row. One timer for all of a group's streams, and none when there are none.
import type { Millis } from '@reknit/base';
import type { SuccessionStatus } from '@reknit/consensus';
import type { Clock, Logger, Timer } from '@reknit/runtime';

const MISSED_MAX = 3;

export class LeaderMonitor {
  readonly #clock: Clock;
  readonly #interval: Millis;
  readonly #hasLeader: () => boolean;
  readonly #streams = new Set<() => void>();
  #timer: Timer | undefined;
  #missed = 0;

  /** @param interval the election time-out */
  constructor(clock: Clock, interval: Millis, hasLeader: () => boolean) {
    this.#clock = clock;
    this.#interval = interval;
    this.#hasLeader = hasLeader;
  }

  /** @param lost called at most once @returns ends it */
  add(lost: () => void): () => void {
    this.#streams.add(lost);
    this.#timer ??= this.#clock.after(this.#interval, this.#look);
    return () => this.#remove(lost);
  }

  readonly #look = (): void => {
    this.#timer = this.#clock.after(this.#interval, this.#look);
    this.#missed = this.#hasLeader() ? 0 : this.#missed + 1;
    if (this.#missed < MISSED_MAX) return;
    for (const lost of this.#streams) {
      this.#remove(lost);
      lost();
    }
  };

  #remove(lost: () => void): void {
    this.#streams.delete(lost);
    if (this.#streams.size > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#missed = 0;
  }
}

export function logLeadership(log: Logger, keyspace: string, { role, leader, epoch, round }: SuccessionStatus): void {
  log.log('info', 'leadership changed', { keyspace, role, leader: leader ?? 'none', epoch, round });
}
