// The guarantees of a watch, as the etcd API documents them, for one watcher against the keyspace's linear history:
//  - ordered: revisions come in order;                  - unique: no event comes twice;
//  - reliable: none that was asked for is left out;     - atomic: a revision comes whole, in one response or its fragments;
//  - resumable: a watch from revision R shows R first;  - bookmarkable: what a progress mark covers came before it.
// And they are true: an event is what the history says of its revision, the previous version included.
import { assert, unreachable } from '@reknit/base';
import type { SeenEvent, SeenVersion, WatchLog, WatchSpec, WatchStep } from '../history/watch-log.js';
import { type Change, inRange, type RevisionHistory, type Version } from '../model/revision-history.js';

export type WatchRule = 'ordered' | 'unique' | 'reliable' | 'atomic' | 'resumable' | 'bookmarkable' | 'true';

export interface WatchViolation {
  readonly rule: WatchRule;
  readonly watch: WatchSpec;
  readonly reason: string;
}

export interface WatchVerdict {
  /** The first one: what follows upon it is mostly its echo. */
  readonly violation: WatchViolation | undefined;
  readonly events: number;
  readonly marks: number;
}

/** @param due up to which revision a watch that is open in the end must have seen everything */
export function checkWatch({ spec, steps }: WatchLog, history: RevisionHistory, due: number): WatchVerdict {
  const check = new WatchCheck(spec, history);
  for (const step of steps) {
    check.take(step);
    if (check.violation !== undefined) break;
  }
  if (check.violation === undefined) check.end(due);
  return { violation: check.violation, events: check.events, marks: check.marks };
}

class WatchCheck {
  violation: WatchViolation | undefined;
  events = 0;
  marks = 0;
  readonly #spec: WatchSpec;
  readonly #history: RevisionHistory;
  #open = false;
  /** The lowest revision that may still come: whatever matches below it has come, or was not asked for. */
  #next = 0;
  #from = 0;
  #mark = 0;
  /** Of the revision whose last fragment has not come. */
  #pieces: SeenEvent[] = [];

  constructor(spec: WatchSpec, history: RevisionHistory) {
    this.#spec = spec;
    this.#history = history;
  }

  take(step: WatchStep): void {
    switch (step.kind) {
      case 'created':
        return this.#begin(step.from === 0 ? step.revision + 1 : step.from);
      case 'events':
        return this.#onEvents(step.events, step.more);
      case 'progress':
        return this.#onMark(step.revision);
      case 'compacted':
        return this.#onCompacted(step.revision);
      case 'cut':
        this.#open = false;
        this.#pieces = [];
        return;
      default:
        return unreachable(step);
    }
  }

