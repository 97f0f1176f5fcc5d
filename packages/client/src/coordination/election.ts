// Leader election for a name, as etcd's election service does it. Leadership lasts as long as its lease; what the leader writes
// should carry its fence, so that a deposed one that does not know it yet is refused.
import type { KeyValue } from '@reknit/etcd-api';
import { SortOrder, SortTarget } from '@reknit/etcd-api';
import type { CallOptions } from '../caller.js';
import { abortedError, CompactedError, LeaseLostError } from '../errors.js';
import type { Bytes, CompareInput } from '../inputs.js';
import type { ReadOptions } from '../kv.js';
import type { Lease } from '../lease/kept-lease.js';
import { BufferedWatch, type WatchOptions } from '../watch/watch.js';
import { Candidates } from './candidates.js';
import { type Ground, type Place, type PlaceOptions, prefixOf, takeTurn, whileAlive } from './place.js';

export interface Leader {
  readonly key: Uint8Array;
  /** What it proclaims. */
  readonly value: Uint8Array;
  /** The create revision of its key: rises from leader to leader. */
  readonly token: number;
}

export interface Leadership extends AsyncDisposable {
  readonly key: Uint8Array;
  /** The fencing token: higher than that of every leader before. */
  readonly token: number;
  /** For the `compare` of transactions: they are refused once this leadership is over. */
  readonly fence: CompareInput;
  /** Aborted when the leadership is lost, before anybody else can lead, and when it is resigned. */
  readonly signal: AbortSignal;
  readonly lease: Lease;
  /** Tells another value. Rejects with LeaseLostError when the leadership is over. */
  proclaim(value: Bytes, options?: CallOptions): Promise<void>;
  resign(options?: CallOptions): Promise<void>;
}

export interface Election {
  readonly name: string;
  /**
   * Resolves when this client leads.
   *
   * @example
   * ```ts
   * import { startCluster } from 'reknit';
   *
   * await using cluster = await startCluster({ nodes: 1 });
   * const election = cluster.client().election('scheduler');
   * await using leadership = await election.campaign('node 1', { ttl: 5 });
   * await leadership.proclaim('node 1, busy');
   * ```
   */
  campaign(value: Bytes, options?: PlaceOptions): Promise<Leadership>;
  /**
   * Undefined while nobody leads.
   *
   * @example
   * ```ts
   * import { startCluster } from 'reknit';
   *
   * await using cluster = await startCluster({ nodes: 1 });
   * const leader = await cluster.client().election('scheduler').leader();
   * console.log(leader === undefined ? 'nobody' : leader.token);
   * ```
   */
  leader(options?: ReadOptions): Promise<Leader | undefined>;
  /**
   * The present leader, then each new one and each new value; undefined while nobody leads. Passes over what was overtaken.
   *
   * @example
   * ```ts
   * import { startCluster } from 'reknit';
   *
   * await using cluster = await startCluster({ nodes: 1 });
   * const election = cluster.client().election('scheduler');
   * for await (const leader of election.observe()) {
   *   console.log(leader === undefined ? 'nobody' : leader.token);
   *   break;
   * }
   * ```
   */
  observe(options?: WatchOptions): AsyncIterableIterator<Leader | undefined, void>;
}

export function electionOf(ground: Ground, name: string): Election {
  return {
    name,
    campaign: async (value, options = {}) => leadershipOf(ground, await takeTurn(ground, name, value, options)),
    leader: async (options = {}) => {
      const order = { sortTarget: SortTarget.CREATE, sortOrder: SortOrder.ASCEND, limit: 1 };
      const [first] = (await ground.kv.range({ key: prefixOf(name), prefix: true, ...order }, options)).kvs;
      return first === undefined ? undefined : leaderOf(first);
    },
    observe: (options = {}) => observe(ground, prefixOf(name), options),
  };
}

function leadershipOf(ground: Ground, { key, token, fence, lease }: Place): Leadership {
  return {
    key,
    token,
    fence,
    lease,
    signal: lease.signal,
    proclaim: async (value, options) => {
      const success = [{ put: { key, value, lease: lease.id } }];
      const { succeeded } = await ground.kv.txn({ compare: [fence], success }, options);
      if (!succeeded) throw new LeaseLostError(lease.id, 'its key is gone');
    },
    resign: (options) => lease.revoke(options),
    [Symbol.asyncDispose]: () => lease[Symbol.asyncDispose](),
  };
}

const leaderOf = ({ key, value, createRevision }: KeyValue): Leader => ({ key, value, token: createRevision });

async function* observe(ground: Ground, prefix: string, { signal }: WatchOptions): AsyncGenerator<Leader | undefined, void> {
  let told: KeyValue | 'nothing' | undefined = 'nothing';
  for (;;) {
    if (signal?.aborted) throw abortedError('refused');
    const { header, kvs } = await whileAlive(ground, signal, () => ground.kv.range({ key: prefix, prefix: true }, { signal }));
    const candidates = new Candidates(kvs);
    await using watch = new BufferedWatch(
      ground.caller,
      { key: prefix, prefix: true, startRevision: (header?.revision ?? 0) + 1 },
      { signal },
    );
    try {
      do {
        const first = candidates.first;
        if (told === 'nothing' || first?.modRevision !== told?.modRevision) {
          told = first;
          yield first === undefined ? undefined : leaderOf(first);
        }
      } while (candidates.apply(await watch.next()));
      return;
    } catch (error) {
      if (!(error instanceof CompactedError)) throw error;
    }
  }
}
