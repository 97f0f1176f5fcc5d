// What the log ought to hold: the state after each operation, as text. A log that was opened again must equal one of
// these states, at or after the last one that was acknowledged.
import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import type { GroupId, GroupLog, LogEntry, LogHardState, LogIdentity, Wal } from '../src/index.js';
import { appendOf, entryOf, identityOf, slotOf } from './support.js';

interface ModelEntry {
  readonly round: number;
  readonly ballot: number | undefined;
  readonly epoch: number;
  readonly payload: Uint8Array;
}

interface ModelGroup {
  readonly identity: LogIdentity;
  readonly base: { readonly index: number; readonly round: number };
  readonly start: number;
  /** Whether the replica of this epoch writes slots. */
  readonly form: 'entries' | 'slots';
  readonly entries: ReadonlyMap<number, ModelEntry>;
  readonly hardState: LogHardState | undefined;
}

type ModelState = ReadonlyMap<number, ModelGroup>;

export type Operation =
  | { readonly kind: 'append'; readonly group: number; readonly payloads: readonly Uint8Array[]; readonly vote: boolean }
  /** At an index again: what follows goes, or, of a slot, only itself. */
  | { readonly kind: 'overwrite'; readonly group: number; readonly back: number; readonly payload: Uint8Array }
  /** Slots in any order, with holes. In an epoch without slots as one entry. */
  | { readonly kind: 'scatter'; readonly group: number; readonly at: readonly number[]; readonly payload: Uint8Array }
  | { readonly kind: 'truncate'; readonly group: number; readonly back: number }
  | { readonly kind: 'vote'; readonly group: number }
  | { readonly kind: 'epoch'; readonly group: number; readonly back: number; readonly form: ModelGroup['form'] }
  | { readonly kind: 'base'; readonly group: number; readonly keep: number }
  /** A snapshot, of this epoch or of a later one. */
  | { readonly kind: 'install'; readonly group: number; readonly ahead: number; readonly epochs: number };

export class Model {
  readonly #states: ModelState[] = [new Map()];
  readonly #texts: string[] = [''];
  #acknowledged = 0;
  #round = 1;

