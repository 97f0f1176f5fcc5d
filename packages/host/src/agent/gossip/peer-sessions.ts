// Carries messages between agents over sessions that each end has authenticated. Like datagrams: what cannot leave soon is
// dropped, since the next message says it again and better. One session in each direction: an agent sends on those that it has
// dialled, and listens on those that were dialled to it.
import { unreachable } from '@reknit/base';
import type { Listener, Runtime, Session, SessionHandlers, Timer } from '@reknit/runtime';
import { decodeMessage, encodeMessage, type GossipMessage } from './gossip-message.js';
import { NONCE_BYTES, Sealer } from './seal.js';

export interface PeerSessionsOptions {
  readonly runtime: Pick<Runtime, 'clock' | 'network' | 'log' | 'random'>;
  readonly secret: Uint8Array;
  /** `host:port` */
  readonly address: string;
  readonly onMessage: (message: GossipMessage) => void;
}

/** Agents of a cluster, and as many again that come back before their old session has ended. */
const SESSIONS_MAX = 256;
const AUTHENTICATE_WITHIN_MS = 3000;
/** Some seconds' worth of messages: whoever does not take them is not served better by more. */
const BUFFERED_BYTES_MAX = 256 * 1024;
/** While the session is made. */
const WAITING_MAX = 16;
/** Who refuses is not asked again at once. */
const REDIAL_AFTER_MS = 500;

export class PeerSessions {
  readonly #options: PeerSessionsOptions;
  readonly #dialled: Map<string, Dialled> = new Map();
  readonly #accepted: Set<Accepted> = new Set();
  #listener: Listener | undefined;

  constructor(options: PeerSessionsOptions) {
    this.#options = options;
  }

