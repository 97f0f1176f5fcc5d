// Each member as it sees itself: asked one by one with Status, which needs no quorum, and for its replica in the words of the
// protocol that it runs, which etcd's Status has no room for.
import type { Client } from '@reknit/client';
import { httpGet } from '@reknit/drivers';
import { reasonOf } from '../cli-error.js';

export interface MemberView {
  readonly endpoint: string;
  /** As the members name each other; the endpoint's own when none tells. */
  readonly name: string;
  /** 'no leader': it answers, but follows nobody. */
  readonly role: 'leader' | 'follower' | 'no leader' | 'unreachable';
  readonly id?: string;
  readonly leaderId?: string;
  readonly version?: string;
  readonly revision?: number;
  readonly raftTerm?: number;
  readonly raftIndex?: number;
  readonly raftAppliedIndex?: number;
  readonly dbSize?: number;
  /** Of the keyspace `default`; not told by what is no Reknit. */
  readonly replica?: ReplicaView;
  /** Why it is unreachable. */
  readonly reason?: string;
}

export interface ReplicaView {
  readonly protocol: string;
  /** Number of the configuration, from 1. */
  readonly configuration: number;
  /** What the protocol calls its leadership periods: term, ballot or epoch. */
  readonly roundName: string;
  readonly round: number;
  readonly role: string;
  readonly phase: string | null;
}

const STATUS_TIMEOUT_MS = 1500;

/** In the order of the endpoints. */
export async function readMembers(client: Client, endpoints: readonly string[]): Promise<readonly MemberView[]> {
  const views = await Promise.all(endpoints.map((endpoint) => viewOf(client, endpoint)));
  const answering = views.find(({ role }) => role !== 'unreachable');
  const names = answering === undefined ? new Map<string, string>() : await namesOf(client, answering.endpoint);
  return views.map((view) => ({ ...view, name: names.get(view.id ?? '') ?? names.get(view.endpoint) ?? view.name }));
}

async function viewOf(client: Client, endpoint: string): Promise<MemberView> {
  try {
    const [status, replica] = await Promise.all([
      client.maintenance.status(endpoint, { timeoutMs: STATUS_TIMEOUT_MS }),
      replicaOf(endpoint),
    ]);
    const id = (status.header?.memberId ?? 0n).toString(16);
    const leaderId = status.leader.toString(16);
    return {
      endpoint,
      name: endpoint,
      role: status.leader === 0n ? 'no leader' : leaderId === id ? 'leader' : 'follower',
      id,
      leaderId,
      version: status.version,
      revision: status.header?.revision ?? 0,
      raftTerm: status.raftTerm,
      raftIndex: status.raftIndex,
      raftAppliedIndex: status.raftAppliedIndex,
      dbSize: status.dbSize,
      ...(replica === undefined ? {} : { replica }),
    };
  } catch (error) {
    return { endpoint, name: endpoint, role: 'unreachable', reason: reasonOf(error).replace(`${endpoint}: `, '') };
  }
}

async function replicaOf(endpoint: string): Promise<ReplicaView | undefined> {
  const outcome = await httpGet(`${endpoint}/reknit/replicas`, STATUS_TIMEOUT_MS);
  if (outcome.kind !== 'answered' || outcome.status !== 200) return undefined;
  try {
    const replicas: readonly (ReplicaView & { readonly keyspace: string })[] = JSON.parse(outcome.body);
    const replica = replicas.find(({ keyspace }) => keyspace === 'default');
    if (replica === undefined) return undefined;
    const { protocol, configuration, roundName, round, role, phase } = replica;
    return { protocol, configuration, roundName, round, role, phase };
  } catch {
    return undefined;
  }
}

/** By member id, and by client URL for those that do not answer. */
async function namesOf(client: Client, endpoint: string): Promise<ReadonlyMap<string, string>> {
  try {
    const { members } = await client.cluster.memberList({ linearizable: false, endpoint, timeoutMs: STATUS_TIMEOUT_MS });
    return new Map(
      members.flatMap(({ ID, name, clientURLs }) => [
        [ID.toString(16), name] as const,
        ...clientURLs.map((url) => [url, name] as const),
      ]),
    );
  } catch {
    return new Map();
  }
}
