// Which endpoint a call tries. One that failed is passed over for a while that doubles with each failure, so that a dead
// member costs little; when all have failed, the one whose time comes first is tried.
import { assert } from '@reknit/base';

/** Short against an election, so that the member that comes back first is found at once. */
const PENALTY_MS_MIN = 10;
const PENALTY_MS_MAX = 500;

export type Balance = 'round-robin' | 'sticky';

interface EndpointState {
  readonly endpoint: string;
  penaltyMs: number;
  avoidUntil: number;
}

export class Endpoints {
  readonly #states: readonly EndpointState[];
  readonly #balance: Balance;
  #next = 0;

  constructor(endpoints: readonly string[], balance: Balance) {
    assert(endpoints.length > 0, 'a client has at least one endpoint');
    this.#states = endpoints.map((endpoint) => ({ endpoint, penaltyMs: 0, avoidUntil: 0 }));
    this.#balance = balance;
  }

  /** @returns the endpoint, and how long to wait before a repeated attempt on it */
  pick(now: number): { readonly endpoint: string; readonly waitMs: number } {
    const count = this.#states.length;
    for (let offset = 0; offset < count; offset++) {
      const index = (this.#next + offset) % count;
      const state = this.#states[index]!;
      if (state.avoidUntil > now) continue;
      this.#next = this.#balance === 'sticky' ? index : (index + 1) % count;
      return { endpoint: state.endpoint, waitMs: 0 };
    }
    const soonest = this.#states.reduce((left, right) => (right.avoidUntil < left.avoidUntil ? right : left));
    return { endpoint: soonest.endpoint, waitMs: soonest.avoidUntil - now };
  }

  succeeded(endpoint: string): void {
    const state = this.#find(endpoint);
    if (state === undefined) return;
    state.penaltyMs = 0;
    state.avoidUntil = 0;
  }

  /** Many calls that fail together count once. */
  failed(endpoint: string, now: number): void {
    const state = this.#find(endpoint);
    if (state === undefined || state.avoidUntil > now) return;
    state.penaltyMs = Math.min(Math.max(state.penaltyMs * 2, PENALTY_MS_MIN), PENALTY_MS_MAX);
    state.avoidUntil = now + state.penaltyMs;
  }

  #find(endpoint: string): EndpointState | undefined {
    return this.#states.find((state) => state.endpoint === endpoint);
  }
}
