// What travels: frames, and the news that the other end is closed.
import { crc32c, type Millis } from '@reknit/base';
import type { CloseReason } from '../network.js';
import type { Endpoint } from './endpoint.js';
import type { Link } from './links.js';
import { ProcessEvent, type SimulatedProcess } from './process.js';
import type { TraceKind } from './trace.js';

export interface Receiver {
  frameArrives(event: FrameEvent): void;
  closeArrives(event: CloseEvent): void;
}

export class FrameEvent extends ProcessEvent {
  override readonly kind: TraceKind = 'frame';
  override readonly detail: number;
  readonly target: Endpoint;
  readonly link: Link;
  readonly frame: Uint8Array;
  readonly sentAt: Millis;
  readonly #receiver: Receiver;

  constructor(receiver: Receiver, link: Link, target: Endpoint, frame: Uint8Array, sentAt: Millis) {
    super();
    this.sentAt = sentAt;
    this.#receiver = receiver;
    this.link = link;
    this.target = target;
    this.frame = frame;
    this.detail = crc32c(frame);
  }

  override get process(): SimulatedProcess {
    return this.target.process;
  }

  override fire(): void {
    this.#receiver.frameArrives(this);
  }

  override run(): void {
    if (this.target.state === 'open') this.target.handlers?.onFrame(this.frame);
  }
}

export class CloseEvent extends ProcessEvent {
  override readonly kind: TraceKind = 'close';
  override readonly detail: number = 1;
  readonly target: Endpoint;
  readonly link: Link;
  readonly #receiver: Receiver;
  readonly #reason: CloseReason;
  attempts: number = 0;

  constructor(receiver: Receiver, link: Link, target: Endpoint, reason: CloseReason) {
    super();
    this.#receiver = receiver;
    this.link = link;
    this.target = target;
    this.#reason = reason;
  }

  override get process(): SimulatedProcess {
    return this.target.process;
  }

  override fire(): void {
    this.#receiver.closeArrives(this);
  }

  override run(): void {
    this.target.closeFromAfar(this.#reason);
  }
}
