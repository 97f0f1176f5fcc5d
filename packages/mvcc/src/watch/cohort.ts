// Watchers that have seen everything up to the same revision. A cohort moves through history as one; where it meets
// another they become one. The foremost is the cohort of those that are up to date.
//
// Its index answers which interests a key belongs to: single keys by a map, ranges by `RangeIndex`.
import { Interest, type InterestSpec, type Selected, sameTerms } from './interest.js';
import { RangeIndex } from './range-index.js';
import type { Changes } from './types.js';
import type { Watcher } from './watcher.js';

export class Cohort {
  /** The revision that its watchers are to see next. */
  next: number;
  readonly #points = new Map<string, Interest[]>();
  readonly #ranges = new RangeIndex();
  readonly #rangesByName = new Map<string, Interest[]>();
  readonly #found: Interest[] = [];
  #size = 0;

  constructor(next: number) {
    this.next = next;
  }

  get size(): number {
    return this.#size;
  }

  add(watcher: Watcher): void {
    const interest = this.#interestFor(watcher.spec);
    interest.add(watcher);
    watcher.interest = interest;
    watcher.cohort = this;
    this.#size++;
  }

  remove(watcher: Watcher): void {
    const interest = watcher.interest!;
    interest.remove(watcher);
    watcher.interest = undefined;
    watcher.cohort = undefined;
    this.#size--;
    if (interest.watchers.length === 0) this.#drop(interest);
  }

  /**
   * Shows a change to all who asked for its key.
   * @param touched is given those for whom it is the first
   * @returns bytes collected for the one with the most
   */
  collect(changes: Changes, touched: Interest[]): number {
    let largest = 0;
    for (const interest of this.#interestsIn(changes.key)) {
      if (!interest.collect(changes)) continue;
      if (interest.collected === 1) touched.push(interest);
      if (interest.bytes > largest) largest = interest.bytes;
    }
    return largest;
  }

  *watchers(): Generator<Watcher> {
    for (const interests of [this.#points, this.#rangesByName]) {
      for (const alike of interests.values()) for (const { watchers } of alike) yield* watchers;
    }
  }

  #interestsIn(key: string): readonly Interest[] {
    const found = this.#found;
    found.length = 0;
    const points = this.#points.get(key);
    if (points !== undefined) for (const interest of points) found.push(interest);
    this.#ranges.find(key, found);
    return found;
  }

  #interestFor(spec: InterestSpec): Interest {
    const { selection } = spec;
    const table = this.#tableOf(selection);
    const name = nameOf(selection);
    const known = table.get(name);
    const same = known?.find((interest) => sameTerms(interest.spec, spec));
    if (same !== undefined) return same;
    const interest = new Interest(spec);
    if (known === undefined) table.set(name, [interest]);
    else known.push(interest);
    if (selection.kind === 'interval') this.#ranges.add(selection.interval.from, selection.interval.to, interest);
    return interest;
  }

  #drop(interest: Interest): void {
    const { selection } = interest.spec;
    const table = this.#tableOf(selection);
    const name = nameOf(selection);
    const alike = table.get(name)!;
    if (alike.length === 1) table.delete(name);
    else alike.splice(alike.indexOf(interest), 1);
    if (selection.kind === 'interval') this.#ranges.remove(selection.interval.from, interest);
  }

  #tableOf(selection: Selected): Map<string, Interest[]> {
    return selection.kind === 'point' ? this.#points : this.#rangesByName;
  }
}

/** Unambiguous: the length tells where the start ends. */
const nameOf = (selection: Selected): string =>
  selection.kind === 'point'
    ? selection.key
    : `${selection.interval.from.length} ${selection.interval.from}${selection.interval.to ?? ''}`;
