// How many streams of one service are open, in all and by connection: what their limits are held against.
export interface StreamLimits {
  readonly streams: number;
  readonly streamsPerConnection: number;
}

export class StreamCounts {
  readonly #limits: StreamLimits;
  readonly #byPeer = new Map<string, number>();
  #all = 0;

  constructor(limits: StreamLimits) {
    this.#limits = limits;
  }

  /** Which limit one more stream would exceed. */
  exceeded(peer: string): keyof StreamLimits | undefined {
    if ((this.#byPeer.get(peer) ?? 0) >= this.#limits.streamsPerConnection) return 'streamsPerConnection';
    return this.#all >= this.#limits.streams ? 'streams' : undefined;
  }

  opened(peer: string): void {
    this.#byPeer.set(peer, (this.#byPeer.get(peer) ?? 0) + 1);
    this.#all++;
  }

  closed(peer: string): void {
    const left = (this.#byPeer.get(peer) ?? 0) - 1;
    if (left > 0) this.#byPeer.set(peer, left);
    else this.#byPeer.delete(peer);
    this.#all--;
  }
}
