// All sessions of a member with its peers. A link to a peer is up while both directions are: each side sends on the session
// that it dialled. Either one ending is reported as the peer's loss at once, because the kernel closes the sockets of a
// process that dies; it is a hint, and what follows from it is the protocol's to decide.
import { assert, ByteReader, type ByteWriter } from '@reknit/base';
import type { NodeId } from '@reknit/consensus';
import type { CloseReason, Listener, Runtime, Session, SessionHandlers } from '@reknit/runtime';
import { readParts } from './frames.js';
import type { News, RefusalReason } from './handshake.js';
import { type AdmissionAnswer, type Applicant, IncomingLink } from './incoming-link.js';
import { OutgoingLink } from './outgoing-link.js';
import type { PeerDirectory } from './peer-directory.js';

export interface PeerHandlers {
  /** A sign of life: before the parts of the frame. */
  onFrame(from: NodeId): void;
  /** @param fresh false for a frame that was duplicated or overtaken on its session */
  onPart(from: NodeId, kind: number, reader: ByteReader, fresh: boolean): void;
  onUp(peer: NodeId): void;
  onLost(peer: NodeId): void;
  onRefused(peer: NodeId, reason: RefusalReason, detail: string): void;
  onApplicant(applicant: Applicant, answer: (answer: AdmissionAnswer) => void): void;
  onNews(news: News): void;
}

/** Of the number that every frame begins with. */
const SEQUENCE_BYTES = 4;

interface Peer {
  readonly address: string;
  readonly outgoing: OutgoingLink;
  incoming: IncomingLink | undefined;
  /** Of the incoming session. */
  lastFrame: number;
  up: boolean;
}

export class PeerLinks {
  readonly #runtime: Runtime;
  readonly #directory: PeerDirectory;
  readonly #handlers: PeerHandlers;
  readonly #peers = new Map<NodeId, Peer>();
  readonly #listeners: Listener[] = [];
  #dialling = false;

  constructor(runtime: Runtime, directory: PeerDirectory, handlers: PeerHandlers) {
    this.#runtime = runtime;
    this.#directory = directory;
    this.#handlers = handlers;
  }

  /** The peers from now on, by their addresses. Links to others end; to new ones they are made, as soon as `dialAll` was called. */
  connect(addresses: ReadonlyMap<NodeId, string>): void {
    for (const [id, { address }] of this.#peers) if (addresses.get(id) !== address) this.#drop(id);
    for (const [id, address] of addresses) if (!this.#peers.has(id)) this.#add(id, address);
  }

  listen(address: string, ready: (error: Error | undefined) => void): void {
    this.#listeners.push(this.#runtime.network.listen(address, (session) => this.#accept(session), ready));
  }

  dialAll(): void {
    this.#dialling = true;
    for (const peer of this.#peers.values()) peer.outgoing.dial();
  }

  isUp(peer: NodeId): boolean {
    return this.#peers.get(peer)?.up ?? false;
  }

  get upPeers(): Iterable<NodeId> {
    return [...this.#peers].filter(([, peer]) => peer.up).map(([id]) => id);
  }

  get upCount(): number {
    let count = 0;
    for (const peer of this.#peers.values()) if (peer.up) count++;
    return count;
  }

  /** Where to put parts for a peer in this turn; undefined when they would be lost anyway. */
  writer(peer: NodeId): ByteWriter | undefined {
    return this.#peers.get(peer)?.outgoing.writer();
  }

  /** Ends the turn: one frame to each peer that got parts. */
  flush(): void {
    for (const peer of this.#peers.values()) peer.outgoing.flush();
  }

  close(): void {
    for (const listener of this.#listeners) listener.close();
    for (const peer of this.#peers.values()) {
      peer.outgoing.close();
      peer.incoming?.close();
    }
  }

  #add(id: NodeId, address: string): void {
    const outgoing = new OutgoingLink(id, address, this.#runtime, this.#directory, {
      onOpen: () => this.#changed(id),
      onClose: () => this.#changed(id),
      onRefused: (reason, detail) => this.#handlers.onRefused(id, reason, detail),
    });
    this.#peers.set(id, { address, outgoing, incoming: undefined, lastFrame: 0, up: false });
    if (this.#dialling) outgoing.dial();
  }

  #drop(id: NodeId): void {
    const { outgoing, incoming, up } = this.#peer(id);
    this.#peers.delete(id);
    outgoing.close();
    incoming?.close();
    if (up) this.#handlers.onLost(id);
  }

  #accept(session: Session): SessionHandlers {
    return new IncomingLink(session, this.#runtime, this.#directory, {
      onApplicant: (applicant, answer) => this.#handlers.onApplicant(applicant, answer),
      onNews: (news) => this.#handlers.onNews(news),
      onOpen: (link, id) => {
        const peer = this.#peer(id);
        const replaced = peer.incoming;
        peer.incoming = link;
        peer.lastFrame = 0;
        replaced?.close();
        peer.outgoing.hasten();
        this.#changed(id);
      },
      onFrame: (link, id, frame) => {
        if (this.#peers.get(id)?.incoming === link) this.#onFrame(id, frame);
      },
      onClose: (link, id, reason) => {
        if (this.#peers.get(id)?.incoming === link) this.#onIncomingClosed(id, reason);
      },
    });
  }

  #onFrame(id: NodeId, frame: Uint8Array): void {
    const peer = this.#peer(id);
    const sequence = new ByteReader(frame).u32();
    const fresh = sequence > peer.lastFrame;
    if (fresh) peer.lastFrame = sequence;
    this.#handlers.onFrame(id);
    readParts(frame, SEQUENCE_BYTES, (kind, reader) => this.#handlers.onPart(id, kind, reader, fresh));
  }

  #onIncomingClosed(id: NodeId, reason: CloseReason): void {
    const peer = this.#peer(id);
    peer.incoming = undefined;
    this.#runtime.log.log('debug', 'a peer session ended', { peer: id, reason });
    this.#changed(id);
  }

  #changed(id: NodeId): void {
    const peer = this.#peer(id);
    const up = peer.outgoing.open && peer.incoming !== undefined;
    if (up === peer.up) return;
    peer.up = up;
    if (up) this.#handlers.onUp(id);
    else this.#handlers.onLost(id);
  }

  #peer(id: NodeId): Peer {
    const peer = this.#peers.get(id);
    assert(peer !== undefined, 'sessions are only opened with known peers', () => id);
    return peer;
  }
}
