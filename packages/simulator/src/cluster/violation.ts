import type { RaftInvariant } from '../checkers/raft-invariants.js';

/** Which promise was broken. */
export type ViolationRule =
  | RaftInvariant
  | 'linearizability'
  | 'revision order'
  | 'lost write'
  | 'stale read'
  | 'equal states'
  /** A healed cluster serves again, and is of one mind, within a bound. */
  | 'convergence'
  /** A member's own assertion, or any other exception. */
  | 'exception'
  /** A member ended itself though its disk never failed. */
  | 'fatal error'
  | 'refused start';

export interface Violation {
  readonly rule: ViolationRule;
  readonly detail: string;
}
