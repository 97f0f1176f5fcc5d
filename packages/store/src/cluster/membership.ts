// Who belongs to the cluster, as this member knows it: what it applied last, or was told when it joined, whichever is newer. It
// is kept in a file too, for a start at which `_system` cannot be read yet: only to find the others and to know who is gone.
import type { NodeId } from '@reknit/consensus';
import { type Configuration, decodeConfiguration, encodeConfiguration, type MemberRecord } from '../configuration/record.js';
import { type DataDirectory, removedError } from '../data-directory.js';
import type { News } from '../peers/handshake.js';
import { type Cluster, type ClusterId, type Member, memberOf, nodeIdOf } from './identity.js';

/** Why a peer's session is not taken. */
export interface Objection {
  readonly reason: 'incarnation' | 'removed';
  readonly detail: string;
}

export class Membership {
  readonly #directory: DataDirectory;
  readonly #token: string;
  readonly #id: ClusterId;
  #configuration: Configuration | undefined;
  readonly #self: NodeId;
  #cluster: Cluster;
  #votes = true;

  /** @param described by the flags: what counts until the first change. Throws StartError for a member that was removed. */
  constructor(directory: DataDirectory, described: Cluster) {
    this.#directory = directory;
    this.#token = described.token;
    this.#id = BigInt(`0x${directory.identity.clusterId}`) as ClusterId;
    this.#self = nodeIdOf(BigInt(`0x${directory.identity.memberId}`));
    this.#cluster = { ...described, id: this.#id };
    this.#configuration = directory.configuration;
    if (this.#configuration !== undefined) this.#show(this.#configuration);
    if (this.isRemoved(this.#self)) throw removedError(directory.path, 'its peers said so');
  }

  /** This member, as the configuration has it. @param described by the flags, for one that is not in it any more */
  self(described: Member): Member {
    return this.#cluster.members.find(({ nodeId }) => nodeId === this.#self) ?? described;
  }

  /** This member does, once it is no learner any more. */
  get votes(): boolean {
    return this.#votes;
  }

  /** Replaced as a whole when it changes. */
  get cluster(): Cluster {
    return this.#cluster;
  }

  /** Undefined before the genesis. */
  get configuration(): Configuration | undefined {
    return this.#configuration ?? this.#atGenesis();
  }

  /** Durable when it returns. @returns whether it was news */
  learn(configuration: Configuration): boolean {
    if (configuration.version <= (this.#configuration?.version ?? 0)) return false;
    this.#directory.writeConfiguration(configuration);
    this.#configuration = configuration;
    this.#show(configuration);
    return true;
  }

  /** For members that were away when this one was let in; undefined before the first change. */
  get news(): News | undefined {
    const { genesis } = this.#directory;
    if (genesis === undefined || this.#configuration === undefined) return undefined;
    return { branch: genesis.branch, configuration: encodeConfiguration(this.#configuration) };
  }

  /** @param newer called with what another member knows, if it is of this cluster's history. Throws MalformedBytesError */
  told({ branch, configuration }: News, newer: (configuration: Configuration) => void): void {
    if (branch !== this.#directory.genesis?.branch) return;
    const told = decodeConfiguration(configuration);
    if (told.version > (this.#configuration?.version ?? 0)) newer(told);
  }

  knows(node: NodeId): boolean {
    return this.isRemoved(node) || this.#cluster.members.some(({ nodeId }) => nodeId === node);
  }

  isRemoved(node: NodeId): boolean {
    return this.#configuration?.removed.includes(node) === true;
  }

  /**
   * Undefined when this incarnation may speak for this member. Of one that nobody here has met yet any may: who is no applicant was
   * let in, by an entry that this member has still to learn of, perhaps from that very peer, and only one ever is.
   */
  objection(from: NodeId, incarnation: string): Objection | undefined {
    if (this.isRemoved(from)) return { reason: 'removed', detail: `member ${from} was removed from this cluster` };
    const member = this.configuration?.members.find(({ id }) => id === from);
    if (member?.incarnation === undefined || member.incarnation === incarnation) return undefined;
    const began = `member ${member.name || from} began with data directory ${member.incarnation}`;
    return { reason: 'incarnation', detail: `${began}, and now shows ${incarnation}` };
  }

  #show({ members }: Configuration): void {
    this.#cluster = { id: this.#id, token: this.#token, members: members.map((member) => memberOf(member)) };
    this.#votes = members.some(({ id, role }) => id === this.#self && role === 'voter');
  }

  /** Version 0, which nobody stores. */
  #atGenesis(): Configuration | undefined {
    const { genesis } = this.#directory;
    if (genesis === undefined) return undefined;
    const members = this.#cluster.members.map(({ nodeId, name, peerUrls }): MemberRecord => {
      return { id: nodeId, name, peerUrls, role: 'voter', incarnation: genesis.voters[nodeId] };
    });
    return { version: 0, epoch: 1, protocol: genesis.protocol, members, removed: [], requests: [] };
  }
}
