// Calls of Lock, Campaign and Observe that one member keeps open. Each costs a few kilobytes; etcd has no limit.
import { type Failure, Status, type UnaryReply } from '@reknit/grpc';

const OPEN_CALLS_MAX = 20_000;

/** Counts calls from beginning to end. */
export class OpenCalls {
  readonly #max: number;
  #count = 0;

  constructor(max: number = OPEN_CALLS_MAX) {
    this.#max = max;
  }

  /** False: there are too many; the call is answered then. */
  begin(reply: Pick<UnaryReply, 'fail'>): boolean {
    if (this.#count >= this.#max) {
      reply.fail(tooMany(this.#max));
      return false;
    }
    this.#count++;
    return true;
  }

  end(): void {
    this.#count--;
  }
}

const tooMany = (max: number): Failure => ({
  code: Status.resourceExhausted,
  message: `reknit: ${max} calls of Lock, Campaign and Observe wait at this member, the most that it takes; ask another member`,
});