  /** Rejects when the address cannot be bound. */
  listen(): Promise<void> {
    const { runtime, address } = this.#options;
    return new Promise((resolve, reject) => {
      this.#listener = runtime.network.listen(
        address,
        (session) => this.#accept(session),
        (error) => (error === undefined ? resolve() : reject(error)),
      );
    });
  }

  send(address: string, message: GossipMessage): void {
    const known = this.#dialled.get(address);
    if (known !== undefined && !known.isSpent) return known.send(encodeMessage(message));
    if (known === undefined && this.#dialled.size >= SESSIONS_MAX) return;
    const dialled = new Dialled(this.#options, address);
    this.#dialled.set(address, dialled);
    dialled.send(encodeMessage(message));
  }

  /** Its session may hang in a cut connection: the next message goes over a new one. */
  reset(address: string): void {
    const dialled = this.#dialled.get(address);
    if (dialled?.state !== 'open') return;
    dialled.close();
    this.#dialled.delete(address);
  }

  /** It was heard: who refused a moment ago is asked again without delay. */
  heard(address: string): void {
    if (this.#dialled.get(address)?.state === 'ended') this.#dialled.delete(address);
  }

  close(): void {
    this.#listener?.close();
    for (const dialled of this.#dialled.values()) dialled.close();
    for (const accepted of this.#accepted) accepted.close();
  }

  #accept(session: Session): SessionHandlers {
    const accepted = new Accepted(session, this.#options, () => void this.#accepted.delete(accepted));
    if (this.#accepted.size >= SESSIONS_MAX) accepted.close();
    else this.#accepted.add(accepted);
    return accepted;
  }
}

type DialledState =
  | { readonly kind: 'meeting'; readonly nonce: Uint8Array; readonly waiting: Uint8Array[] }
  | { readonly kind: 'open'; readonly sealer: Sealer }
  | { readonly kind: 'ended'; readonly at: number };

class Dialled implements SessionHandlers {
  readonly #options: PeerSessionsOptions;
  readonly #session: Session;
  #state: DialledState;

  constructor(options: PeerSessionsOptions, address: string) {
    this.#options = options;
    const nonce = options.runtime.random.bytes(NONCE_BYTES);
    this.#state = { kind: 'meeting', nonce, waiting: [] };
    this.#session = options.runtime.network.connect(address, this);
    this.#session.send([nonce]);
  }

  get state(): DialledState['kind'] {
    return this.#state.kind;
  }

  /** Time to dial anew. */
  get isSpent(): boolean {
    return this.#state.kind === 'ended' && this.#options.runtime.clock.now() - this.#state.at >= REDIAL_AFTER_MS;
  }

  send(payload: Uint8Array): void {
    const state = this.#state;
    switch (state.kind) {
      case 'meeting':
        if (state.waiting.length < WAITING_MAX) state.waiting.push(payload);
        return;
      case 'open':
        if (this.#session.bufferedBytes <= BUFFERED_BYTES_MAX) this.#session.send(state.sealer.seal(payload));
        return;
      case 'ended':
        return;
      default:
        return unreachable(state);
    }
  }

  close(): void {
    this.#session.close();
  }

  /** The only one that is expected is the listener's nonce. */
  onFrame(frame: Uint8Array): void {
    if (this.#state.kind !== 'meeting' || frame.length !== NONCE_BYTES) return this.close();
    const { nonce, waiting } = this.#state;
    const sealer = new Sealer(this.#options.secret, { dialler: nonce, listener: frame.slice() }, 'dialler');
    this.#state = { kind: 'open', sealer };
    for (const payload of waiting) this.send(payload);
  }

  onClose(): void {
    this.#state = { kind: 'ended', at: this.#options.runtime.clock.now() };
  }
}

type AcceptedState =
  | { readonly kind: 'waiting'; readonly timer: Timer }
  | { readonly kind: 'open'; readonly sealer: Sealer; timer: Timer | undefined }
  | { readonly kind: 'ended' };

class Accepted implements SessionHandlers {
  readonly #session: Session;
  readonly #options: PeerSessionsOptions;
  readonly #onClosed: () => void;
  #state: AcceptedState;

  constructor(session: Session, options: PeerSessionsOptions, onClosed: () => void) {
    this.#session = session;
    this.#options = options;
    this.#onClosed = onClosed;
    this.#state = { kind: 'waiting', timer: options.runtime.clock.after(AUTHENTICATE_WITHIN_MS, () => this.close()) };
  }

  close(): void {
    this.#session.close();
  }

  onFrame(frame: Uint8Array): void {
    const state = this.#state;
    switch (state.kind) {
      case 'waiting':
        return this.#meet(state, frame);
      case 'open':
        return this.#hear(state, frame);
      case 'ended':
        return;
      default:
        return unreachable(state);
    }
  }

  onClose(): void {
    if (this.#state.kind !== 'ended') this.#state.timer?.cancel();
    this.#state = { kind: 'ended' };
    this.#onClosed();
  }

  #meet({ timer }: Extract<AcceptedState, { kind: 'waiting' }>, frame: Uint8Array): void {
    if (frame.length !== NONCE_BYTES) return this.close();
    const nonce = this.#options.runtime.random.bytes(NONCE_BYTES);
    this.#session.send([nonce]);
    const sealer = new Sealer(this.#options.secret, { dialler: frame.slice(), listener: nonce }, 'dialler');
    this.#state = { kind: 'open', sealer, timer };
  }

  #hear(state: Extract<AcceptedState, { kind: 'open' }>, frame: Uint8Array): void {
    const payload = state.sealer.open(frame);
    const message = payload === undefined ? undefined : decodeMessage(payload);
    if (message === undefined) return this.#refuse(payload === undefined ? 'the cluster secret differs' : 'not understood');
    state.timer?.cancel();
    state.timer = undefined;
    this.#options.onMessage(message);
  }

  #refuse(reason: string): void {
    this.#options.runtime.log.log('warn', 'gossip refused', { from: this.#session.remoteAddress, reason });
    this.close();
  }
}
