// The answer to a large range, encoded piece by piece as the range is read: messages of protobuf that follow each other are
// one message, so each piece is a RangeResponse of its own. Objects of a piece are garbage before the next is read, and what
// waits is bytes outside the heap. Joining them is sliced too: a copy of hundreds of megabytes would hold up the loop.
import { encodeRangeResponse, type ResponseHeader } from '@reknit/etcd-api';
import { type Failure, Status } from '@reknit/grpc';
import type { Job, KeyValueSink, Outcome, RangeResult } from '@reknit/mvcc';
import { mvccFailure } from '../errors.js';
import type { Served } from './serving.js';

/** Copied in one slice: well below a millisecond. */
const COPY_BYTES = 2 * 1024 * 1024;
/** What a length of 31 bits can hold: gRPC's clients take no more. */
const ANSWER_BYTES_MAX = 2 ** 31 - 1;

export class RangeAnswerJob implements Job<Served> {
  readonly #job: Job<Outcome<RangeResult>>;
  readonly #header: ResponseHeader;
  readonly #pieces: Uint8Array[] = [];
  #bytes = 0;
  /** Once everything is read. */
  #whole: Uint8Array | undefined;
  #copied = 0;
  #next = 0;

  /**
   * @param begin gets the sink for the key values
   * @param header of the moment at which the range begins: clients watch from the revision behind it, and would miss what was
   *   written while the range was read
   */
  constructor(begin: (sink: KeyValueSink) => Job<Outcome<RangeResult>>, header: ResponseHeader) {
    this.#header = header;
    this.#job = begin((kvs) => {
      const piece = encodeRangeResponse({ header: undefined, kvs, more: false, count: 0 });
      this.#pieces.push(piece);
      this.#bytes += piece.length;
    });
  }

  step(): Served | undefined {
    if (this.#whole !== undefined) return this.#copy(this.#whole);
    const outcome = this.#job.step();
    if (this.#bytes > ANSWER_BYTES_MAX) {
      this.#job.cancel();
      return { ok: false, failure: tooLarge(this.#bytes) };
    }
    if (outcome === undefined) return undefined;
    return outcome.ok ? this.#join(outcome.value) : { ok: false, failure: mvccFailure(outcome.error) };
  }

  cancel(): void {
    this.#job.cancel();
  }

  #join({ more, count }: RangeResult): Served | undefined {
    const first = encodeRangeResponse({ header: this.#header, kvs: [], more, count });
    this.#pieces.unshift(first);
    this.#whole = new Uint8Array(this.#bytes + first.length);
    return this.#copy(this.#whole);
  }

  #copy(whole: Uint8Array): Served | undefined {
    const until = this.#copied + COPY_BYTES;
    while (this.#copied < until) {
      const piece = this.#pieces[this.#next++];
      if (piece === undefined) return { ok: true, response: whole };
      whole.set(piece, this.#copied);
      this.#copied += piece.length;
    }
    return undefined;
  }
}

/** The text of grpc-go. */
const tooLarge = (bytes: number): Failure => ({
  code: Status.resourceExhausted,
  message: `grpc: trying to send message larger than max (${bytes} vs. ${ANSWER_BYTES_MAX})`,
});
