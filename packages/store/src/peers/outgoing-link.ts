// The session on which this member sends to one peer. It is dialled for ever, with back-off, and greeted anew each time.
// Everything for the peer is gathered during a turn and leaves as one numbered frame at its end.
import { ByteWriter, type Millis } from '@reknit/base';
import type { NodeId } from '@reknit/consensus';
import type { CloseReason, Runtime, Session, Timer } from '@reknit/runtime';
import { PEER_PROTOCOL_VERSION } from './frames.js';
import {
  decodeHandshake,
  encodeHandshake,
  type HandshakeFrame,
  type Introduction,
  NONCE_BYTES,
  proofHolds,
  prove,
  type RefusalReason,
} from './handshake.js';
import type { PeerDirectory } from './peer-directory.js';

/** First pause after a failed dial: a restarting peer is back within a second, and a refused dial costs little. */
const RETRY_FIRST: Millis = 20;
/** Longest pause: what a peer that comes back may have to wait for us. Cut short when it dials us. */
const RETRY_MAX: Millis = 500;
/** A session that is not greeted within this is given up: its acceptor may hang, or a frame of the greeting be lost. */
const GREETING_TIMEOUT: Millis = 2000;
/** A turn's parts are split over frames of about this size: far below what the network refuses. */
const FRAME_BYTES_TARGET = 8 * 1024 * 1024;
/** Output for a peer that does not read is dropped above this; every protocol above bears lost messages. */
const BUFFERED_BYTES_MAX = 64 * 1024 * 1024;

export interface OutgoingHandlers {
  onOpen(): void;
  onClose(reason: CloseReason): void;
  /** Once for each new cause, not for each attempt. */
  onRefused(reason: RefusalReason, detail: string): void;
}

type State =
  | { readonly kind: 'waiting'; readonly timer: Timer }
  | {
      readonly kind: 'greeting';
      readonly session: Session;
      readonly hello: Introduction;
      readonly timer: Timer;
      challenged: boolean;
    }
  | { readonly kind: 'open'; readonly session: Session }
  | { readonly kind: 'closed' };

export class OutgoingLink {
  readonly peer: NodeId;
  readonly #address: string;
  readonly #runtime: Runtime;
  readonly #directory: PeerDirectory;
  readonly #handlers: OutgoingHandlers;
  readonly #writer = new ByteWriter(4096);
  #state: State = { kind: 'closed' };
  #retryDelay: Millis = RETRY_FIRST;
  #frameSequence = 0;
  #lastRefusal = '';

  constructor(peer: NodeId, address: string, runtime: Runtime, directory: PeerDirectory, handlers: OutgoingHandlers) {
    this.peer = peer;
    this.#address = address;
    this.#runtime = runtime;
    this.#directory = directory;
    this.#handlers = handlers;
  }

  get open(): boolean {
    return this.#state.kind === 'open';
  }

