// Watchers of one cohort that asked for the same: they share the collecting of events and the batch that results.
import type { KeySelection } from '../interval.js';
import { type Changes, WatchBatch, type WatchEvent, type WatchFilters } from './types.js';
import type { Watcher } from './watcher.js';

export type Selected = Exclude<KeySelection, { readonly kind: 'nothing' }>;

/** What is asked for, apart from where to start. */
export interface InterestSpec {
  readonly selection: Selected;
  readonly filters: WatchFilters;
  readonly previous: 'with-previous' | 'without-previous';
}

export const sameTerms = (left: InterestSpec, right: InterestSpec): boolean =>
  left.previous === right.previous &&
  left.filters.noPut === right.filters.noPut &&
  left.filters.noDelete === right.filters.noDelete;

export class Interest {
  readonly spec: InterestSpec;
  readonly #withPrevious: boolean;
  readonly #watchers: Watcher[] = [];
  #events: WatchEvent[] = [];
  #bytes = 0;

  constructor(spec: InterestSpec) {
    this.spec = spec;
    this.#withPrevious = spec.previous === 'with-previous';
  }

  get watchers(): readonly Watcher[] {
    return this.#watchers;
  }

  /** Of the events collected so far. */
  get bytes(): number {
    return this.#bytes;
  }

  get collected(): number {
    return this.#events.length;
  }

  add(watcher: Watcher): void {
    watcher.place = this.#watchers.length;
    this.#watchers.push(watcher);
  }

  /** Constant time: the last one takes its place. */
  remove(watcher: Watcher): void {
    const last = this.#watchers.pop()!;
    if (last === watcher) return;
    this.#watchers[watcher.place] = last;
    last.place = watcher.place;
  }

  /** False: the filters do not let it pass. */
  collect(changes: Changes): boolean {
    const { filters } = this.spec;
    if (changes.deleted ? filters.noDelete : filters.noPut) return false;
    const event = this.#withPrevious ? changes.eventWithPrevious : changes.event;
    this.#events.push(event);
    this.#bytes += changes.bytes + (event.prevKv?.value.length ?? 0);
    return true;
  }

  /** What was collected. @param revision as of the batch */
  take(revision: number): WatchBatch {
    const batch = new WatchBatch(this.#events, revision, this.#bytes);
    this.#events = [];
    this.#bytes = 0;
    return batch;
  }
}
