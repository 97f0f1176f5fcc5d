// Effects as text, one line each, for golden transcripts.
import { utf8Decode } from '@reknit/base';
import type { Effects, Entry, HardState, Index, NodeId, Outbound, Round, StoreEffect } from '../../src/index.js';

export function describeEffects(id: NodeId, effects: Effects<unknown>): string[] {
  const lines = effects.send.map((outbound) => `${id} sends ${describeOutbound(outbound)}`);
  if (effects.store !== undefined) lines.push(...describeStore(id, effects.store));
  if (effects.commit.length > 0) lines.push(`${id} decides ${effects.commit.map(describeEntry).join(' ')}`);
  for (const read of effects.reads) lines.push(`${id} read ${read.token} ${read.ok ? `at ${read.index}` : 'fails'}`);
  if (effects.install !== undefined) {
    const { from, index, round } = effects.install;
    lines.push(`${id} fetches snapshot ${index}@${round} from ${from}`);
  }
  return lines;
}

export function describeStore(
  id: NodeId,
  { sequence, truncateFrom, entries, hardState, unlocks }: StoreEffect<unknown>,
): string[] {
  const parts = [`${id} stores #${sequence}`];
  if (truncateFrom !== undefined) parts.push(`truncate-from=${truncateFrom}`);
  if (entries.length > 0) parts.push(entries.map(describeEntry).join(' '));
  if (hardState !== undefined) parts.push(describeHardState(hardState));
  return [parts.join(' '), ...unlocks.map((outbound) => `${id}   unlocks ${describeOutbound(outbound)}`)];
}

const describeHardState = ({ round, vote, history, commit }: HardState): string =>
  `{round=${round} vote=${vote ?? '-'}${history === 0 ? '' : ` history=${history}`} commit=${commit}}`;

/** A slot shows its ballot where it is not that of the value: `3@1/4:x` is x, proposed in round 1, accepted at ballot 4. */
export const describeEntry = ({ index, round, ballot, kind, payload }: Entry): string =>
  `${index}@${round}${ballot === undefined || ballot === round ? '' : `/${ballot}`}:${kind === 'normal' ? utf8Decode(payload) : kind}`;

export function describeOutbound({ to, message }: Outbound<unknown>): string {
  // Messages are plain records with a kind: each protocol's tests print them the same way.
  const { kind, ...fields } = message as { kind: string } & Record<string, unknown>;
  return [to, kind, ...Object.entries(fields).map(([name, value]) => `${name}=${describeValue(value)}`)].join(' ');
}

const describeValue = (value: unknown): string =>
  Array.isArray(value) ? `[${(value as Item[]).map(describeItem).join(' ')}]` : String(value ?? '-');

/** Of Paxos: slots that are durable. */
interface Range {
  readonly first: Index;
  readonly last: Index;
}

/** Of Zab: where the entries of an epoch end. */
interface LogEnd {
  readonly index: Index;
  readonly round: Round;
}

type Item = Entry | Range | LogEnd;

function describeItem(item: Item): string {
  if ('payload' in item) return describeEntry(item);
  return 'first' in item ? `${item.first}-${item.last}` : `${item.index}@${item.round}`;
}
