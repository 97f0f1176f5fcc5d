// Authentication of what agents tell each other, by the cluster's secret. Each session has a key of its own, made of a fresh
// nonce of either end; each frame carries a code over its direction, its number in the session and its bytes. So a frame that was
// recorded, altered, reordered or reflected is no frame at all.
import { createHmac, timingSafeEqual } from 'node:crypto';

/** Cannot be met twice. */
export const NONCE_BYTES = 16;
const CODE_BYTES = 32;

export type End = 'dialler' | 'listener';

export interface Nonces {
  readonly dialler: Uint8Array;
  readonly listener: Uint8Array;
}

const sessionKey = (secret: Uint8Array, { dialler, listener }: Nonces): Buffer =>
  createHmac('sha256', secret).update('reknit gossip|').update(dialler).update(listener).digest();

export class Sealer {
  readonly #key: Uint8Array;
  readonly #from: End;
  #number = 0;

  constructor(secret: Uint8Array, nonces: Nonces, from: End) {
    this.#key = sessionKey(secret, nonces);
    this.#from = from;
  }

  /** The code and the payload, as the chunks of one frame. */
  seal(payload: Uint8Array): readonly Uint8Array[] {
    return [code(this.#key, this.#from, this.#number++, payload), payload];
  }

  /** The payload, if `from` has sealed this frame and nothing was left out before it; once undefined, nothing more is believed. */
  open(frame: Uint8Array): Uint8Array | undefined {
    if (frame.length < CODE_BYTES) return undefined;
    const payload = frame.subarray(CODE_BYTES);
    const expected = code(this.#key, this.#from, this.#number, payload);
    if (!timingSafeEqual(expected, frame.subarray(0, CODE_BYTES))) return undefined;
    this.#number++;
    return payload;
  }
}

const code = (key: Uint8Array, from: End, number: number, payload: Uint8Array): Buffer =>
  createHmac('sha256', key).update(`${from}|${number}|`).update(payload).digest();
