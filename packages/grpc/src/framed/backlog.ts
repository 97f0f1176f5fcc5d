// Answers that wait for their clients to make room. One whole answer may be large, and clients may ask for many and read none:
// what a server holds for all of them, and for the connections of one client, is bounded. Beyond it an answer that could not
// leave at once is replaced by an error, which needs no room.
import { type Failure, Status } from '../server.js';

/** Two answers of a million small keys each, and some. */
const SERVER_BYTES_MAX = 1024 * 1024 * 1024;

const UNREAD: Failure = {
  code: Status.resourceExhausted,
  message: 'grpc: the server holds too many answers that were not read: read them, or ask for less at a time',
};

export class Backlog {
  readonly #bytesMax: number;
  readonly #server: Backlog | undefined;
  #bytes = 0;

  /** @param server of which this is one connection's part, at most half */
  private constructor(bytesMax: number, server: Backlog | undefined) {
    this.#bytesMax = bytesMax;
    this.#server = server;
  }

  static ofServer(bytesMax: number = SERVER_BYTES_MAX): Backlog {
    return new Backlog(bytesMax, undefined);
  }

  ofConnection(): Backlog {
    return new Backlog(this.#bytesMax / 2, this);
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Undefined when an answer of this size may wait. The first may always: whoever asked for it may be reading already. */
  refusal(bytes: number): Failure | undefined {
    const fits = this.#bytes === 0 || this.#bytes + bytes <= this.#bytesMax;
    return fits ? this.#server?.refusal(bytes) : UNREAD;
  }

  /** @param bytes negative when they have left */
  add(bytes: number): void {
    this.#bytes += bytes;
    this.#server?.add(bytes);
  }
}
