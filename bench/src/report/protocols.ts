// Reknit's protocols beside each other: how far they lie apart, and whether that is within what is asked for. They are
// measured in one run, in turn, so that the machine is the same for all.
import { median } from './statistics.js';
import { fixed, whole } from './table.js';

/** A choice of protocol must not be a choice of speed. */
const RATE_SHARE_MAX = 0.15;
const OUTAGE_APART_MAX_MS = 20;

/** What one protocol was measured to do in one case. */
export interface Measured {
  readonly system: string;
  readonly values: readonly number[];
}

const isReknit = ({ system, values }: Measured): boolean => /^reknit(-|$)/.test(system) && values.length > 0;

/** 'reknit-zab' → 'zab'; plain 'reknit' runs Raft. */
const protocolOf = (system: string): string => (system === 'reknit' ? 'raft' : system.slice('reknit-'.length));

/** Undefined when fewer than two protocols were measured. */
export function compareRates(name: string, all: readonly Measured[]): string | undefined {
  const rates = mediansOf(all);
  if (rates === undefined) return undefined;
  const values = rates.map(({ value }) => value);
  const [slowest, fastest] = [Math.min(...values), Math.max(...values)];
  const holds = slowest >= fastest * (1 - RATE_SHARE_MAX);
  const each = rates.map(({ system, value }) => `${protocolOf(system)} ${whole(value)}/s`).join(', ');
  return `- ${name}: ${each}; the slowest is ${fixed((1 - slowest / fastest) * 100, 1)} % below the fastest (${verdict(holds)}: at most ${RATE_SHARE_MAX * 100} %)`;
}

/** Undefined when fewer than two protocols were measured. */
export function compareOutages(name: string, all: readonly Measured[]): string | undefined {
  const outages = mediansOf(all);
  if (outages === undefined) return undefined;
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

function mediansOf(all: readonly Measured[]): readonly { readonly system: string; readonly value: number }[] | undefined {
  const own = all.filter(isReknit);
  return own.length < 2 ? undefined : own.map(({ system, values }) => ({ system, value: median(values) }));
}

const verdict = (holds: boolean): string => (holds ? 'holds' : 'MISSED');
