import type { OperationRequest, Outcome } from '../history/operation.js';

/**
 * How one client's operations reach a store: implemented by the simulator in virtual time and by the demo over sockets.
 *
 * An implementation
 *  - has one operation under way at a time and calls `done` exactly once, never from within `execute`;
 *  - says 'failed' only of what can never take effect; an operation whose answer is lost, late or ambiguous is 'unknown';
 *  - never repeats a write of unknown outcome by itself;
 *  - makes a cas a transaction: compare the mod revision, then put, else get; and asks for the previous pair (`prevKv`) in
 *    puts and deletes where it can: a write that tells what it replaced is checked even if nobody reads in between.
 */
export interface WorkloadClient {
  execute(request: OperationRequest, done: (outcome: Outcome) => void): void;
}
