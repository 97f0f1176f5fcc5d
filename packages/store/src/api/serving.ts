// How answers are made from the state machine: in slices, so that a large one does not hold up the member, and never from a
// state that is closed or damaged.
import type { CallContext, Failure, UnaryReply } from '@reknit/grpc';
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
    member.scrubber.note(error.message);
    member.runtime.log.log('error', 'a stored record is damaged; who reads it is sent to another member', {
      cause: error.message,
    });
    reply.fail(EtcdErrors.damagedHere);
  }
}

/** What a piece of long work comes to. */
export type Served = { readonly ok: true; readonly response: Uint8Array } | { readonly ok: false; readonly failure: Failure };

export function servingInSlices(member: StoreMember, job: Job<Served>, context: CallContext, reply: UnaryReply): void {
  let state: 'more' | 'done' = 'more';
  const slice = (): void => {
    const served = context.open ? job.step() : undefined;
    if (!context.open) job.cancel();
    else if (served === undefined) return;
    else if (served.ok) reply.ok(served.response);
    else reply.fail(served.failure);
    state = 'done';
  };
  const abandon = (): void => {
    job.cancel();
    state = 'done';
  };
  member.slices.add({
    step: () => {
      serving(member, reply, slice, abandon);
      return state;
    },
  });
}

/** A job of the state machine with its result encoded. */
export class EncodedJob<T> implements Job<Served> {
  readonly #job: Job<Outcome<T>>;
  readonly #encode: (value: T) => Uint8Array;

  constructor(job: Job<Outcome<T>>, encode: (value: T) => Uint8Array) {
    this.#job = job;
    this.#encode = encode;
  }

  step(): Served | undefined {
    const outcome = this.#job.step();
    if (outcome === undefined) return undefined;
    return outcome.ok ? { ok: true, response: this.#encode(outcome.value) } : { ok: false, failure: mvccFailure(outcome.error) };
  }

  cancel(): void {
    this.#job.cancel();
  }
}
