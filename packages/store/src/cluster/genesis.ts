// How a cluster begins, once. Each initial voter draws a random incarnation; when a voter has met all the others it computes
// the genesis (the branch is a hash over all incarnations and the protocol, so all compute the same one) and makes it durable. Replicas take
// part only once every voter's genesis is known to be durable, or one that already started says so. Thus nothing is ever
// decided that a voter could later deny, and an emptied directory under a known name is recognised as a new replica.
import { sha256 } from '@noble/hashes/sha2.js';
import { assert, toHex, utf8Encode } from '@reknit/base';
import type { NodeId, ProtocolName } from '@reknit/consensus';
import type { DataDirectory, Genesis } from '../data-directory.js';
import { StartError } from '../start-error.js';
import { decodeGenesisNotice, encodeGenesisNotice, type GenesisNotice } from './genesis-notice.js';
import type { Member } from './identity.js';
import { checkProtocol, DEFAULT_PROTOCOL } from './protocol.js';

export interface GenesisEvents {
  /** Tell every peer again. */
  announce(): void;
  tell(peer: NodeId): void;
  /** Called once. */
  started(branch: string): void;
  failed(error: StartError): void;
}

export class GenesisRound {
  readonly #directory: DataDirectory;
  readonly #self: Member;
  readonly #voters: readonly Member[];
  /** As the flag has it; undefined when it was left out. */
  readonly #wanted: ProtocolName | undefined;
  readonly #events: GenesisEvents;
  readonly #notices = new Map<NodeId, GenesisNotice>();
  #running = false;

  constructor(
    directory: DataDirectory,
    voters: readonly Member[],
    self: Member,
    protocol: ProtocolName | undefined,
    events: GenesisEvents,
  ) {
    this.#directory = directory;
    this.#voters = voters;
    this.#self = self;
    this.#wanted = protocol;
    this.#events = events;
  }

  /** Goes as far as is possible alone; a member that started before is started again at once. */
  begin(): void {
    const genesis = this.#directory.genesis;
    if (genesis?.started === true) this.#start(genesis.branch);
    else this.#advance();
  }

  /** Now and then: a notice may be lost, and nothing else would ever ask for it. */
  remind(): void {
    if (!this.#running) this.#events.announce();
  }

  /** What every peer is told on a new session and at every change. */
  notice(): Uint8Array {
    const { identity, genesis } = this.#directory;
    return encodeGenesisNotice({ incarnation: identity.incarnation, protocol: this.#protocol, genesis });
  }

  /** Throws MalformedBytesError. */
  onNotice(from: NodeId, bytes: Uint8Array): void {
    const notice = decodeGenesisNotice(bytes);
    this.#notices.set(from, notice);
    if (notice.genesis !== undefined) this.#compare(notice.genesis);
    else if (this.#directory.genesis === undefined && notice.protocol !== this.#protocol)
      return this.#failOver(from, notice.protocol);
    if (this.#directory.genesis?.started !== true) this.#advance();
    else if (notice.genesis?.started !== true) this.#events.tell(from);
  }

  /** A peer does not take this member's directory for the one that it knows. */
  onRefused(detail: string): void {
    if (this.#directory.genesis !== undefined) return;
    this.#fail(detail);
  }

  #compare(theirs: Genesis): void {
    const own = this.#directory.genesis;
    if (own !== undefined) {
      if (own.branch !== theirs.branch) this.#fail(`a peer holds branch ${theirs.branch}, this directory ${own.branch}`);
      return;
    }
    const known = theirs.voters[this.#self.nodeId];
    const mine = this.#directory.identity.incarnation;
    if (known !== mine)
      this.#fail(`the cluster began with data directory ${known ?? 'of others'} for ${this.#self.name}, and this one is ${mine}`);
    else this.#adopt(theirs);
  }

  #adopt({ voters, protocol }: Genesis): void {
    try {
      checkProtocol(this.#wanted, protocol);
    } catch (error) {
      if (!(error instanceof StartError)) throw error;
      return this.#events.failed(error);
    }
    this.#establish(voters, protocol);
  }

  #advance(): void {
    if (this.#directory.genesis === undefined) {
      const voters = this.#incarnations();
      if (voters !== undefined) this.#establish(voters, this.#protocol);
    }
    const genesis = this.#directory.genesis;
    if (genesis === undefined || genesis.started || !this.#allDurable(genesis.branch)) return;
    this.#directory.writeGenesis({ ...genesis, started: true });
    this.#events.announce();
    this.#start(genesis.branch);
  }

  /** A peer's word may come before `begin`, and then both lead here. */
  #start(branch: string): void {
    if (this.#running) return;
    this.#running = true;
    this.#events.started(branch);
  }

  /** With which this member would begin. */
  get #protocol(): ProtocolName {
    return this.#wanted ?? DEFAULT_PROTOCOL;
  }

  #establish(voters: Readonly<Record<string, string>>, protocol: ProtocolName): void {
    assert(this.#directory.genesis === undefined, 'a directory has one genesis');
    const lines = Object.keys(voters)
      .sort()
      .map((id) => `${id}:${voters[id]}`);
    const branch = toHex(sha256(utf8Encode([...lines, protocol].join('\n')))).slice(0, 16);
    this.#directory.writeGenesis({ branch, voters, protocol, started: false });
    this.#events.announce();
  }

  /** Of every voter, or undefined while one has not been met. */
  #incarnations(): Record<string, string> | undefined {
    const voters: Record<string, string> = { [this.#self.nodeId]: this.#directory.identity.incarnation };
    for (const { nodeId } of this.#voters) {
      if (nodeId === this.#self.nodeId) continue;
      const notice = this.#notices.get(nodeId);
      if (notice === undefined) return undefined;
      voters[nodeId] = notice.incarnation;
    }
    return voters;
  }

  #allDurable(branch: string): boolean {
    const notices = [...this.#notices.values()];
    if (notices.some((notice) => notice.genesis?.branch === branch && notice.genesis.started)) return true;
    const durable = notices.filter((notice) => notice.genesis?.branch === branch).length;
    return durable === this.#voters.length - 1;
  }

  #failOver(from: NodeId, protocol: string): void {
    const name = this.#voters.find((voter) => voter.nodeId === from)?.name ?? from;
    this.#events.failed(
      new StartError(
        'protocol-differs',
        `member ${name} was started with --protocol ${protocol}, and this one with ${this.#protocol}`,
        'start all members of a new cluster with the same --protocol',
      ),
    );
  }

  #fail(detail: string): void {
    this.#events.failed(
      new StartError(
        'cluster-already-initialised',
        `the cluster was already initialised with other data: ${detail}`,
        'start this member with the data directory it had, or begin a new cluster with empty directories on all members and another --initial-cluster-token',
      ),
    );
  }
}
