// What the log ought to hold: the state after each operation, as text. A log that was opened again must equal one of
// these states, at or after the last one that was acknowledged.
import { expect } from 'vitest';
import type { GroupId, LogHardState, LogIdentity, Wal } from '../src/index.js';
import { appendOf, entryOf, identityOf } from './support.js';

interface ModelGroup {
  readonly identity: LogIdentity;
  readonly base: { readonly index: number; readonly round: number };
  readonly entries: readonly { readonly index: number; readonly round: number; readonly payload: Uint8Array }[];
  readonly hardState: LogHardState | undefined;
}

type ModelState = ReadonlyMap<number, ModelGroup>;

export type Operation =
  | { readonly kind: 'append'; readonly group: number; readonly payloads: readonly Uint8Array[]; readonly vote: boolean }
  | { readonly kind: 'overwrite'; readonly group: number; readonly back: number; readonly payload: Uint8Array }
  | { readonly kind: 'truncate'; readonly group: number; readonly back: number }
  | { readonly kind: 'vote'; readonly group: number }
  | { readonly kind: 'epoch'; readonly group: number }
  | { readonly kind: 'base'; readonly group: number; readonly keep: number }
  | { readonly kind: 'install'; readonly group: number; readonly ahead: number };

export class Model {
  readonly #states: ModelState[] = [new Map()];
  readonly #texts: string[] = [''];
  #acknowledged = 0;
  #round = 1;

  /** Does the same to the log and to the model. */
  apply(wal: Wal, operation: Operation): void {
    const number = this.#states.length;
    const durable = (): void => {
      expect(number).toBe(this.#acknowledged + 1);
      this.#acknowledged = number;
    };
    const state = new Map(this.#states.at(-1)!);
    const group = state.get(operation.group) ?? create(operation.group);
    if (!wal.groups.has(operation.group as GroupId)) wal.createGroup(group.identity, group.base);
    state.set(operation.group, this.#change(wal, group, operation, durable));
    this.#states.push(state);
    this.#texts.push(describe(state));
    expect(contentsOf(wal)).toBe(this.#texts.at(-1));
  }

  /** The log was opened again: finds the state that it came back with, and goes on from there. */
  reopened(wal: Wal): void {
    const content = contentsOf(wal);
    const at = this.#texts.lastIndexOf(content);
    if (at < this.#acknowledged) expect(content).toBe(this.#texts[this.#acknowledged]);
    this.#states.length = at + 1;
    this.#texts.length = at + 1;
    this.#acknowledged = at;
  }

  get unacknowledged(): number {
    return this.#states.length - 1 - this.#acknowledged;
  }

  #change(wal: Wal, group: ModelGroup, operation: Operation, durable: () => void): ModelGroup {
    const { identity, base, entries } = group;
    const last = base.index + entries.length;
    const target = identity.group as number;
    const here = { ...identity };
    switch (operation.kind) {
      case 'append': {
        const round = this.#round;
        const added = operation.payloads.map((payload, at) => ({ index: last + 1 + at, round, payload }));
        const hardState = operation.vote ? voteOf(round) : undefined;
        const logEntries = added.map(({ index, payload }) => entryOf(index, round, payload));
        wal.append([appendOf(target, { ...here, entries: logEntries, hardState })], durable);
        return { ...group, entries: [...entries, ...added], hardState: hardState ?? group.hardState };
      }
      case 'overwrite': {
        const from = Math.max(base.index + 1, last + 1 - operation.back);
        const round = ++this.#round;
        const added = { index: from, round, payload: operation.payload };
        const change = { truncateFrom: from, entries: [entryOf(from, round, operation.payload)], hardState: voteOf(round) };
        wal.append([appendOf(target, { ...here, ...change })], durable);
        return { ...group, entries: [...entries.slice(0, from - base.index - 1), added], hardState: change.hardState };
      }
      case 'truncate': {
        const from = Math.max(base.index + 1, last + 1 - operation.back);
        wal.append([appendOf(target, { ...here, truncateFrom: from })], durable);
        return { ...group, entries: entries.slice(0, from - base.index - 1) };
      }
      case 'vote': {
        const hardState = voteOf(++this.#round);
        wal.append([appendOf(target, { ...here, hardState })], durable);
        return { ...group, hardState };
      }
      case 'epoch': {
        const next = { ...identity, epoch: identity.epoch + 1 };
        const hardState = voteOf(this.#round);
        wal.append([appendOf(target, { ...next, hardState })], durable);
        return { ...group, identity: next, hardState };
      }
      case 'base': {
        const index = Math.max(base.index, last - operation.keep);
        const round = entries.find((entry) => entry.index === index)?.round ?? base.round;
        wal.setBase({ ...here, index, round }, durable);
        return { ...group, base: { index, round }, entries: entries.slice(index - base.index) };
      }
      case 'install': {
        const next = { index: last + operation.ahead, round: ++this.#round };
        wal.setBase({ ...here, ...next }, durable);
        return { ...group, base: next, entries: [] };
      }
    }
  }
}

const create = (group: number): ModelGroup => ({
  identity: identityOf(group),
  base: { index: 0, round: 0 },
  entries: [],
  hardState: undefined,
});

const voteOf = (round: number): LogHardState => ({ round, vote: `node-${round % 5}`, history: round - 1, commit: round });

function describe(state: ModelState): string {
  return [...state.values()].map(describeGroup).sort().join('\n');
}

/** By reading everything, through files and cache. */
function contentsOf(wal: Wal): string {
  const groups = [...wal.groups.values()].map((log) => {
    const { identity, base, hardState, lastIndex } = log;
    const entries = log.read(base.index + 1, lastIndex, Number.MAX_SAFE_INTEGER);
    expect(entries).toHaveLength(lastIndex - base.index);
    return describeGroup({ identity, base, hardState, entries });
  });
  return groups.sort().join('\n');
}

function describeGroup({ identity, base, entries, hardState }: ModelGroup): string {
  const parts = entries.map(({ index, round, payload }) => `${index}:${round}:${payload.length}:${fold(payload)}`);
  const vote = hardState === undefined ? '' : `${hardState.round} ${hardState.vote} ${hardState.history} ${hardState.commit}`;
  return `${identity.group} ${identity.branch} ${identity.epoch} | ${base.index}:${base.round} | ${vote} | ${parts.join(' ')}`;
}

const fold = (payload: Uint8Array): number => payload.reduce((sum, byte) => (Math.imul(sum, 31) + byte + 1) | 0, 7);
