// A sweep over invocations and returns in the order in which they happened.
import type { Operation } from '../history/operation.js';

export interface EventHandlers {
  onInvoke(operation: Operation): void;
  onReturn(operation: Operation): void;
}

/** Linear: a recorder numbers its events without gaps. */
export function sweepEvents(operations: readonly Operation[], handlers: EventHandlers): void {
  const last = operations.reduce((most, { invokeEvent, returnEvent }) => Math.max(most, returnEvent ?? invokeEvent), -1);
  /** 0 nothing, n + 1 the invocation of operation n, -(n + 1) its return. */
  const events = new Int32Array(last + 1);
  for (const [index, { invokeEvent, returnEvent }] of operations.entries()) {
    events[invokeEvent] = index + 1;
    if (returnEvent !== undefined) events[returnEvent] = -(index + 1);
  }
  for (const event of events) {
    if (event > 0) handlers.onInvoke(operations[event - 1]!);
    else if (event < 0) handlers.onReturn(operations[-event - 1]!);
  }
}
