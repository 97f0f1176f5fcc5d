// One watcher, and where it stands: in a cohort, or outside of all of them while its stream has no room.
import type { Cohort } from './cohort.js';
import type { Interest, InterestSpec } from './interest.js';
import type { WatchStream } from './stream.js';
import type { WatcherSink } from './types.js';

export class Watcher {
  readonly stream: WatchStream;
  readonly spec: InterestSpec;
  readonly sink: WatcherSink;
  /** The first revision that it has not seen, when it enters a cohort; in one, the cohort's counts. */
  next: number;
  standing: 'up-to-date' | 'behind' = 'up-to-date';
  cohort: Cohort | undefined;
  /** Its cohort's, and the place in it. */
  interest: Interest | undefined;
  place = 0;

  constructor(stream: WatchStream, spec: InterestSpec, sink: WatcherSink, next: number) {
    this.stream = stream;
    this.spec = spec;
    this.sink = sink;
    this.next = next;
  }

  /** Whether it was given everything up to the hub's revision. */
  get upToDate(): boolean {
    return this.standing === 'up-to-date' && !this.stream.blocked;
  }

  /** It gets nothing more. Idempotent. */
  cancel(): void {
    this.stream.remove(this);
  }
}
