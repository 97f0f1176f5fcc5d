// One accepted session: greeted first, then a stream of frames from one peer. What arrives before the greeting is over
// and is not part of it ends the session.
import { MalformedBytesError, type Millis } from '@reknit/base';
import type { NodeId } from '@reknit/consensus';
import type { CloseReason, Runtime, Session, SessionHandlers, Timer } from '@reknit/runtime';
import { PEER_PROTOCOL_VERSION } from './frames.js';
import {
  decodeHandshake,
  encodeHandshake,
  type HandshakeFrame,
  type Introduction,
  type News,
  NO_CLUSTER,
  NONCE_BYTES,
  proofHolds,
  prove,
  type RefusalReason,
} from './handshake.js';
import { judge, type PeerDirectory } from './peer-directory.js';

/** A new member, which has proved that it knows the secret. */
export interface Applicant {
  readonly name: string;
  readonly peerUrls: readonly string[];
  readonly incarnation: string;
}

export type AdmissionAnswer = Extract<HandshakeFrame, { readonly kind: 'admitted' | 'refused' }>;

export interface IncomingHandlers {
  onApplicant(applicant: Applicant, answer: (answer: AdmissionAnswer) => void): void;
  /** From who is not known here, and has proved that it knows the secret. */
  onNews(news: News): void;
  onOpen(link: IncomingLink, peer: NodeId): void;
  onFrame(link: IncomingLink, peer: NodeId, frame: Uint8Array): void;
  /** Only after `onOpen`. */
  onClose(link: IncomingLink, peer: NodeId, reason: CloseReason): void;
}

/** A stranger that connects and says nothing is ended after this. */
const GREETING_TIMEOUT: Millis = 5000;

type State =
  | { readonly kind: 'expecting-hello' }
  | { readonly kind: 'challenged'; readonly hello: Introduction; readonly challenge: Introduction }
  /** It knows the secret, and this member does not know it. */
  | { readonly kind: 'stranger' }
  | { readonly kind: 'open'; readonly peer: NodeId };

export class IncomingLink implements SessionHandlers {
  readonly #session: Session;
  readonly #runtime: Runtime;
  readonly #directory: PeerDirectory;
  readonly #handlers: IncomingHandlers;
  readonly #greetingTimer: Timer;
  #state: State = { kind: 'expecting-hello' };

  constructor(session: Session, runtime: Runtime, directory: PeerDirectory, handlers: IncomingHandlers) {
    this.#session = session;
    this.#runtime = runtime;
    this.#directory = directory;
    this.#handlers = handlers;
    this.#greetingTimer = runtime.clock.after(GREETING_TIMEOUT, () => session.close());
  }

  onFrame(bytes: Uint8Array): void {
    try {
      if (this.#state.kind === 'open') this.#handlers.onFrame(this, this.#state.peer, bytes);
      else this.#greet(decodeHandshake(bytes));
    } catch (error) {
      if (!(error instanceof MalformedBytesError)) throw error;
      this.#runtime.log.log('warn', 'a peer session sent malformed bytes and is closed', {
        from: this.#session.remoteAddress,
        cause: error.message,
      });
      this.#session.close();
    }
  }

  onClose(reason: CloseReason): void {
    this.#greetingTimer.cancel();
    if (this.#state.kind === 'open') this.#handlers.onClose(this, this.#state.peer, reason);
  }

  close(): void {
    this.#session.close();
  }

  #greet(frame: HandshakeFrame | undefined): void {
    const state = this.#state;
    if (frame?.kind === 'hello' && state.kind === 'expecting-hello') return this.#onHello(frame.version, frame.introduction);
    if (frame?.kind === 'proof' && state.kind === 'challenged') return this.#onProof(state.hello, state.challenge, frame.proof);
    if (frame?.kind === 'news' && state.kind === 'stranger') this.#handlers.onNews(frame);
    this.#session.close();
  }

  #onHello(version: number, hello: Introduction): void {
    if (version !== PEER_PROTOCOL_VERSION) {
      return this.#refuse('version', `this member speaks peer protocol ${PEER_PROTOCOL_VERSION}, not ${version}`);
    }
    const verdict = hello.clusterId === NO_CLUSTER ? undefined : judge(this.#directory, hello);
    if (verdict !== undefined) return this.#refuse(verdict.reason, verdict.detail);
    const { clusterId, self, incarnation, bootId, secret } = this.#directory;
    const nonce = this.#runtime.random.bytes(NONCE_BYTES);
    const challenge: Introduction = { clusterId, from: self, to: hello.from, incarnation, bootId, nonce };
    this.#state = { kind: 'challenged', hello, challenge };
    this.#send({ kind: 'challenge', introduction: challenge, proof: prove(secret, 'acceptor', hello, challenge) });
  }

  #onProof(hello: Introduction, challenge: Introduction, proof: Uint8Array): void {
    if (!proofHolds(proof, prove(this.#directory.secret, 'dialer', hello, challenge))) {
      return this.#refuse('secret', 'the proof of the cluster secret does not hold');
    }
    if (hello.clusterId === NO_CLUSTER) return this.#onApplicant(hello);
    const peer = hello.from as NodeId;
    if (!this.#directory.knows(peer)) {
      this.#state = { kind: 'stranger' };
      return this.#refuse('unknown-member', `no member ${peer} in this cluster`);
    }
    const objection = this.#directory.objection(peer, hello.incarnation);
    if (objection !== undefined) return this.#refuse(objection.reason, objection.detail);
    this.#state = { kind: 'open', peer };
    this.#greetingTimer.cancel();
    this.#send({ kind: 'welcome' });
    this.#handlers.onOpen(this, peer);
  }

  #onApplicant({ from: name, to, incarnation }: Introduction): void {
    this.#handlers.onApplicant({ name, peerUrls: to.split(','), incarnation }, (answer) => this.#send(answer));
  }

  #refuse(reason: RefusalReason, detail: string): void {
    this.#send({ kind: 'refused', reason, detail });
    this.#runtime.log.log('debug', 'refused a peer session', { from: this.#session.remoteAddress, reason, detail });
    // The dialer closes once it has read the reason; one that does not is ended by the greeting's time-out.
  }

  #send(frame: HandshakeFrame): void {
    this.#session.send([encodeHandshake(frame)]);
  }
}
