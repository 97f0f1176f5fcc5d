// Reknit's protocols beside each other: how far they lie apart, and whether that is within what is asked for. They are
// measured in one run, in turn, and each begins in its turn, so that the machine is the same for all.
import { median } from './statistics.js';
import { fixed, whole } from './table.js';

/** A choice of protocol must not be a choice of speed. */
const RATE_SHARE_MAX = 0.15;
const OUTAGE_APART_MAX_MS = 20;

/** What one protocol was measured to do in one case: by round, or kill after kill. */
export interface Measured {
  readonly system: string;
  readonly values: ReadonlyMap<number, number>;
}

const isReknit = ({ system, values }: Measured): boolean => /^reknit(-|$)/.test(system) && values.size > 0;

/** 'reknit-zab' → 'zab'; plain 'reknit' runs Raft. */
const protocolOf = (system: string): string => (system === 'reknit' ? 'raft' : system.slice('reknit-'.length));

/**
 * Round by round: each rate as a share of the round's mean, and of those the medians, so that a machine that is slower in one
 * round than in another does not count. Undefined when fewer than two protocols were measured in any round.
 */
export function compareRates(name: string, all: readonly Measured[]): string | undefined {
  const own = all.filter(isReknit);
  const rounds = [...(own[0]?.values.keys() ?? [])].filter((round) => own.every(({ values }) => values.has(round)));
  if (own.length < 2 || rounds.length === 0) return undefined;
  const shares = own.map(({ values }) => median(rounds.map((round) => values.get(round)! / meanOf(own, round))));
  const [slowest, fastest] = [Math.min(...shares), Math.max(...shares)];
  const holds = slowest >= fastest * (1 - RATE_SHARE_MAX);
  const each = own.map(({ system, values }) => `${protocolOf(system)} ${whole(median([...values.values()]))}/s`).join(', ');
  return `- ${name}: ${each}; round by round the slowest is ${fixed((1 - slowest / fastest) * 100, 1)} % below the fastest (${verdict(holds)}: at most ${RATE_SHARE_MAX * 100} %)`;
}

/** Undefined when fewer than two protocols were measured. */
export function compareOutages(name: string, all: readonly Measured[]): string | undefined {
  const outages = all.filter(isReknit).map(({ system, values }) => ({ system, value: median([...values.values()]) }));
  if (outages.length < 2) return undefined;
  const values = outages.map(({ value }) => value);
  const apart = Math.max(...values) - Math.min(...values);
  const each = outages.map(({ system, value }) => `${protocolOf(system)} ${fixed(value, 1)} ms`).join(', ');
  return `- ${name}: medians ${each}; ${fixed(apart, 1)} ms apart (${verdict(apart <= OUTAGE_APART_MAX_MS)}: at most ${OUTAGE_APART_MAX_MS} ms)`;
}

/** @returns a part of the report, if there is anything to compare */
export function protocolsPart(lines: readonly (string | undefined)[]): readonly string[] {
  const compared = lines.filter((line) => line !== undefined);
  return compared.length === 0 ? [] : [`The protocols beside each other:\n\n${compared.join('\n')}`];
}

const meanOf = (all: readonly Measured[], round: number): number =>
  all.reduce((sum, { values }) => sum + values.get(round)!, 0) / all.length;

const verdict = (holds: boolean): string => (holds ? 'holds' : 'MISSED');
