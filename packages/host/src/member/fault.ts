// The faults that a member makes in itself for drills, as they are named on the wire: one table knows the parts of each, their
// bounds and their order.
import type { Millis } from '@reknit/base';

export type Fault =
  /** Computes for so long, once the answer has left. */
  | { readonly kind: 'block-loop'; readonly ms: Millis }
  /** The next so many starts end at once with this exit code. */
  | { readonly kind: 'exit-at-start'; readonly times: number; readonly code: number }
  /** What it sends to these peers (`host:port`, joined by commas; empty: all) waits for so long. */
  | { readonly kind: 'cut-links'; readonly peers: string; readonly ms: Millis }
  /** What it sends to these peers arrives so much later, for so long. */
  | { readonly kind: 'delay-links'; readonly peers: string; readonly delayMs: Millis; readonly ms: Millis }
  /** Each write of its log takes so much longer, for so long. */
  | { readonly kind: 'slow-disk'; readonly delayMs: Millis; readonly ms: Millis }
  /** Its disk has no room, for so long. */
  | { readonly kind: 'full-disk'; readonly ms: Millis }
  /** The next sync of its log fails. */
  | { readonly kind: 'failed-sync' }
  /** Its wall clock is so much ahead (or behind), for so long. */
  | { readonly kind: 'clock-offset'; readonly offsetMs: Millis; readonly ms: Millis };

type FaultKind = Fault['kind'];

/** Longer than any patience that a drill wants to see end. */
const MS_MAX = 120_000;
const DELAY_MS_MAX = 10_000;
const OFFSET_MS_MAX = 86_400_000;
const TIMES_MAX = 1000;
const CODE_MAX = 255;
const PEERS_LENGTH_MAX = 1000;

type Part = (text: string | null) => number | string | undefined;

const whole =
  (min: number, max: number): Part =>
  (text) => {
    const value = Number(text ?? Number.NaN);
    return Number.isInteger(value) && value >= min && value <= max ? value : undefined;
  };
const duration = whole(1, MS_MAX);
const delay = whole(1, DELAY_MS_MAX);
const peers: Part = (text) => ((text ?? '').length <= PEERS_LENGTH_MAX ? (text ?? '') : undefined);

const PARTS: Readonly<Record<FaultKind, Readonly<Record<string, Part>>>> = {
  'block-loop': { ms: duration },
  'exit-at-start': { times: whole(1, TIMES_MAX), code: whole(1, CODE_MAX) },
  'cut-links': { peers, ms: duration },
  'delay-links': { peers, delayMs: delay, ms: duration },
  'slow-disk': { delayMs: delay, ms: duration },
  'full-disk': { ms: duration },
  'failed-sync': {},
  'clock-offset': { offsetMs: whole(-OFFSET_MS_MAX, OFFSET_MS_MAX), ms: duration },
};

export const KNOWN_FAULTS: string = `${Object.entries(PARTS)
  .map(([kind, parts]) => [kind, ...Object.keys(parts)].join(' '))
  .join(', ')}; ms up to ${MS_MAX}`;

const isKind = (kind: string): kind is FaultKind => Object.hasOwn(PARTS, kind);

/** @returns undefined for an unknown kind, and where a part is missing or out of its bounds */
export function parseFault(query: URLSearchParams): Fault | undefined {
  const kind = query.get('fault') ?? '';
  if (!isKind(kind)) return undefined;
  const parts = Object.entries(PARTS[kind]).map(([name, part]) => [name, part(query.get(name))] as const);
  if (parts.some(([, value]) => value === undefined)) return undefined;
  // The table vouches for every part.
  return { kind, ...Object.fromEntries(parts) } as Fault;
}

/** The same for the same fault: what a proof is made over. */
export function describeFault(fault: Fault): string {
  const parts: Readonly<Record<string, unknown>> = { ...fault };
  return [fault.kind, ...Object.keys(PARTS[fault.kind]).map((name) => String(parts[name]))].join('|');
}
