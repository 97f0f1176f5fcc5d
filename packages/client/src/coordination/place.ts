// A place in the queue of all who want one name, as etcd's own lock and election services make it, so that both can be
// mixed: a key `name/lease`, and the turn is the one whose create revision is the lowest. That revision is the fencing token:
// later holders have higher ones, and a transaction that compares it is refused once the key is gone.
import { assert, utf8Encode } from '@reknit/base';
import { createTxnRequest, decodeTxnResponse, encodeTxnRequest, type KeyValue, SortOrder, SortTarget } from '@reknit/etcd-api';
import type { Caller, Operation } from '../caller.js';
import { compare } from '../compare.js';
import { abortedError, Code, CompactedError, EtcdError, LeaseLostError } from '../errors.js';
import { type Bytes, type CompareInput, toTxn } from '../inputs.js';
import type { KvClient } from '../kv.js';
import { KeptLease, type Lease } from '../lease/kept-lease.js';
import { BufferedWatch } from '../watch/watch.js';

/** What the coordination helpers stand on. */
export interface Ground {
  readonly caller: Caller;
  readonly kv: KvClient;
}

export interface PlaceOptions {
  /** In seconds: how long others wait after this client has died. Default 10. */
  readonly ttl?: number;
  /** Gives up waiting; what is held already stays held. */
  readonly signal?: AbortSignal | undefined;
}

/** Held as long as its lease is. */
export interface Place {
  readonly key: Uint8Array;
  /** The create revision of `key`: higher than that of whoever held the name before. */
  readonly token: number;
  /** A condition for transactions: true as long as this place is held. */
  readonly fence: CompareInput;
  readonly lease: Lease;
}

/** A repeated one finds the key that the first has made: nobody else has this lease. */
const ENQUEUE: Operation = { path: '/etcdserverpb.KV/Txn', effect: 'idempotent-write' };
/** Between attempts while no member answers; the lease bounds how many there are. */
const PAUSE_MS = 100;

export const prefixOf = (name: string): string => `${name}/`;

/** Resolves when it is this client's turn. Otherwise rejects, and leaves the queue. */
export async function takeTurn(ground: Ground, name: string, value: Bytes, options: PlaceOptions): Promise<Place> {
  const { ttl = 10, signal } = options;
  const lease = await KeptLease.grant(ground.caller, { ttl, signal });
  try {
    const place = await enqueue(ground, name, value, lease, signal);
    const until = signal === undefined ? lease.signal : AbortSignal.any([signal, lease.signal]);
    await whileAlive(ground, until, () => waitForTurn(ground, prefixOf(name), place, until));
    return place;
  } catch (error) {
    const cause: unknown = lease.signal.aborted ? lease.signal.reason : error;
    // Not waited for: where no member answers, the lease ends the place.
    lease.revoke().catch(() => undefined);
    throw cause;
  }
}

async function enqueue(ground: Ground, name: string, value: Bytes, lease: Lease, signal?: AbortSignal): Promise<Place> {
  const key = utf8Encode(`${prefixOf(name)}${lease.id.toString(16)}`);
  const txn = toTxn({
    compare: [compare.absent(key)],
    success: [{ put: { key, value, lease: lease.id } }],
    failure: [{ range: { key } }],
  });
  const message = encodeTxnRequest(createTxnRequest(txn));
  const answer = decodeTxnResponse(await ground.caller.call(ENQUEUE, message, { signal, timeoutMs: lease.remainingMs }));
  const token = answer.succeeded
    ? (answer.header?.revision ?? 0)
    : (answer.responses[0]?.responseRange?.kvs[0]?.createRevision ?? 0);
  assert(token > 0, 'a key that stands has a create revision');
  return { key, token, fence: compare.createRevision(key, '=', token), lease };
}

async function waitForTurn(ground: Ground, prefix: string, place: Place, signal: AbortSignal): Promise<void> {
  for (;;) {
    const { header, kvs } = await ground.kv.range(
      {
        key: prefix,
        prefix: true,
        maxCreateRevision: place.token - 1,
        sortTarget: SortTarget.CREATE,
        sortOrder: SortOrder.DESCEND,
        limit: 1,
        keysOnly: true,
      },
      { signal },
    );
    const before = kvs[0];
    if (before === undefined) break;
    await deletionOf(ground.caller, before, (header?.revision ?? 0) + 1, signal);
  }
  const [own] = (await ground.kv.range({ key: place.key, keysOnly: true }, { signal })).kvs;
  if (own?.createRevision !== place.token) throw new LeaseLostError(place.lease.id, 'its key is gone');
}

/** Or its compaction: the caller looks again. */
async function deletionOf(caller: Caller, { key }: KeyValue, startRevision: number, signal: AbortSignal): Promise<void> {
  await using watch = new BufferedWatch(caller, { key, startRevision, ignore: 'puts' }, { signal });
  try {
    await watch.next();
  } catch (error) {
    if (!(error instanceof CompactedError)) throw error;
  }
}

/** Repeats what only reads, through times in which no member answers. */
export async function whileAlive<T>({ caller }: Ground, signal: AbortSignal | undefined, attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isPassing(error)) throw error;
      if (signal?.aborted) throw abortedError('refused');
      await new Promise<void>((resolve) => caller.after(PAUSE_MS, resolve));
    }
  }
}

const isPassing = (error: unknown): boolean =>
  error instanceof EtcdError &&
  (error.reason === 'unreachable' ||
    error.reason === 'timeout' ||
    (error.reason === 'status' && error.code === Code.unavailable));
