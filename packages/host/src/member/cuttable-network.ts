// A network whose outgoing sessions can be cut or slowed for a while, for drills: what is sent meanwhile waits, as in the send
// buffer of a TCP connection whose packets are lost, and leaves in its order when the cut ends, or after the delay. Neither end
// notices that anything ended. To cut a link in both directions, both members are told.
import type { Millis } from '@reknit/base';
import type { Clock, Network, Session, SessionHandlers } from '@reknit/runtime';

export interface CuttableNetwork {
  readonly network: Network;
  /** What is sent to these addresses (`host:port`, as they are dialled; all when none is named) waits for so long, from now. */
  cut(addresses: readonly string[], forMs: Millis): void;
  /** What is sent to these leaves so much later, for so long. */
  delay(addresses: readonly string[], delayMs: Millis, forMs: Millis): void;
}

export function cuttable(network: Network, clock: Clock): CuttableNetwork {
  const sessions = new Set<CutSession>();
  let cuts: readonly Cut[] = [];
  let delays: readonly Delay[] = [];
  const isCut = (address: string): boolean => cuts.some((cut) => isOf(cut, address));
  const delayOf = (address: string): Millis =>
    Math.max(0, ...delays.filter((each) => isOf(each, address)).map(({ delayMs }) => delayMs));
  const mend = (cut: Cut): void => {
    cuts = cuts.filter((other) => other !== cut);
    for (const session of sessions) if (!isCut(session.address)) session.release();
  };
  return {
    network: {
      listen: (address, accept, ready) => network.listen(address, accept, ready),
      connect: (address, handlers) => {
        const session = new CutSession(address, clock, { isCut: () => isCut(address), delay: () => delayOf(address) });
        sessions.add(session);
        return session.over(network, handlers, () => sessions.delete(session));
      },
    },
    cut: (addresses, forMs) => {
      const cut = { addresses };
      cuts = [...cuts, cut];
      clock.after(forMs, () => mend(cut));
    },
    delay: (addresses, delayMs, forMs) => {
      const begun = { addresses, delayMs };
      delays = [...delays, begun];
      clock.after(forMs, () => {
        delays = delays.filter((other) => other !== begun);
      });
    },
  };
}

interface Cut {
  readonly addresses: readonly string[];
}

interface Delay extends Cut {
  readonly delayMs: Millis;
}

const isOf = ({ addresses }: Cut, address: string): boolean => addresses.length === 0 || addresses.includes(address);

interface Illness {
  readonly isCut: () => boolean;
  readonly delay: () => Millis;
}

class CutSession implements Session {
  readonly address: string;
  readonly #clock: Clock;
  readonly #illness: Illness;
  /** What was delayed, in its order: nothing overtakes it. */
  readonly #onTheWay: { readonly leavesAt: Millis; readonly chunks: readonly Uint8Array[] }[] = [];
  #session!: Session;
  /** Senders bound it by `bufferedBytes`, as they bound a socket. */
  #held: (readonly Uint8Array[])[] = [];
  #heldBytes = 0;

  constructor(address: string, clock: Clock, illness: Illness) {
    this.address = address;
    this.#clock = clock;
    this.#illness = illness;
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
    if (this.#illness.isCut()) return this.#hold(chunks);
    const delay = this.#illness.delay();
    if (delay === 0 && this.#onTheWay.length === 0) return this.#session.send(chunks);
    this.#onTheWay.push({ leavesAt: this.#clock.now() + delay, chunks });
    this.#clock.after(delay, () => this.#leave());
  }

  flush(): void {
    this.#session.flush();
  }

  close(): void {
    this.#session.close();
  }

  #leave(): void {
    const now = this.#clock.now();
    while (this.#onTheWay.length > 0 && this.#onTheWay[0]!.leavesAt <= now) this.#session.send(this.#onTheWay.shift()!.chunks);
  }

  #hold(chunks: readonly Uint8Array[]): void {
    this.#held.push(chunks);
    for (const chunk of chunks) this.#heldBytes += chunk.length;
  }

  /** The cut has ended. */
  release(): void {
    const held = this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    for (const chunks of held) this.send(chunks);
  }
}
