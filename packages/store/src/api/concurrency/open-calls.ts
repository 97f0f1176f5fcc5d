// Calls of Lock, Campaign and Observe that one member keeps open. Each costs a few kilobytes; etcd has no limit.
import { type Failure, Status, type UnaryReply } from '@reknit/grpc';

export const OPEN_CALLS_MAX = 20_000;

/** Counts calls from beginning to end. */
export class OpenCalls {
  #count = 0;

  /** False: there are too many; the call is answered then. */
  begin(reply: Pick<UnaryReply, 'fail'>): boolean {
    if (this.#count >= OPEN_CALLS_MAX) {
      reply.fail(TOO_MANY);
      return false;
    }
    this.#count++;
    return true;
  }

  end(): void {
    this.#count--;
  }
}

const TOO_MANY: Failure = {
  code: Status.resourceExhausted,
  message: `reknit: ${OPEN_CALLS_MAX} calls of Lock, Campaign and Observe wait at this member, the most that it takes; ask another member`,
};
