// Each member as it sees itself: asked one by one with Status, which needs no quorum.
import type { Client } from '@reknit/client';
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
  /** Why it is unreachable. */
  readonly reason?: string;
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
    const status = await client.maintenance.status(endpoint, { timeoutMs: STATUS_TIMEOUT_MS });
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
    };
  } catch (error) {
    return { endpoint, name: endpoint, role: 'unreachable', reason: reasonOf(error).replace(`${endpoint}: `, '') };
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
