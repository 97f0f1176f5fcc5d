// How a client's requests reach a store, in the API's bytes: implemented by the simulator in virtual time. A channel leads to
// one member at a time; `move` takes it, perhaps, to another one.
import type { Millis } from '@reknit/base';
import type { Failure } from '@reknit/grpc';
import type { Clock } from '@reknit/runtime';

export type Answer =
  | { readonly kind: 'ok'; readonly response: Uint8Array }
  | { readonly kind: 'failed'; readonly failure: Failure }
  /** Lost, or too late. */
  | { readonly kind: 'none' };

/** Nothing comes after `onClose`, and neither is called from within a call of the client. */
export interface StreamClient {
  onMessage(response: Uint8Array): void;
  /** The server's failure, or undefined where the connection broke or the server ended the stream. */
  onClose(failure: Failure | undefined): void;
}

export interface ClientStream {
  send(request: Uint8Array): void;
  /** For so long the client reads nothing. */
  stall(duration: Millis): void;
  /** The client hears nothing more, its close included. */
  cancel(): void;
}

export interface Channel {
  /** The name of the member that it leads to. */
  readonly member: string;
  /** Calls back once. @returns cancels the call: it does not call back then */
  call(path: string, request: Uint8Array, done: (answer: Answer) => void, timeout?: Millis): () => void;
  open(path: string, client: StreamClient): ClientStream;
  move(): void;
}

/** What a workload's client lives in. */
export interface ClientWorld {
  readonly clock: Pick<Clock, 'now' | 'after'>;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** A duration with this mean, between half of it and one and a half. */
export const around = ({ random }: ClientWorld, mean: Millis): Millis => mean * (0.5 + random());
