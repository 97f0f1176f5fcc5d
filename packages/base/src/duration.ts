// Durations as people write them, in Go's way: `10m`, `1m30s`, `500ms`. A number without a unit is none: of what would it be?
import type { Millis } from './brand.js';

const MS_PER_UNIT: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1, us: 1e-3, µs: 1e-3, ns: 1e-6 };
const PART = /(\d+(?:\.\d*)?|\.\d+)(h|ms|m|s|us|µs|ns)/g;

/** Undefined for what is not a duration. */
export function parseDuration(text: string): Millis | undefined {
  if (text === '0') return 0;
  const parts = [...text.matchAll(PART)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) return undefined;
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * MS_PER_UNIT[unit!]!, 0);
}

/** In the largest unit that it is a whole number of. */
export function formatDuration(milliseconds: Millis): string {
  const unit = ['h', 'm', 's'].find((each) => milliseconds % MS_PER_UNIT[each]! === 0) ?? 'ms';
  return `${milliseconds / MS_PER_UNIT[unit]!}${unit}`;
}
