// Mutual exclusion for a name, by a lease. The lease says when to stop; the fencing token makes sure: whoever was paused for
// longer than its lease lasted does not know that it lost the lock, but what it writes under its fence is refused.
import { EMPTY_BYTES } from '@reknit/base';
import type { CallOptions } from '../caller.js';
import type { CompareInput } from '../inputs.js';
import type { Lease } from '../lease/kept-lease.js';
import { type Ground, type PlaceOptions, takeTurn } from './place.js';

export interface Lock extends AsyncDisposable {
  readonly name: string;
  /** The key that stands for this holder. */
  readonly key: Uint8Array;
  /** The fencing token: higher than that of every holder before. For resources outside of the store, which keep the highest seen. */
  readonly token: number;
  /** For the `compare` of transactions: they are refused once the lock is not held any more. */
  readonly fence: CompareInput;
  /** Aborted when the lock is lost, before anybody else can get it, and when it is released. */
  readonly signal: AbortSignal;
  readonly lease: Lease;
  /** Rejects when the server could not be told: the lock is then free when its lease has expired. */
  release(options?: CallOptions): Promise<void>;
}

export async function acquireLock(ground: Ground, name: string, options: PlaceOptions): Promise<Lock> {
  const { key, token, fence, lease } = await takeTurn(ground, name, EMPTY_BYTES, options);
  return {
    name,
    key,
    token,
    fence,
    lease,
    signal: lease.signal,
    release: (callOptions) => lease.revoke(callOptions),
    [Symbol.asyncDispose]: () => lease[Symbol.asyncDispose](),
  };
}
