// Incidents, read where they live: in the store's own keyspace; without a quorum from the agent; without an agent from its
// journal. The reader is told which it was, because only the store has those of all agents.
import { utf8Decode } from '@reknit/base';
import { type Client, createClient } from '@reknit/client';
import { readLastKnown } from '@reknit/host/agent';
import { decodeIncident, INCIDENT_PREFIX, type Incident } from '@reknit/recovery';
import { CliError } from '../cli-error.js';
import { EXIT } from '../exit-codes.js';
import { recordsOf } from './agent-files.js';
import { findAgent } from './agent-keeper.js';
import type { FoundCluster } from './find-cluster.js';
import { readLayout } from './layout.js';

export type Source = 'store' | 'agent' | 'journal';

export interface KnownIncidents {
  readonly source: Source;
  /** Oldest first. */
  readonly incidents: readonly Incident[];
}

/** A quorum read of a healthy cluster takes a millisecond; an election may be under way. */
const READ_TIMEOUT_MS = 2000;

export async function readIncidents(cluster: FoundCluster): Promise<KnownIncidents> {
  const incidents = (await fromStore(cluster)) ?? (await fromAgent(cluster)) ?? fromJournal(cluster);
  if (incidents !== undefined) return incidents;
  throw new CliError(
    `no member with a quorum answers at ${cluster.endpoints.join(', ')}, and no agent is known here`,
    'start the cluster with  reknit up , or name another with --endpoints',
    EXIT.unreachable,
  );
}

async function fromStore(cluster: FoundCluster): Promise<KnownIncidents | undefined> {
  const { prefix, ...where } = recordsIn(cluster);
  // Where only components run, the agent's journal is all there is.
  if (where.endpoints.length === 0) return undefined;
  const client = createClient({ ...where, timeoutMs: READ_TIMEOUT_MS });
  try {
    return { source: 'store', incidents: byOnset(await listIncidents(client, prefix)) };
  } catch {
    return undefined;
  } finally {
    client.close();
  }
}

interface Records {
  readonly endpoints: readonly string[];
  readonly keyspace?: string;
  readonly prefix: string;
}

/** A cluster of this machine knows whether its engine writes into an etcd of its own choice. */
function recordsIn({ endpoints, dataDir }: FoundCluster): Records {
  const layout = dataDir === undefined ? undefined : readLayout(dataDir);
  return layout?.store === undefined ? { endpoints, keyspace: '_system', prefix: '' } : recordsOf(layout.store, layout.token);
}

async function listIncidents(client: Client, prefix: string): Promise<readonly Incident[]> {
  const { kvs } = await client.kv.range({ key: prefix + INCIDENT_PREFIX, prefix: true });
  // Undefined: written by a later version.
  return kvs.map(({ value }) => decodeIncident(utf8Decode(value))).filter((incident) => incident !== undefined);
}

async function fromAgent({ dataDir }: FoundCluster): Promise<KnownIncidents | undefined> {
  const connection = dataDir === undefined ? undefined : await findAgent(dataDir);
  if (connection === undefined) return undefined;
  const incidents = await connection.incidents();
  connection.close();
  return { source: 'agent', incidents: byOnset(incidents) };
}

function fromJournal({ dataDir }: FoundCluster): KnownIncidents | undefined {
  const known = dataDir === undefined ? undefined : readLastKnown(dataDir);
  return known === undefined ? undefined : { source: 'journal', incidents: byOnset(known.incidents) };
}

const byOnset = (incidents: readonly Incident[]): readonly Incident[] =>
  incidents.toSorted((left, right) => left.moments.onset - right.moments.onset);

/** For people, where it was not the store, though there is one. */
export function sourceNote(source: Source, { endpoints }: FoundCluster): string | undefined {
  switch (source) {
    case 'store':
      return undefined;
    case 'agent':
      return endpoints.length === 0 ? undefined : 'No quorum answers: this is what the agent of this machine knows.';
    case 'journal':
      return 'No quorum and no agent answers: this is what the last agent wrote down.';
  }
}