  /** Does the same to the log and to the model. */
  apply(wal: Wal, operation: Operation): void {
    const number = this.#states.length;
    const durable = (): void => {
      strictEqual(number, this.#acknowledged + 1);
      this.#acknowledged = number;
    };
    const state = new Map(this.#states.at(-1)!);
    const group = state.get(operation.group) ?? create(operation.group);
    if (!wal.groups.has(operation.group as GroupId)) wal.createGroup(group.identity, group.base);
    state.set(operation.group, this.#change(wal, group, operation, durable));
    this.#states.push(state);
    this.#texts.push([...state.values()].map(describeGroup).sort().join('\n'));
    strictEqual(contentsOf(wal), this.#texts.at(-1));
  }

  /** The log was opened again: finds the state that it came back with, and goes on from there. */
  reopened(wal: Wal): void {
    const content = contentsOf(wal);
    const at = this.#texts.lastIndexOf(content);
    if (at < this.#acknowledged) strictEqual(content, this.#texts[this.#acknowledged]);
    this.#states.length = at + 1;
    this.#texts.length = at + 1;
    this.#acknowledged = at;
  }

  get unacknowledged(): number {
    return this.#states.length - 1 - this.#acknowledged;
  }

  #change(wal: Wal, group: ModelGroup, operation: Operation, durable: () => void): ModelGroup {
    const { identity, base } = group;
    const last = lastOf(group);
    const floor = Math.max(base.index, group.start);
    const append = (entries: readonly LogEntry[], change: { truncateFrom?: number; hardState?: LogHardState | undefined }) =>
      wal.append([appendOf(identity.group, { ...identity, ...change, entries })], durable);
    switch (operation.kind) {
      case 'append': {
        const hardState = operation.vote ? voteOf(this.#round) : undefined;
        const added = operation.payloads.map((payload, at) => this.#entry(group, last + 1 + at, payload));
        append(added, { hardState });
        return { ...put(group, added), hardState: hardState ?? group.hardState };
      }
      case 'overwrite': {
        const from = Math.max(floor + 1, last + 1 - operation.back);
        this.#round++;
        const added = [this.#entry(group, from, operation.payload)];
        const hardState = voteOf(this.#round);
        const truncate = group.form === 'entries';
        append(added, truncate ? { truncateFrom: from, hardState } : { hardState });
        return { ...put(truncate ? cut(group, from) : group, added), hardState };
      }
      case 'scatter': {
        const targets = group.form === 'slots' ? operation.at : operation.at.slice(0, 1).map(() => 0);
        const added = targets.map((ahead) => this.#entry(group, Math.max(floor + 1, last + 1 + ahead), operation.payload));
        append(added, {});
        return put(group, added);
      }
      case 'truncate': {
        const from = Math.max(floor + 1, last + 1 - operation.back);
        append([], { truncateFrom: from });
        return cut(group, from);
      }
      case 'vote': {
        const hardState = voteOf(++this.#round);
        append([], { hardState });
        return { ...group, hardState };
      }
      case 'epoch': {
        const next = { ...identity, epoch: identity.epoch + 1 };
        const start = Math.max(floor, Math.min(last - operation.back, contiguousEnd(group)));
        wal.beginEpoch(next, start, durable);
        return { ...cut(group, start + 1), identity: next, start, form: operation.form, hardState: undefined };
      }
      case 'base': {
        const index = Math.max(base.index, Math.min(last - operation.keep, contiguousEnd(group)));
        const round = group.entries.get(index)?.round ?? base.round;
        wal.setBase({ ...identity, index, round }, durable);
        return rebase(group, { index, round });
      }
      case 'install': {
        const next = { index: last + operation.ahead, round: ++this.#round };
        if (operation.epochs === 0) {
          wal.setBase({ ...identity, ...next }, durable);
          return rebase(group, next);
        }
        const later = { ...identity, epoch: identity.epoch + operation.epochs };
        wal.setBase({ ...later, ...next, epochStart: last }, durable);
        return { ...rebase(group, next), identity: later, start: last, hardState: undefined };
      }
    }
  }

  #entry({ form }: ModelGroup, index: number, payload: Uint8Array): LogEntry {
    return form === 'slots' ? slotOf(index, this.#round, ++this.#round, payload) : entryOf(index, this.#round, payload);
  }
}

const create = (group: number): ModelGroup => ({
  identity: identityOf(group),
  base: { index: 0, round: 0 },
  start: 0,
  form: group === 3 ? 'slots' : 'entries',
  entries: new Map(),
  hardState: undefined,
});

const lastOf = ({ base, entries }: ModelGroup): number => Math.max(base.index, ...entries.keys());

function contiguousEnd({ base, entries }: Pick<ModelGroup, 'base' | 'entries'>): number {
  let end = base.index;
  while (entries.has(end + 1)) end++;
  return end;
}

function put(group: ModelGroup, added: readonly LogEntry[]): ModelGroup {
  const { epoch } = group.identity;
  const entries = new Map(group.entries);
  for (const { index, round, ballot, payload } of added) entries.set(index, { round, ballot, epoch, payload });
  return { ...group, entries };
}

const only = (group: ModelGroup, keep: (index: number) => boolean): ModelGroup => ({
  ...group,
  entries: new Map([...group.entries].filter(([index]) => keep(index))),
});

const cut = (group: ModelGroup, from: number): ModelGroup => only(group, (index) => index < from);

const rebase = (group: ModelGroup, base: ModelGroup['base']): ModelGroup => ({
  ...only(group, (index) => index > base.index),
  base,
});

const voteOf = (round: number): LogHardState => ({ round, vote: `node-${round % 5}`, history: round - 1, commit: round });

/** By reading everything, through files and cache. */
function contentsOf(wal: Wal): string {
  return [...wal.groups.values()]
    .map((log) => describeGroup(readAll(log)))
    .sort()
    .join('\n');
}

function readAll(log: GroupLog): ModelGroup {
  const { identity, base, hardState, lastIndex, epochStart } = log;
  const entries = new Map<number, ModelEntry>();
  let index = base.index + 1;
  while (index <= lastIndex) {
    for (const { index: at, round, ballot, payload } of log.read(index, lastIndex, Number.MAX_SAFE_INTEGER)) {
      deepStrictEqual([log.roundAt(at), log.ballotAt(at)], [round, ballot]);
      entries.set(at, { round, ballot, epoch: log.epochAt(at)!, payload });
      index = at + 1;
    }
    // A hole: what is not read has no round.
    while (index <= lastIndex && !entries.has(index) && log.roundAt(index) === undefined) index++;
    if (index <= lastIndex) strictEqual(log.read(index, index, 0).length, 1);
  }
  deepStrictEqual(log.damaged, []);
  deepStrictEqual(log.heldThrough, contiguousEnd({ base, entries }));
  const found: ModelGroup = { identity, base, start: epochStart, form: 'entries', entries, hardState };
  strictEqual(lastOf(found), lastIndex);
  expectView(log, found);
  return found;
}

/** What the current replica sees is the current epoch's, on its own base. */
function expectView(log: GroupLog, { base, start, entries }: ModelGroup): void {
  const view = log.view();
  deepStrictEqual(view.base, base.index > start ? base : { index: start, round: 0 });
  strictEqual(view.lastIndex, log.lastIndex);
  for (const [index, { round, ballot }] of entries) {
    const expected = index > start ? [round, ballot] : [index === start ? 0 : undefined, undefined];
    deepStrictEqual([view.roundAt(index), view.ballotAt(index)], expected);
  }
  for (const { index } of view.read(0, start, Number.MAX_SAFE_INTEGER))
    ok(index > start, `the view shows entry ${index} of an epoch before`);
}

function describeGroup({ identity, base, start, entries, hardState }: ModelGroup): string {
  const parts = [...entries]
    .sort(([left], [right]) => left - right)
    .map(
      ([index, { round, ballot, epoch, payload }]) => `${index}:${epoch}:${round}:${ballot}:${payload.length}:${fold(payload)}`,
    );
  const vote = hardState === undefined ? '' : `${hardState.round} ${hardState.vote} ${hardState.history} ${hardState.commit}`;
  return `${identity.group} ${identity.branch} ${identity.epoch} from ${start} | ${base.index}:${base.round} | ${vote} | ${parts.join(' ')}`;
}

const fold = (payload: Uint8Array): number => payload.reduce((sum, byte) => (Math.imul(sum, 31) + byte + 1) | 0, 7);
