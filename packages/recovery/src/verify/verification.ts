// Whether a repair is one: identity, canary, lag zero, redundancy, equal hashes, a soak without recurrence, and the
// same identity once more. Each check is repeated until it is good, or the bound on the whole is reached. The actor of
// the repair has no say in it.
//
// Surprising: it does not watch for the subject's end. Whoever runs it cancels it then, because the kernel is faster.
import type { Millis } from '@reknit/base';
import type { Clock } from '@reknit/runtime';
import { sleep } from '../sleep.js';
import type { Check } from './check.js';
import {
  type Answer,
  type CheckContext,
  checkCanary,
  checkHashes,
  checkIdentity,
  checkLag,
  checkMetrics,
  checkOwn,
  checkProbe,
  checkRedundancy,
  type LagTargets,
} from './checks.js';

export interface VerificationOptions {
  /** Default 3 s. Longer catches slower recurrences and delays `resolved`. */
  readonly soakMs: Millis;
  /** Default 120 s for all checks together: after it a human is asked. Others that are down may need that long. */
  readonly timeoutMs: Millis;
  /** Default 50 ms between two tries of one check. */
  readonly retryMs: Millis;
}

export const VERIFICATION_DEFAULTS: VerificationOptions = { soakMs: 3000, timeoutMs: 120_000, retryMs: 50 };

export type VerificationOutcome =
  | { readonly kind: 'verified' }
  | { readonly kind: 'failed'; readonly check: Check; readonly reason: string }
  | { readonly kind: 'cancelled' };

export interface VerificationWatcher {
  readonly cancelled: () => boolean;
  /** A check's first answer, each answer that differs from the one before, and its last. */
  readonly onReading: (check: Check, answer: Answer) => void;
}

/** Differing hashes may be a member that was caught mid-batch; the same three times is divergence. */
const WRONG_MAX = 3;

export async function verify(
  clock: Clock,
  { checks, context, options }: VerificationRequest,
  watcher: VerificationWatcher,
): Promise<VerificationOutcome> {
  const deadline = clock.now() + options.timeoutMs;
  const questions = questionsOf(clock, context, options);
  for (const check of checks) {
    const outcome = await repeat(clock, { check, ask: questions[check], deadline, retryMs: options.retryMs }, watcher);
    if (outcome !== undefined) return outcome;
  }
  return { kind: 'verified' };
}

export interface VerificationRequest {
  /** In this order; one may stand more than once. */
  readonly checks: readonly Check[];
  readonly context: CheckContext;
  readonly options: VerificationOptions;
}

type Question = () => Promise<Answer>;

function questionsOf(clock: Clock, context: CheckContext, { soakMs }: VerificationOptions): Readonly<Record<Check, Question>> {
  const lagTargets: LagTargets = new Map();
  const redundancyTargets: LagTargets = new Map();
  return {
    identity: () => checkIdentity(context),
    canary: () => checkCanary(context),
    lag: () => checkLag(context, lagTargets),
    redundancy: () => checkRedundancy(context, redundancyTargets),
    hash: () => checkHashes(context),
    probe: () => checkProbe(context),
    own: () => checkOwn(context),
    metrics: () => checkMetrics(context),
    soak: () => soak(clock, soakMs),
  };
}

interface Repetition {
  readonly check: Check;
  readonly ask: Question;
  readonly deadline: number;
  readonly retryMs: Millis;
}

/** Undefined once the check is good. */
async function repeat(
  clock: Clock,
  { check, ask, deadline, retryMs }: Repetition,
  watcher: VerificationWatcher,
): Promise<VerificationOutcome | undefined> {
  let last = '';
  let wrong = 0;
  for (;;) {
    if (watcher.cancelled()) return { kind: 'cancelled' };
    const answer = await ask().catch(asWaiting);
    if (watcher.cancelled()) return { kind: 'cancelled' };
    if (answer.detail !== last) watcher.onReading(check, answer);
    last = answer.detail;
    if (answer.kind === 'good') return undefined;
    if (answer.kind === 'wrong') wrong++;
    if (wrong >= WRONG_MAX) return { kind: 'failed', check, reason: answer.detail };
    if (clock.now() >= deadline) return { kind: 'failed', check, reason: `not within the bound: ${answer.detail}` };
    await sleep(clock, retryMs);
  }
}

const asWaiting = (error: unknown): Answer => ({ kind: 'wait', detail: error instanceof Error ? error.message : String(error) });

async function soak(clock: Clock, soakMs: Millis): Promise<Answer> {
  await sleep(clock, soakMs);
  return { kind: 'good', detail: `${soakMs} ms without recurrence` };
}
