import type { LeaseRule } from '../checkers/lease-safety.js';
import type { ListRule } from '../checkers/list-order.js';
import type { LockRule } from '../checkers/lock-exclusion.js';
import type { ProtocolInvariant } from '../checkers/protocol-invariants.js';
import type { TransactionRule } from '../checkers/transaction-order.js';
import type { WatchRule } from '../checkers/watch-guarantees.js';

/** Which promise was broken. */
export type ViolationRule =
  | ProtocolInvariant
  | 'linearizability'
  | 'revision order'
  | 'lost write'
  | 'stale read'
  | 'equal states'
  /** The members' state is what the decided requests mean. */
  | 'meaning'
  | `watch: ${WatchRule}`
  | `lease: ${LeaseRule}`
  | `lock: ${LockRule}`
  | `list: ${ListRule}`
  | `transaction: ${TransactionRule}`
  /** A change that was cancelled comes into force. */
  | 'cancelled change'
  /** No queue grows beyond what the load explains. */
  | 'bounded memory'
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
