// The watchers of one client's stream. They share its room: once a sink says that there is none, a watcher that is to be
// given something leaves its cohort with the revision it missed, and reads from there when there is room again. So a client
// that does not read costs a number for each watcher, whatever is written meanwhile.

import { select } from '../interval.js';
import type { WatchHub } from './hub.js';
import type { StreamSink, WatcherSink, WatchRequest } from './types.js';
import { Watcher } from './watcher.js';

export class WatchStream {
  readonly sink: StreamSink;
  readonly #hub: WatchHub;
  readonly #watchers = new Set<Watcher>();
  /** Those that missed something for want of room. */
  readonly #parked = new Set<Watcher>();
  #blocked = false;
  /** Of its watchers, those that have not been given everything. */
  #behind = 0;

  constructor(hub: WatchHub, sink: StreamSink) {
    this.#hub = hub;
    this.sink = sink;
  }

  get watchers(): ReadonlySet<Watcher> {
    return this.#watchers;
  }

  get parked(): number {
    return this.#parked.size;
  }

  get blocked(): boolean {
    return this.#blocked;
  }

  /** Whether everything that its watchers asked for was given to them. */
  get upToDate(): boolean {
    return this.#behind === 0 && !this.#blocked;
  }

  /** Undefined: no key can be in the range. Nothing is given before this returns. */
  watch(request: WatchRequest, sink: WatcherSink): Watcher | undefined {
    const { filters, previous, startRevision } = request;
    const selection = select(request.key, request.rangeEnd);
    if (selection.kind === 'nothing') return undefined;
    const next = startRevision > 0 ? startRevision : this.#hub.newestRevision + 1;
    const watcher = new Watcher(this, { selection, filters, previous }, sink, next);
    this.#watchers.add(watcher);
    this.#hub.entered();
    this.#hub.enter(watcher);
    return watcher;
  }

  /** Answered by `progress` once all watchers are up to date, however often it was asked; without watchers never, as in etcd. */
  requestProgress(): void {
    if (this.#watchers.size > 0) this.#hub.progressWanted(this);
  }

  /** There is no room, also when it was something else than events that filled it. */
  block(): void {
    this.#blocked = true;
  }

  /** There is room again. */
  resume(): void {
    if (!this.#blocked) return;
    this.#blocked = false;
    const parked = [...this.#parked];
    this.#parked.clear();
    for (const watcher of parked) this.#hub.enter(watcher);
    this.#hub.resumed();
  }

  /** All watchers are cancelled. Idempotent. */
  close(): void {
    for (const watcher of this.#watchers) this.remove(watcher);
    this.#hub.forget(this);
  }

  // For the hub and the watchers.

  remove(watcher: Watcher): void {
    if (!this.#watchers.delete(watcher)) return;
    this.#hub.left();
    this.mark(watcher, 'up-to-date');
    this.#parked.delete(watcher);
    watcher.cohort?.remove(watcher);
  }

  /** @param missed the first revision that it was not given */
  park(watcher: Watcher, missed: number): void {
    watcher.cohort!.remove(watcher);
    watcher.next = missed;
    this.#parked.add(watcher);
    this.mark(watcher, 'behind');
  }

  mark(watcher: Watcher, standing: Watcher['standing']): void {
    if (watcher.standing === standing) return;
    watcher.standing = standing;
    this.#behind += standing === 'behind' ? 1 : -1;
  }
}