  dial(): void {
    const nonce = this.#runtime.random.bytes(NONCE_BYTES);
    const { clusterId, self, incarnation, bootId } = this.#directory;
    const hello: Introduction = { clusterId, from: self, to: this.peer, incarnation, bootId, nonce };
    const session = this.#runtime.network.connect(this.#address, {
      onOpen: () => session.send([encodeHandshake({ kind: 'hello', version: PEER_PROTOCOL_VERSION, introduction: hello })]),
      onFrame: (frame) => this.#onFrame(session, frame),
      onClose: (reason) => this.#onClose(session, reason),
    });
    const timer = this.#runtime.clock.after(GREETING_TIMEOUT, () => session.close());
    this.#state = { kind: 'greeting', session, hello, timer, challenged: false };
  }

  /** The peer has just dialled us, so it is there: do not wait out the back-off. */
  hasten(): void {
    if (this.#state.kind !== 'waiting') return;
    this.#state.timer.cancel();
    this.dial();
  }

  /** Where to put this turn's parts; undefined when nothing can be sent now. */
  writer(): ByteWriter | undefined {
    if (this.#state.kind !== 'open') return undefined;
    if (this.#state.session.bufferedBytes > BUFFERED_BYTES_MAX) return undefined;
    if (this.#writer.length > FRAME_BYTES_TARGET) this.flush();
    if (this.#writer.length === 0) this.#writer.u32(++this.#frameSequence);
    return this.#writer;
  }

  flush(): void {
    if (this.#writer.length === 0) return;
    if (this.#state.kind === 'open') {
      this.#state.session.send([this.#writer.copy()]);
      this.#state.session.flush();
    }
    this.#writer.reset();
  }

  close(): void {
    const state = this.#state;
    this.#state = { kind: 'closed' };
    if (state.kind === 'waiting' || state.kind === 'greeting') state.timer.cancel();
    if (state.kind === 'greeting' || state.kind === 'open') state.session.close();
  }

  #onFrame(session: Session, bytes: Uint8Array): void {
    const state = this.#state;
    if (state.kind !== 'greeting' || state.session !== session) return;
    const frame = tryDecode(bytes);
    switch (frame?.kind) {
      case 'challenge':
        if (!state.challenged) this.#onChallenge(state, frame.introduction, frame.proof);
        return;
      case 'welcome':
        if (!state.challenged) break;
        state.timer.cancel();
        this.#state = { kind: 'open', session };
        this.#retryDelay = RETRY_FIRST;
        this.#frameSequence = 0;
        this.#lastRefusal = '';
        this.#handlers.onOpen();
        return;
      case 'refused':
        // These may end a member, so they count only from a peer that has proved itself.
        if ((frame.reason === 'incarnation' || frame.reason === 'removed') && !state.challenged) break;
        this.#retryDelay = RETRY_MAX;
        if (frame.reason === 'unknown-member' && state.challenged) this.#tellNews(session);
        else session.close();
        this.#report(frame.reason, frame.detail);
        return;
      case 'news':
      case 'hello':
      case 'proof':
      case 'admitted':
      case undefined:
        break;
    }
    session.close();
  }

  #onChallenge(state: State & { kind: 'greeting' }, challenge: Introduction, proof: Uint8Array): void {
    const { secret } = this.#directory;
    const named = challenge.from === this.peer && challenge.clusterId === this.#directory.clusterId;
    if (!named || !proofHolds(proof, prove(secret, 'acceptor', state.hello, challenge))) {
      this.#retryDelay = RETRY_MAX;
      state.session.close();
      this.#report('secret', `${this.#address} does not prove that it knows the cluster secret`);
      return;
    }
    const objection = this.#directory.objection(this.peer, challenge.incarnation);
    if (objection !== undefined) {
      this.#retryDelay = RETRY_MAX;
      state.session.close();
      this.#report(objection.reason, objection.detail);
      return;
    }
    state.challenged = true;
    state.session.send([encodeHandshake({ kind: 'proof', proof: prove(secret, 'dialer', state.hello, challenge) })]);
  }

  /** The acceptor ends the session once it has read it. */
  #tellNews(session: Session): void {
    const news = this.#directory.news();
    if (news === undefined) session.close();
    else session.send([encodeHandshake({ kind: 'news', ...news })]);
  }

  #report(reason: RefusalReason, detail: string): void {
    const refusal = `${reason} ${detail}`;
    if (refusal === this.#lastRefusal) return;
    this.#lastRefusal = refusal;
    this.#handlers.onRefused(reason, detail);
  }

  #onClose(session: Session, reason: CloseReason): void {
    const state = this.#state;
    if (state.kind === 'closed' || state.kind === 'waiting' || state.session !== session) return;
    const wasOpen = state.kind === 'open';
    if (state.kind === 'greeting') state.timer.cancel();
    const jitter = 0.5 + this.#runtime.random.next() / 2;
    const timer = this.#runtime.clock.after(this.#retryDelay * jitter, () => this.dial());
    this.#state = { kind: 'waiting', timer };
    this.#retryDelay = Math.min(RETRY_MAX, this.#retryDelay * 2);
    this.#writer.reset();
    if (wasOpen) this.#handlers.onClose(reason);
  }
}

function tryDecode(bytes: Uint8Array): HandshakeFrame | undefined {
  try {
    return decodeHandshake(bytes);
  } catch {
    return undefined;
  }
}
