// Whether a run counts. A generator that counts replies counts refusals too, and a server that says yes may store nothing:
// so the store's revision must have grown by exactly the number of requests, and keys read back must hold their values.
import type { Cluster } from '../cluster/cluster.js';
import { keyAt, valueAt } from '../load/requests.js';

const SAMPLED_KEYS = 200;

export interface Evidence {
  readonly requests: number;
  readonly refused: number;
  /** How far the revision should have moved, and how far it did. */
  readonly expectedGrowth: number;
  readonly growth: number;
  readonly termsPassed: number;
  readonly sampledKeys: number;
  readonly wrongKeys: number;
}

export function faultOf(evidence: Evidence): string | undefined {
  const { requests, refused, expectedGrowth, growth, termsPassed, sampledKeys, wrongKeys } = evidence;
  if (refused > 0) return `${refused} of ${requests} requests were refused`;
  if (growth !== expectedGrowth) return `the revision grew by ${growth} instead of ${expectedGrowth}`;
  if (wrongKeys > 0) return `${wrongKeys} of ${sampledKeys} sampled keys hold a wrong value`;
  if (termsPassed > 0) return `the leader changed ${termsPassed} times`;
  return undefined;
}

/** Spread over the keys of a run, asked of all members in turn. */
export async function countWrongKeys(
  cluster: Cluster,
  firstKey: number,
  keys: number,
): Promise<{ sampled: number; wrong: number }> {
  const count = Math.min(SAMPLED_KEYS, keys);
  const indexes = Array.from({ length: count }, (_, at) => firstKey + Math.floor((at * keys) / count));
  const wrong = await Promise.all(
    cluster.members.map((member, turn) =>
      cluster.with(member, async (control) => {
        let found = 0;
        for (const index of indexes.filter((_, at) => at % cluster.members.length === turn)) {
          const value = await control.get(keyAt(index));
          if (value === undefined || Buffer.compare(value, valueAt(index)) !== 0) found++;
        }
        return found;
      }),
    ),
  );
  return { sampled: count, wrong: wrong.reduce((sum, found) => sum + found, 0) };
}
