import type { Millis } from '@reknit/base';
import type { BodyBuffer } from '../format/body-buffer.js';
import { BatchPlace } from '../state/place.js';

/** A batch from its first record until it is on disk. */
export class PendingBatch {
  readonly body: BodyBuffer;
  /** When its first record was handed in, on the monotonic clock. */
  readonly openedAt: Millis;
  readonly place: BatchPlace = new BatchPlace();
  /** To be called in this order once it is on disk. */
  readonly durable: (() => void)[] = [];
  /** Where it goes; set when it is closed. */
  target: { readonly sequence: number; readonly segment: number; readonly offset: number } | undefined = undefined;
  /** Segments up to this one are of no use once it is on disk. */
  dropThrough: number = 0;

  constructor(body: BodyBuffer, openedAt: Millis) {
    this.body = body;
    this.openedAt = openedAt;
  }
}
