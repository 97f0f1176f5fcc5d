// When the next reflex restart may begin. The first is immediate; each further one without a healthy soak in between
// waits twice as long, up to a cap. It staggers restarts of one subject and never weighs one subject against another:
// nodes that die together are all restarted at once.
import type { Millis } from '@reknit/base';

/** What the journal remembers of a subject's restarts, so that a new agent does not start a fresh storm. */
export interface RestartBudget {
  /** Restarts since the last healthy soak. */
  readonly restarts: number;
  readonly lastAt: number;
}

export interface BackOffOptions {
  /** Wait before the second restart. Default 250 ms: longer than a process needs to fail at once, shorter than a person notices. */
  readonly baseMs: Millis;
  /** Default 30 s: a node that cannot start is tried twice a minute, whatever else happens. */
  readonly capMs: Millis;
  /** Default 10 restarts without a healthy soak in between, about two minutes with the waits: then a human is asked. */
  readonly restartsMax: number;
}

export const BACK_OFF_DEFAULTS: BackOffOptions = { baseMs: 250, capMs: 30_000, restartsMax: 10 };
export const FULL_BUDGET: RestartBudget = { restarts: 0, lastAt: 0 };

/** After so long without a restart the past no longer counts, healthy soak or not. */
const FORGIVEN_AFTER_MS: Millis = 10 * 60_000;

/** @param uniform in [0, 1): spreads restarts over the second half of the wait, so that the order of waits is kept */
export function restartDelay(
  budget: RestartBudget,
  at: number,
  uniform: number,
  options: BackOffOptions = BACK_OFF_DEFAULTS,
): Millis {
  if (budget.restarts === 0 || at - budget.lastAt > FORGIVEN_AFTER_MS) return 0;
  const whole = Math.min(options.capMs, options.baseMs * 2 ** Math.min(budget.restarts - 1, 30));
  return Math.round(whole / 2 + (whole / 2) * uniform);
}

export const isSpent = (budget: RestartBudget, at: number, { restartsMax }: BackOffOptions): boolean =>
  budget.restarts >= restartsMax && at - budget.lastAt <= FORGIVEN_AFTER_MS;

export const spend = (budget: RestartBudget, at: number): RestartBudget => ({ restarts: budget.restarts + 1, lastAt: at });