  end(due: number): void {
    if (this.#open && this.#firstMissing(due) !== undefined) this.#violate('reliable', `${this.#missing(due)} has never come`);
  }

  #begin(from: number): void {
    assert(!this.#open, 'a watch is created once on a stream', () => this.#spec);
    this.#open = true;
    this.#from = from;
    this.#next = from;
    this.#mark = 0;
  }

  #onEvents(events: readonly SeenEvent[], more: boolean): void {
    if (!this.#open) return this.#violate('true', 'events came on a watch that was not there');
    this.events += events.length;
    let group: SeenEvent[] = this.#pieces;
    this.#pieces = [];
    for (const event of events) {
      const revision = group[0]?.now.modRevision;
      if (revision !== undefined && revision !== event.now.modRevision) {
        this.#onRevision(revision, group);
        group = [];
      }
      group.push(event);
    }
    const last = group[0]?.now.modRevision;
    if (last === undefined) return;
    if (more) this.#pieces = group;
    else this.#onRevision(last, group);
  }

  #onRevision(revision: number, events: readonly SeenEvent[]): void {
    if (this.violation !== undefined) return;
    if (revision < this.#next) return this.#violateOld(revision, events);
    if (this.#firstMissing(revision - 1) !== undefined)
      return this.#violate(this.#next === this.#from ? 'resumable' : 'reliable', `${this.#missing(revision - 1)} was left out`);
    this.#compare(revision, events);
    this.#next = revision + 1;
  }

  #violateOld(revision: number, events: readonly SeenEvent[]): void {
    const what = `revision ${revision} (${events.map(({ key }) => key).join()}) came`;
    if (revision <= this.#mark) return this.#violate('bookmarkable', `${what} after the progress mark ${this.#mark}`);
    if (revision < this.#from) return this.#violate('resumable', `${what} to a watch from ${this.#from}`);
    if (revision === this.#next - 1) return this.#violate('atomic', `${what} in more than one response`);
    return this.#violate(this.#matching(revision).length > 0 ? 'unique' : 'ordered', `${what} after revision ${this.#next - 1}`);
  }

  #compare(revision: number, events: readonly SeenEvent[]): void {
    const expected = this.#matching(revision);
    for (const [at, event] of events.entries()) {
      const change = expected[at];
      if (change !== undefined && this.#shows(event, change)) continue;
      const instead = change === undefined ? 'nothing' : describeChange(change);
      return this.#violate('true', `at revision ${revision} came ${describeEvent(event)} where ${instead} happened`);
    }
    if (events.length < expected.length)
      this.#violate('atomic', `of the ${expected.length} events of revision ${revision} only ${events.length} came`);
  }

  #shows(event: SeenEvent, { key, now, before }: Change): boolean {
    if (event.key !== key || (event.kind === 'put') !== (now !== undefined)) return false;
    if (now !== undefined && !isSame(event.now, now)) return false;
    if (!this.#spec.previous) return event.before === undefined;
    if (event.before !== undefined) return before !== undefined && isSame(event.before, before);
    return before === undefined || this.#history.compacted >= event.now.modRevision;
  }

  #onMark(revision: number): void {
    this.marks++;
    if (!this.#open) return this.#violate('true', 'a progress mark came on a watch that was not there');
    if (revision > this.#history.last)
      return this.#violate('true', `progress mark ${revision} though the last revision is ${this.#history.last}`);
    if (this.#pieces.length > 0 || this.#firstMissing(revision) !== undefined)
      return this.#violate('bookmarkable', `progress mark ${revision} came before ${this.#missing(revision)}`);
    this.#mark = Math.max(this.#mark, revision);
    this.#next = Math.max(this.#next, revision + 1);
  }

  #onCompacted(revision: number): void {
    this.#open = false;
    this.#pieces = [];
    if (revision > this.#history.compacted)
      this.#violate('true', `compacted up to ${revision}, but the history only up to ${this.#history.compacted}`);
    else if (this.#next >= revision)
      this.#violate('true', `ended as compacted at ${revision} though it had come up to ${this.#next - 1}`);
  }

  #matching(revision: number): readonly Change[] {
    const { key, rangeEnd, without } = this.#spec;
    const changes = this.#history.at(revision)?.changes ?? [];
    return changes.filter(
      (change) => inRange(change.key, key, rangeEnd) && without !== (change.now === undefined ? 'deletes' : 'puts'),
    );
  }

  /** From what is due next up to `until`. */
  #firstMissing(until: number): number | undefined {
    const end = Math.min(until, this.#history.last);
    for (let revision = this.#next; revision <= end; revision++) if (this.#matching(revision).length > 0) return revision;
    return undefined;
  }

  #missing(until: number): string {
    const revision = this.#firstMissing(until);
    if (revision === undefined) return 'the last fragment';
    return `revision ${revision} (${this.#matching(revision).map(describeChange).join()})`;
  }

  #violate(rule: WatchRule, what: string): void {
    const { id, key, rangeEnd } = this.#spec;
    const range = JSON.stringify(rangeEnd === '' ? [key] : [key, rangeEnd]);
    this.violation ??= { rule, watch: this.#spec, reason: `watch ${id} of ${range} from ${this.#from}: ${what}` };
  }
}

const isSame = (seen: SeenVersion, version: Version): boolean =>
  seen.value === version.value &&
  seen.modRevision === version.modRevision &&
  seen.createRevision === version.createRevision &&
  seen.version === version.version &&
  seen.lease === version.lease;

const describeChange = ({ key, now }: Change): string =>
  now === undefined ? `delete ${key}` : `put ${key} ← ${now.value.slice(0, 12)} of version ${now.version}`;

const describeEvent = ({ kind, key, now, before }: SeenEvent): string =>
  `${kind} ${key}${kind === 'put' ? ` ← ${now.value.slice(0, 12)} of version ${now.version}` : ''}${before === undefined ? '' : `, before ${before.value.slice(0, 12)} of revision ${before.modRevision}`}`;
