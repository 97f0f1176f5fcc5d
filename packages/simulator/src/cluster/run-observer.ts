// Sees a run while it happens, beside the trace: for pages and tests. It must not change anything.
import type { Millis } from '@reknit/base';
import type { FaultEvent } from '../faults/nemesis.js';
import type { Operation } from '../history/operation.js';
import type { Violation } from './violation.js';

export interface SeenMessage {
  readonly from: string;
  readonly to: string;
  readonly sentAt: Millis;
  readonly at: Millis;
  readonly bytes: number;
}

export interface RunObserver {
  /** Names of all members, before anything happens. */
  begins(members: readonly string[]): void;
  fault(event: FaultEvent): void;
  /** A frame arrived. */
  message(message: SeenMessage): void;
  /** A process began or ended. */
  life(at: Millis, member: string, state: 'up' | 'down'): void;
  leads(at: Millis, member: string, keyspace: string, round: number): void;
  violation(at: Millis, violation: Violation): void;
  /** What clients saw, once all is over. */
  ends(at: Millis, operations: readonly Operation[]): void;
}
