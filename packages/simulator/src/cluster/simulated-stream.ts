// A bidirectional call between a client outside of the simulated network and a member's process: messages of each direction
// keep their order and take some latency; a client that reads slowly fills the window, and the server is told to wait. When
// the process ends what it had sent still arrives, then the stream breaks.
import type { Millis } from '@reknit/base';
import type { BidirectionalHandler, CallContext, Failure, RequestStream, StreamReply } from '@reknit/grpc';
import type { Machine, Prng, World } from '@reknit/runtime/simulated';
import type { ClientStream, StreamClient } from '../workloads/channel.js';

/** What may be on its way to a client that does not read: small, so that slow clients are met in short runs. */
const WINDOW_BYTES = 4 * 1024;

export interface SimulatedStreamOptions {
  readonly world: World;
  readonly prng: Prng;
  readonly machine: Machine;
  readonly client: StreamClient;
  readonly metadata: CallContext['metadata'];
}

export class SimulatedStream implements ClientStream {
  readonly #options: SimulatedStreamOptions;
  #requests: RequestStream | undefined;
  /** Both directions are done, or the client is not interested any more. */
  #closedHere = false;
  #closedThere = false;
  #arrivesThere: Millis = 0;
  #arrivesHere: Millis = 0;
  #bytesOnTheWay = 0;
  #full = false;
  #onDrain: () => void = () => undefined;
  #onCancel: () => void = () => undefined;

  constructor(options: SimulatedStreamOptions) {
    this.#options = options;
  }

  /** On its way before any request. */
  connect(arrived: () => void): void {
    const { world } = this.#options;
    this.#arrivesThere = world.now + this.#latency();
    world.after(this.#arrivesThere - world.now, arrived);
  }

  /** In the process, which has taken the call. */
  begin(handle: BidirectionalHandler): void {
    if (!this.#closedThere) this.#requests = handle(this.#context(), this.#reply());
  }

  /** The process is gone, or was not there. */
  reset(): void {
    if (this.#closedThere) return;
    this.#closedThere = true;
    this.#close(undefined);
  }

  send(request: Uint8Array): void {
    this.#toServer(() => this.#requests?.onMessage(request));
  }

  stall(duration: Millis): void {
    this.#arrivesHere = Math.max(this.#arrivesHere, this.#options.world.now + duration);
  }

  cancel(): void {
    if (this.#closedHere) return;
    this.#closedHere = true;
    this.#toServer(() => {
      this.#closedThere = true;
      this.#onCancel();
    });
  }

  #toServer(action: () => void): void {
    const { world, machine } = this.#options;
    this.#arrivesThere = Math.max(this.#arrivesThere, world.now + this.#latency());
    world.after(this.#arrivesThere - world.now, () => {
      if (!this.#closedThere) machine.arrive(() => !this.#closedThere && action());
    });
  }

  #toClient(action: () => void): void {
    const { world } = this.#options;
    this.#arrivesHere = Math.max(this.#arrivesHere, world.now + this.#latency());
    world.after(this.#arrivesHere - world.now, action);
  }

  #reply(): StreamReply {
    return {
      send: (response) => {
        if (!this.#closedThere) this.#deliver(response);
        return !this.#full;
      },
      onDrain: (callback) => void (this.#onDrain = callback),
      end: () => this.#endThere(undefined),
      fail: (failure) => this.#endThere(failure),
    };
  }

  #context(): CallContext {
    const isOpen = (): boolean => !this.#closedThere;
    return {
      metadata: this.#options.metadata,
      authority: '',
      timeout: undefined,
      peer: 'simulated',
      get open() {
        return isOpen();
      },
      onCancel: (callback) => {
        this.#onCancel = callback;
      },
    };
  }

  #deliver(response: Uint8Array): void {
    this.#bytesOnTheWay += response.length;
    this.#full ||= this.#bytesOnTheWay > WINDOW_BYTES;
    this.#toClient(() => {
      this.#bytesOnTheWay -= response.length;
      if (this.#full && this.#bytesOnTheWay <= WINDOW_BYTES / 2) this.#drained();
      if (!this.#closedHere) this.#options.client.onMessage(response);
    });
  }

  #drained(): void {
    this.#full = false;
    if (!this.#closedThere) this.#options.machine.arrive(() => !this.#closedThere && this.#onDrain());
  }

  #endThere(failure: Failure | undefined): void {
    if (this.#closedThere) return;
    this.#closedThere = true;
    this.#close(failure);
  }

  #close(failure: Failure | undefined): void {
    this.#toClient(() => {
      if (this.#closedHere) return;
      this.#closedHere = true;
      this.#options.client.onClose(failure);
    });
  }

  #latency(): Millis {
    return 0.05 + this.#options.prng.tail(0.1);
  }
}
