// Everything of a run that its page shows: lives, leaders, faults, messages, operations and what was violated. Bounded: of the
// messages the latest are kept, since what led to a violation stands near the end.
import type { Millis } from '@reknit/base';
import type { RunObserver, SeenMessage } from '../cluster/run-observer.js';
import type { Violation } from '../cluster/violation.js';
import type { FaultEvent } from '../faults/nemesis.js';
import type { Operation } from '../history/operation.js';

/** Some ten virtual seconds of a loaded cluster, a few megabytes of page. */
const MESSAGES_MAX = 20_000;

export interface Reign {
  readonly at: Millis;
  readonly member: string;
  readonly keyspace: string;
  readonly round: number;
}

export interface Life {
  readonly member: string;
  readonly from: Millis;
  to: Millis | undefined;
}

export class Recording implements RunObserver {
  members: readonly string[] = [];
  readonly lives: Life[] = [];
  readonly reigns: Reign[] = [];
  readonly faults: FaultEvent[] = [];
  readonly violations: { readonly at: Millis; readonly violation: Violation }[] = [];
  operations: readonly Operation[] = [];
  /** How many came before those that are kept. */
  messagesDropped = 0;
  endedAt: Millis = 0;
  #messages: SeenMessage[] = [];

  get messages(): readonly SeenMessage[] {
    return this.#messages;
  }

  begins(members: readonly string[]): void {
    this.members = members;
  }

  fault(event: FaultEvent): void {
    this.faults.push(event);
  }

  message(message: SeenMessage): void {
    this.#messages.push(message);
    if (this.#messages.length < 2 * MESSAGES_MAX) return;
    this.messagesDropped += MESSAGES_MAX;
    this.#messages = this.#messages.slice(MESSAGES_MAX);
  }

  life(at: Millis, member: string, state: 'up' | 'down'): void {
    const last = this.lives.findLast((life) => life.member === member);
    if (last !== undefined) last.to ??= at;
    if (state === 'up') this.lives.push({ member, from: at, to: undefined });
  }

  leads(at: Millis, member: string, keyspace: string, round: number): void {
    this.reigns.push({ at, member, keyspace, round });
  }

  violation(at: Millis, violation: Violation): void {
    this.violations.push({ at, violation });
  }

  ends(at: Millis, operations: readonly Operation[]): void {
    this.endedAt = at;
    this.operations = operations;
  }
}
