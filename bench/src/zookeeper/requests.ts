// The requests of the load in ZooKeeper's protocol: a put creates a node of its own, a read asks for one node's data.
import { KEY_BYTES, keyAt, type RequestKind, type RequestSource, valueAt, writeKey } from '../load/requests.js';
import { createRequest, getDataRequest } from './jute.js';

const KEY_AT = 8;
const VALUE_AT: number = KEY_AT + KEY_BYTES + 4;

export class ZooKeeperRequests implements RequestSource {
  readonly #kind: RequestKind;
  readonly #message: Uint8Array;

  constructor(kind: RequestKind) {
    this.#kind = kind;
    this.#message = kind === 'put' ? createRequest(keyAt(0), valueAt(0)) : getDataRequest(keyAt(0));
  }

  get length(): number {
    return this.#message.length;
  }

  at(index: number): Uint8Array {
    writeKey(this.#message, KEY_AT, index);
    if (this.#kind === 'put') writeKey(this.#message, VALUE_AT, index);
    return this.#message;
  }
}
