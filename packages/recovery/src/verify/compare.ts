// Whether all replicas hold the same: each is asked for the hash of its state at one revision, in both keyspaces. A member
// that is behind is given a while to get there; one that does not answer is named, never left out.
//
// Surprising: hashes of the same revision differ honestly when one member has compacted and another has not yet. So the
// compaction is part of the question, and it is asked again until all have the same.
import { assert, type Millis } from '@reknit/base';
import type { Clock } from '@reknit/runtime';
import { sleep } from '../sleep.js';
import type { Keyspace, StateHash, StoreClient } from '../store-client.js';

export interface ReplicaHash {
  readonly endpoint: string;
  /** Undefined: it did not answer. */
  readonly hash: number | undefined;
  /** Why there is none. */
  readonly reason?: string;
}

export interface ReplicaComparison {
  readonly keyspace: Keyspace;
  /** Undefined when nobody answers. */
  readonly revision: number | undefined;
  readonly replicas: readonly ReplicaHash[];
  readonly verdict: 'equal' | 'different' | 'incomplete';
}

export interface ComparisonRequest {
  readonly store: Pick<StoreClient, 'status' | 'hashKV'>;
  readonly clock: Clock;
  /** Of every replica; at least one. */
  readonly endpoints: readonly string[];
  readonly timeoutMs: Millis;
}

/** A compaction reaches all members within moments. */
const TRIES = 5;
const PAUSE_MS: Millis = 500;
/** A hash reads the whole keyspace, a status a few bytes. */
const HASH_TIMEOUT_FACTOR = 20;

export async function compareReplicas(request: ComparisonRequest): Promise<readonly ReplicaComparison[]> {
  assert(request.endpoints.length > 0, 'a comparison needs something to compare');
  const comparisons: ReplicaComparison[] = [];
  for (const keyspace of ['_system', 'default'] as const) comparisons.push(await compareUntilSettled(request, keyspace));
  return comparisons;
}

async function compareUntilSettled(request: ComparisonRequest, keyspace: Keyspace): Promise<ReplicaComparison> {
  for (let tries = 1; ; tries++) {
    const { comparison, settled } = await compareOnce(request, keyspace);
    if (settled || tries >= TRIES) return comparison;
    await sleep(request.clock, PAUSE_MS);
  }
}

type Asked = { readonly hash: StateHash } | { readonly reason: string };

async function compareOnce(
  { store, endpoints, timeoutMs }: ComparisonRequest,
  keyspace: Keyspace,
): Promise<{ comparison: ReplicaComparison; settled: boolean }> {
  const statuses = await Promise.all(
    endpoints.map((endpoint) => store.status(keyspace, endpoint, { timeoutMs }).catch(() => undefined)),
  );
  const revisions = statuses.flatMap((status) => (status === undefined ? [] : [status.revision]));
  const revision = revisions.length === 0 ? undefined : Math.min(...revisions);
  const asked = await Promise.all(
    endpoints.map(async (endpoint, at): Promise<Asked> => {
      if (statuses[at] === undefined || revision === undefined) return { reason: 'it does not answer' };
      const options = { timeoutMs: timeoutMs * HASH_TIMEOUT_FACTOR };
      return store.hashKV(keyspace, endpoint, revision, options).then((hash) => ({ hash }), reasonOf);
    }),
  );
  const hashes = asked.flatMap((each) => ('hash' in each ? [each.hash] : []));
  const replicas = asked.map((each, at): ReplicaHash => {
    const endpoint = endpoints[at] ?? '';
    return 'hash' in each ? { endpoint, hash: each.hash.hash } : { endpoint, hash: undefined, reason: each.reason };
  });
  const isOneState = new Set(hashes.map(({ compactRevision }) => compactRevision)).size <= 1;
  const differs = isOneState && new Set(hashes.map(({ hash }) => hash)).size > 1;
  const isWhole = isOneState && hashes.length === endpoints.length;
  const verdict = differs ? 'different' : isWhole ? 'equal' : 'incomplete';
  return { comparison: { keyspace, revision, replicas, verdict }, settled: verdict !== 'incomplete' || hashes.length === 0 };
}

const reasonOf = (error: unknown): Asked => ({ reason: error instanceof Error ? error.message : String(error) });
