// Writes frames into the output of a turn.
import { PREFIX_BYTES } from '../message-reader.js';
import { Output } from './output.js';
import { Flag, FrameType } from './protocol.js';

export class FrameWriter {
  readonly #output: Output = new Output();

  get empty(): boolean {
    return this.#output.empty;
  }

  take(): readonly Uint8Array[] {
    return this.#output.take();
  }

  headers(stream: number, block: Uint8Array, flags: number): void {
    this.#output.frame(FrameType.headers, flags | Flag.endHeaders, stream, block.length);
    this.#output.bytes(block);
  }

  /** A whole gRPC message in one frame. */
  message(stream: number, message: Uint8Array): void {
    this.#output.frame(FrameType.data, 0, stream, PREFIX_BYTES + message.length);
    this.#output.u8(0);
    this.#output.u32(message.length);
    this.#output.bytes(message);
  }

  data(stream: number, bytes: Uint8Array): void {
    this.#output.frame(FrameType.data, 0, stream, bytes.length);
    this.#output.bytes(bytes);
  }

  emptyEnd(stream: number): void {
    this.#output.frame(FrameType.data, Flag.endStream, stream, 0);
  }

  reset(stream: number, code: number): void {
    this.#output.frame(FrameType.rstStream, 0, stream, 4);
    this.#output.u32(code);
  }

  /** @param stream 0 for the connection's */
  windowUpdate(stream: number, bytes: number): void {
    this.#output.frame(FrameType.windowUpdate, 0, stream, 4);
    this.#output.u32(bytes);
  }

  settings(entries: readonly (readonly [setting: number, value: number])[]): void {
    this.#output.frame(FrameType.settings, 0, 0, entries.length * 6);
    for (const [setting, value] of entries) {
      this.#output.u8(0);
      this.#output.u8(setting);
      this.#output.u32(value);
    }
  }

  settingsAcknowledged(): void {
    this.#output.frame(FrameType.settings, Flag.ack, 0, 0);
  }

  pingAcknowledged(payload: Uint8Array): void {
    this.#output.frame(FrameType.ping, Flag.ack, 0, payload.length);
    this.#output.bytes(payload);
  }

  /** @param message plain ASCII */
  goaway(lastStream: number, code: number, message: string): void {
    this.#output.frame(FrameType.goaway, 0, 0, 8 + message.length);
    this.#output.u32(lastStream);
    this.#output.u32(code);
    for (let at = 0; at < message.length; at++) this.#output.u8(message.charCodeAt(at));
  }
}
