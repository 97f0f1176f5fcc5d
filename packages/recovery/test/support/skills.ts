// A driver that can do more than start and end processes: each order takes effect once, however often it comes, and each
// effect is counted. What a test wants to go wrong, goes wrong.
import type { Action, ActOutcome, Check, Driver, Order, Policy, Signal } from '../../src/index.js';

export interface Skills {
  readonly actions: readonly Action[];
  /** In place of `done`, for this order; the effect is had all the same when it says `unknown`. */
  readonly outcome?: (action: Action, nth: number) => ActOutcome['kind'];
  /** What an effect does to the world. */
  readonly onEffect?: (subject: string, action: Action) => void;
  /** `voters: undefined`: no majority is needed. */
  readonly policy?: (subject: string) => Partial<Omit<Policy, 'voters'>> & { readonly voters?: true | undefined };
  readonly checks?: readonly Check[];
  readonly signals?: (subject: string) => readonly Signal[];
  readonly orders: { readonly subject: string; readonly action: Action; readonly order: Order }[];
  /** `subject action`, one for each time that something came of an order. */
  readonly effects: string[];
  /** Orders carried out, and never again. */
  readonly done: Set<string>;
}

export const skills = (given: Partial<Skills> & Pick<Skills, 'actions'>): Skills => ({
  orders: [],
  effects: [],
  done: new Set(),
  ...given,
});

interface Hands {
  readonly effect: () => void;
  readonly answer: <Result>(compute: () => Result) => Promise<Result>;
}

export const POLICY: Policy = { mode: 'active', dependsOn: [], maxConcurrent: 1, group: 'store', voters: true };

function policyOf(given: ReturnType<NonNullable<Skills['policy']>> = {}): Policy {
  const { voters, ...policy } = { ...POLICY, ...given };
  return voters === undefined ? policy : { ...policy, voters };
}

export function skilled(given: Skills, { effect, answer }: Hands): Partial<Driver> {
  return {
    actions: () => new Set(given.actions),
    policy: (subject) => policyOf(given.policy?.(subject)),
    signals: (subject) => given.signals?.(subject) ?? [],
    ...(given.checks === undefined ? {} : { checks: () => new Set(given.checks) }),
    act: (subject, action, order) => {
      effect();
      const key = `${subject} ${action} ${order.incident} ${order.step} ${order.attempt}`;
      const kind = given.done.has(key) ? 'done' : (given.outcome?.(action, given.orders.length) ?? 'done');
      given.orders.push({ subject, action, order });
      if (!given.done.has(key) && (kind === 'done' || kind === 'unknown')) {
        given.done.add(key);
        given.effects.push(`${subject} ${action}`);
        given.onEffect?.(subject, action);
      }
      return answer(() => ({ kind, detail: `${action}: ${kind}` }));
    },
  };
}
