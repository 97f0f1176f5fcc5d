// How answers are made from the state machine: in slices, so that a large one does not hold up the member, and never from a
// state that is closed or damaged.
import type { CallContext, UnaryReply } from '@reknit/grpc';
import { CorruptRecordError, type Job, type Outcome } from '@reknit/mvcc';
import { EtcdErrors, mvccFailure } from '../errors.js';
import type { StoreMember } from '../member.js';

/** @param abandon frees what `serve` would have used up */
export function serving(member: StoreMember, reply: UnaryReply, serve: () => void, abandon?: () => void): void {
  if (member.closed) {
    abandon?.();
    return reply.fail(EtcdErrors.stopped);
  }
  try {
    serve();
  } catch (error) {
    if (!(error instanceof CorruptRecordError)) throw error;
    abandon?.();
    member.runtime.log.log('error', 'a stored record is damaged; who reads it is sent to another member', {
      cause: error.message,
    });
    reply.fail(EtcdErrors.damagedHere);
  }
}

export function servingInSlices<T>(
  member: StoreMember,
  job: Job<Outcome<T>>,
  context: CallContext,
  reply: UnaryReply,
  encode: (value: T) => Uint8Array,
): void {
  const step = (): void => {
    if (!context.open) return job.cancel();
    const outcome = job.step();
    if (outcome === undefined) member.runtime.clock.soon(run);
    else if (outcome.ok) reply.ok(encode(outcome.value));
    else reply.fail(mvccFailure(outcome.error));
  };
  const run = (): void => serving(member, reply, step, () => job.cancel());
  run();
}
