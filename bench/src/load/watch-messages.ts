// Watch's messages, read and written by hand: a million events a second go through here.
import { bytesField } from '../cluster/protobuf.js';
import { indexAt } from './requests.js';

/** All keys of the load. */
export function watchCreateRequest(): Uint8Array {
  return bytesField(1, Buffer.concat([bytesField(1, Buffer.from('/bench/k')), bytesField(2, Buffer.from('/bench/l'))]));
}

const HEADER = 0x0a;
const WATCH_ID = 0x10;
const CREATED = 0x18;
const CANCELED = 0x20;
const EVENT = 0x5a;
const EVENT_KV = 0x12;
const KV_KEY = 0x0a;
const KV_MOD_REVISION = 0x18;

export interface WatchListener {
  readonly created: (watch: number) => void;
  readonly canceled: (watch: number) => void;
  /** @param index of the request that wrote the key */
  readonly event: (watch: number, index: number, revision: number) => void;
}

/** Reads one WatchResponse after the other. It keeps its place in fields, so that nothing is allocated for an event. */
export class WatchReader {
  readonly #listener: WatchListener;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;

  constructor(listener: WatchListener) {
    this.#listener = listener;
  }

  /** Fields come in the order of their numbers, as all writers of protobuf in use here have it: the id before the events. */
  read(message: Uint8Array): void {
    this.#bytes = message;
    this.#at = 0;
    let watch = 0;
    while (this.#at < message.length) {
      const tag = this.#varint();
      if (tag === WATCH_ID) watch = this.#varint();
      else if (tag === CREATED && this.#varint() === 1) this.#listener.created(watch);
      else if (tag === CANCELED && this.#varint() === 1) this.#listener.canceled(watch);
      else if (tag === EVENT) this.#event(watch);
      else if (tag !== CREATED && tag !== CANCELED) this.#skip(tag);
    }
  }

  #event(watch: number): void {
    const end = this.#end();
    while (this.#at < end) {
      const tag = this.#varint();
      if (tag === EVENT_KV) this.#pair(watch);
      else this.#skip(tag);
    }
  }

  #pair(watch: number): void {
    const end = this.#end();
    let index = -1;
    let revision = 0;
    while (this.#at < end) {
      const tag = this.#varint();
      if (tag === KV_MOD_REVISION) revision = this.#varint();
      else if (tag === KV_KEY) {
        const keyEnd = this.#end();
        index = indexAt(this.#bytes, this.#at);
        this.#at = keyEnd;
      } else this.#skip(tag);
    }
    this.#listener.event(watch, index, revision);
  }

  #end(): number {
    const length = this.#varint();
    return this.#at + length;
  }

  #skip(tag: number): void {
    if ((tag & 7) === (HEADER & 7)) this.#at = this.#end();
    else this.#varint();
  }

  /** Ids and revisions here are small; those of members in the header are skipped with it. */
  #varint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new Error('a WatchResponse ends in the middle of a field');
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
  }
}
