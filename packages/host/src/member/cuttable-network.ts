// A network whose outgoing sessions can be cut for a while, for drills: what is sent meanwhile waits, as in the send buffer
// of a TCP connection whose packets are lost, and leaves when the cut ends. Neither end notices that anything ended. To cut a link
// in both directions, both members are told.
import type { Millis } from '@reknit/base';
import type { Clock, Network, Session, SessionHandlers } from '@reknit/runtime';

export interface CuttableNetwork {
  readonly network: Network;
  /** What is sent to these addresses (`host:port`, as they are dialled; all when none is named) waits for so long, from now. */
  cut(addresses: readonly string[], forMs: Millis): void;
}

export function cuttable(network: Network, clock: Clock): CuttableNetwork {
  const sessions = new Set<CutSession>();
  let cuts: readonly Cut[] = [];
  const isCut = (address: string): boolean => cuts.some(({ addresses }) => addresses.length === 0 || addresses.includes(address));
  const mend = (cut: Cut): void => {
    cuts = cuts.filter((other) => other !== cut);
    for (const session of sessions) if (!isCut(session.address)) session.release();
  };
  return {
    network: {
      listen: (address, accept, ready) => network.listen(address, accept, ready),
      connect: (address, handlers) => {
        const session = new CutSession(address, () => isCut(address));
        sessions.add(session);
        return session.over(network, handlers, () => sessions.delete(session));
      },
    },
    cut: (addresses, forMs) => {
      const cut = { addresses };
      cuts = [...cuts, cut];
      clock.after(forMs, () => mend(cut));
    },
  };
}

interface Cut {
  readonly addresses: readonly string[];
}

class CutSession implements Session {
  readonly address: string;
  readonly #isCut: () => boolean;
  #session!: Session;
  /** Senders bound it by `bufferedBytes`, as they bound a socket. */
  #held: (readonly Uint8Array[])[] = [];
  #heldBytes = 0;

  constructor(address: string, isCut: () => boolean) {
    this.address = address;
    this.#isCut = isCut;
  }

  over(network: Network, handlers: SessionHandlers, closed: () => void): this {
    this.#session = network.connect(this.address, {
      ...(handlers.onOpen === undefined ? {} : { onOpen: () => handlers.onOpen?.() }),
      onFrame: (frame) => handlers.onFrame(frame),
      onClose: (reason) => {
        closed();
        handlers.onClose(reason);
      },
    });
    return this;
  }

  get remoteAddress(): string {
    return this.#session.remoteAddress;
  }

  get bufferedBytes(): number {
    return this.#heldBytes + this.#session.bufferedBytes;
  }

  send(chunks: readonly Uint8Array[]): void {
    if (!this.#isCut()) return this.#session.send(chunks);
    this.#held.push(chunks);
    for (const chunk of chunks) this.#heldBytes += chunk.length;
  }

  flush(): void {
    this.#session.flush();
  }

  close(): void {
    this.#session.close();
  }

  /** The cut has ended. */
  release(): void {
    const held = this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    for (const chunks of held) this.#session.send(chunks);
  }
}
