// One end of a simulated session. The kernel's view (frames on their way, the other end) and the process's (handlers)
// meet here: what arrives is dispatched to the process as its own events, so that a stopped process takes connections
// and frames only when it goes on.
import { assert, concatBytes, type Millis } from '@reknit/base';
import { type CloseReason, MAX_FRAME_BYTES, type Session, type SessionHandlers } from '../network.js';
import type { Link } from './links.js';
import type { SimulatedProcess } from './process.js';

/** What the end of a session asks of the network. */
export interface Carrier {
  transmit(from: Endpoint, frame: Uint8Array): void;
  announceClose(from: Endpoint): void;
  unsentBytes(from: Endpoint): number;
  /** It is closed and holds nothing any more. */
  forget(endpoint: Endpoint): void;
}

export type EndpointState = 'connecting' | 'open' | 'closed';

export class Endpoint implements Session {
  readonly remoteAddress: string;
  readonly process: SimulatedProcess;
  readonly carrier: Carrier;
  handlers: SessionHandlers | undefined;
  state: EndpointState;
  /** Set together, when the two ends find each other. */
  peer: Endpoint | undefined;
  link: Link | undefined;
  /** In-order frames arrive no earlier than this. */
  arrivalFloor: Millis = 0;
  /** When the last byte that was sent has left. */
  busyUntil: Millis = 0;
  /** The other end was told, or will be, that this one is closed. */
  announced: boolean = false;
  /** A cut took a frame, and the time runs after which the connection counts as broken. */
  breaking: boolean = false;
  #early: Uint8Array[] = [];
  #earlyBytes: number = 0;

  constructor(process: SimulatedProcess, carrier: Carrier, remoteAddress: string, state: 'connecting' | 'open') {
    this.process = process;
    this.carrier = carrier;
    this.remoteAddress = remoteAddress;
    this.state = state;
  }

  get bufferedBytes(): number {
    return this.#earlyBytes + this.carrier.unsentBytes(this);
  }

  send(chunks: readonly Uint8Array[]): void {
    if (this.state === 'closed' || !this.process.alive) return;
    const frame = concatBytes(chunks);
    assert(frame.length <= MAX_FRAME_BYTES, 'a frame is not larger than MAX_FRAME_BYTES', () => frame.length);
    if (this.state === 'open') {
      this.carrier.transmit(this, frame);
      return;
    }
    this.#early.push(frame);
    this.#earlyBytes += frame.length;
  }

  /** Nothing waits for the end of a turn here. */
  flush(): void {}

  close(): void {
    if (this.state === 'closed' || !this.process.alive) return;
    this.process.after(0, 'close', () => this.handlers?.onClose('closed-here'));
    this.shut();
    this.carrier.announceClose(this);
  }

  /** The connection stands: what was sent meanwhile leaves. */
  open(): void {
    if (this.state !== 'connecting') return;
    this.state = 'open';
    this.handlers?.onOpen?.();
    for (const frame of this.#early) this.carrier.transmit(this, frame);
    this.#early = [];
    this.#earlyBytes = 0;
  }

  /** From an event of the process only. */
  closeFromAfar(reason: CloseReason): void {
    if (this.state === 'closed') return;
    this.shut();
    this.handlers?.onClose(reason);
  }

  shut(): void {
    this.state = 'closed';
    this.carrier.forget(this);
    this.#early = [];
    this.#earlyBytes = 0;
  }
}
