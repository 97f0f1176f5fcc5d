import type { Millis } from '@reknit/base';
import { HEALTH_MAX } from './local-health.js';
import type { Peer } from './message.js';

export interface SwimOptions {
  readonly self: Peer;
  /** How often `tick` is called, ms; a fraction of the time-out. What comes later than that is this member's own delay. */
  readonly tickEvery: Millis;
  /** At least 0 and less than 1. */
  readonly random: () => number;
  /** Default 1000 ms: one member is probed in each such period. */
  readonly period?: Millis;
  /** Default a fifth of the period: after it the others are asked to try. */
  readonly timeout?: Millis;
  /** Default 3: how many others are asked to try (SWIM's k). */
  readonly helpers?: number;
  /** Default 5: α, periods that a suspected member has at least, times log₁₀ of the members (at least 1). */
  readonly suspicionPeriods?: number;
  /** Default 6: β, so many times longer while one member alone suspects. 1: plain SWIM. */
  readonly suspicionSpread?: number;
  /** Default 3: k, confirmations that bring it down to the shortest time. */
  readonly confirmations?: number;
  /** Default 8; 0: plain SWIM, which never doubts itself. */
  readonly healthMax?: number;
  /** Default 30 periods between exchanges of all that is known, also with who is thought dead: so a healed partition is noticed. */
  readonly syncPeriods?: number;
}

const DEFAULTS = {
  period: 1000,
  helpers: 3,
  suspicionPeriods: 5,
  suspicionSpread: 6,
  confirmations: 3,
  healthMax: HEALTH_MAX,
  syncPeriods: 30,
} as const;

const TIMEOUT_SHARE = 0.2;

export function withDefaults(options: SwimOptions): Required<SwimOptions> {
  const period = options.period ?? DEFAULTS.period;
  return { ...DEFAULTS, timeout: period * TIMEOUT_SHARE, ...options };
}
