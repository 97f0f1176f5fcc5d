// A store member: its data directory, its log, its links to the peers and the groups it hosts. One turn after each burst of
// input: messages and requests → replicas → one log batch for all groups and one frame for each peer → what is decided is
// applied and answered. Nothing here waits.
import { type ByteReader, type ByteWriter, type Millis, toHex } from '@reknit/base';
import { type BeginEffect, type NodeId, nextBeat } from '@reknit/consensus';
import { DiskError, type Runtime } from '@reknit/runtime';
import type { GroupId, LogIdentity, Wal } from '@reknit/wal';
import { admit, groundOf } from './cluster/admission.js';
import { findSelf } from './cluster/find-self.js';
import { GenesisRound } from './cluster/genesis.js';
import { type Cluster, deriveCluster, type Member } from './cluster/identity.js';
import { firstWithoutIt } from './cluster/leaving.js';
import { checkLevel, LEVEL } from './cluster/level.js';
import { Membership } from './cluster/membership.js';
import { checkProtocol } from './cluster/protocol.js';
import { publish } from './cluster/publish.js';
import { Quarantine } from './cluster/quarantine.js';
import { Reconfiguration } from './configuration/reconfiguration.js';
import type { Configuration } from './configuration/record.js';
import { metMembers } from './configuration/stage-at-start.js';
import { DataDirectory, removedError, unusable } from './data-directory.js';
import type { Group } from './group/group.js';
import type { BegunTurn, Storing } from './group/group-contract.js';
import { openGroup } from './group/open-group.js';
import { MemberClock, TICK } from './member-clock.js';
import { openLog } from './open-log.js';
import { KEYSPACES, type KeyspaceName, type MemberOptions } from './options.js';
import { beginPart, endPart, PartKind, readAddress } from './peers/frames.js';
import type { PeerDirectory } from './peers/peer-directory.js';
import { PeerLinks } from './peers/peer-links.js';
import { Slices } from './slices.js';
import { StartError } from './start-error.js';
import { createVigil } from './vigil/create-vigil.js';
import type { Room } from './vigil/room.js';
import { RoomKeeper } from './vigil/room-keeper.js';
import { Scrubber } from './vigil/scrubber.js';
import type { Vigil, Vitals } from './vigil/vigil.js';

const EXPIRE_EVERY: Millis = 100;

export interface MemberEvents {
  /** A leader of every keyspace is known and this member's attributes are published. */
  ready(): void;
  /** The member cannot go on, and nothing was lost by it: end the process with this error. */
  failed(error: StartError): void;
}

export class StoreMember {
  readonly self: Member;
  readonly directory: DataDirectory;
  /** Random per process start, 16 hex digits. */
  readonly bootId: string;
  readonly options: MemberOptions;
  readonly runtime: Runtime;
  readonly wal: Wal;
  /** Work that is too long for one turn. */
  readonly slices: Slices;
  /** Changes of the cluster's members and protocol. */
  readonly reconfiguration: Reconfiguration;
  readonly #events: MemberEvents;
  readonly #links: PeerLinks;
  readonly #membership: Membership;
  readonly #genesis: GenesisRound;
  readonly #vigil: Vigil;
  readonly #room: RoomKeeper;
  readonly #quarantine: Quarantine;
  /** Looks for rot. */
  readonly scrubber: Scrubber = new Scrubber(this);
  readonly #groups = new Map<GroupId, Group>();
  readonly #byName = new Map<string, Group>();
  #turnScheduled = false;
  /** Groups that something has happened to since their last turn. */
  readonly #stirred = new Set<GroupId>();
  readonly #clock: MemberClock;
  #nextExpiry: Millis = 0;
  #published = false;
  #ready = false;
  #closed = false;

  /** Throws StartError. Nothing is listened on yet. */
  constructor(runtime: Runtime, options: MemberOptions, events: MemberEvents) {
    this.runtime = runtime;
    this.options = options;
    this.#events = events;
    const described = deriveCluster(options.initialCluster, options.token);
    const self = findSelf(described, options.name);
    this.directory = DataDirectory.open(runtime, options.dataDirectory, described, self);
    checkLevel(this.directory.configuration, this.level);
    this.#membership = new Membership(this.directory, described);
    this.self = this.#membership.self(self);
    const { genesis, configuration } = this.directory;
    if (genesis !== undefined) checkProtocol(options.protocol, genesis.protocol, configuration?.protocol ?? genesis.protocol);
    this.slices = new Slices(runtime.clock);
    this.bootId = toHex(runtime.random.bytes(8));
    this.wal = this.#openLog();
    this.#genesis = new GenesisRound(this.directory, this.cluster.members, this.self, options.protocol, {
      announce: () => this.#announceGenesis(),
      tell: (peer) => this.#sendGenesis(peer),
      started: (branch) => this.#startGroups(branch),
      failed: (error) => events.failed(error),
    });
    this.#vigil = createVigil(this, TICK, (peer) => this.#links.writer(peer));
    this.#room = new RoomKeeper(this, this.#vigil);
    this.#quarantine = new Quarantine(this, {
      writer: (peer) => this.#links.writer(peer),
      failed: (error) => this.fail(error),
    });
    this.#clock = new MemberClock(runtime.clock, this.#vigil, this.#groups, () => this.#tick());
    this.#links = new PeerLinks(runtime, this.#peerDirectory(), {
      onFrame: (from) => this.#clock.heard(from),
      onPart: (from, kind, reader, fresh) => this.#onPart(from, kind, reader, fresh),
      onUp: (peer) => this.#onPeerUp(peer),
      onLost: (peer) => this.#onPeerLost(peer),
      onApplicant: (applicant, answer) => admit(applicant, groundOf(this), answer),
      onNews: (news) => this.#membership.told(news, (configuration) => this.#onConfiguration(configuration)),
      onRefused: (peer, reason, detail) => {
        runtime.log.log('warn', 'a peer refused the session', { peer, reason, detail });
        if (reason === 'incarnation') this.#genesis.onRefused(detail);
        if (reason === 'removed') this.#leave(detail);
      },
    });
    this.#connect();
    this.reconfiguration = new Reconfiguration({
      self: this.self.nodeId,
      group: (keyspace) => this.group(keyspace),
      known: () => this.#membership.configuration,
      levelOf: (node) => (node === this.self.nodeId ? this.level : this.#vigil.levelOf(node)),
      reaches: (node) => this.reaches(node),
      writer: (peer) => this.#links.writer(peer),
      upPeers: () => this.#links.upPeers,
      now: () => runtime.clock.now(),
    });
  }

  /** As this member knows it; replaced as a whole when it changes. */
  get cluster(): Cluster {
    return this.#membership.cluster;
  }

  /** Listens for peers, then meets them. @param listening called once, with the cause when an address cannot be bound */
  start(listening: (error: StartError | undefined) => void): void {
    let open = this.options.listenPeers.length;
    let failed = false;
    const onListening = (address: string, error: Error | undefined): void => {
      if (failed) return;
      if (error !== undefined) {
        failed = true;
        return listening(
          new StartError(
            'address-in-use',
            `cannot listen for peers on ${address}: ${error.message}`,
            'end the process that holds it, or choose another with --listen-peer-urls',
          ),
        );
      }
      if (--open > 0) return;
      listening(undefined);
      this.#links.dialAll();
      this.#genesis.begin();
      this.#tick();
    };
    for (const address of this.options.listenPeers) this.#links.listen(address, (error) => onListening(address, error));
  }

  /** That this version speaks; the cluster's is in its configuration. */
  get level(): number {
    return this.options.level ?? LEVEL;
  }

  /** Undefined before the cluster's genesis, and for unknown names. */
  group(keyspace: string): Group | undefined {
    return this.#byName.get(keyspace);
  }

  get groups(): Iterable<Group> {
    return this.#groups.values();
  }

  /** Receives the log and does not vote: etcd's learners serve little. */
  get isLearner(): boolean {
    return !this.#membership.votes;
  }

  get started(): boolean {
    return this.#groups.size > 0;
  }

  /** Of a change that this member makes for a client that gave it no id. */
  newRequestId(): string {
    return toHex(this.runtime.random.bytes(8));
  }

  get closed(): boolean {
    return this.#closed;
  }

  get isReady(): boolean {
    return this.#ready;
  }

  /** What this member knows of its own health. */
  get vitals(): Vitals {
    return this.#vigil.vitals(this.runtime.clock.now());
  }

  /** On the disk. */
  get room(): Room {
    return this.#room.room;
  }

  /** Where the stored state is not what was written. */
  get rot(): readonly string[] {
    return this.scrubber.found;
  }

  /** Members that nobody may count on, and why. */
  get distrusted(): Quarantine['reports'] {
    return this.#quarantine.reports;
  }

  get peersUp(): number {
    return this.#links.upCount;
  }

  /** It cannot, or must not, go on. */
  fail(error: StartError): void {
    if (!this.#closed) this.#events.failed(error);
  }

  /** Linked to it now; itself, too. */
  reaches(node: NodeId): boolean {
    return node === this.self.nodeId || this.#links.isUp(node);
  }

  /** What was not durable may be lost, as at a crash; clients that wait are told. */
  close(): void {
    this.#closed = true;
    this.#clock.close();
    for (const group of this.#groups.values()) group.close();
    this.reconfiguration.close();
    this.#links.close();
    this.wal.close();
  }

  #openLog(): Wal {
    const { runtime, options, directory } = this;
    const synced = (took: Millis): void => {
      this.#vigil.onLogSynced(took, runtime.clock.now());
      options.meters?.logSync(took);
    };
    const rotten = (detail: string): void => this.scrubber.noteInLog(detail);
    return this.#fromDisk(() => openLog(runtime, directory, options.segmentBytes, synced, rotten));
  }

  #connect(): void {
    const others = this.cluster.members.filter(({ nodeId }) => nodeId !== this.self.nodeId);
    this.#links.connect(new Map(others.map(({ nodeId, peerUrls }) => [nodeId, addressOf(peerUrls[0]!)])));
  }

  #peerDirectory(): PeerDirectory {
    return {
      clusterId: this.cluster.id,
      self: this.self.nodeId,
      incarnation: this.directory.identity.incarnation,
      bootId: this.bootId,
      secret: this.options.secret,
      knows: (node) => node !== this.self.nodeId && this.#membership.knows(node),
      objection: (from, incarnation) => this.#membership.objection(from, incarnation),
      news: () => this.#membership.news,
    };
  }

  #startGroups(branch: string): void {
    try {
      for (const { name, group } of KEYSPACES) this.#startGroup(name, { group: group as GroupId, branch, epoch: 1 });
    } catch (error) {
      if (!(error instanceof StartError)) throw error;
      return this.#events.failed(error);
    }
    // A replica's time begins with its first tick: what it hears before that cannot set its timers.
    this.#tickGroups(this.runtime.clock.now());
    for (const { nodeId } of this.cluster.members) if (this.#links.isUp(nodeId)) this.#onPeerUp(nodeId);
    publish(this, () => {
      this.#published = true;
      this.#wake();
    });
    this.#wake();
  }

  #startGroup(name: KeyspaceName, identity: LogIdentity): void {
    const { runtime, options, directory } = this;
    const group = this.#fromDisk(() =>
      openGroup({
        name,
        identity,
        runtime,
        options,
        directory,
        wal: this.wal,
        self: this.self.nodeId,
        origin: Number.parseInt(this.bootId.slice(0, 8), 16),
        configuration: this.#membership.configuration,
        writer: (peer) => this.#links.writer(peer),
        wake: () => {
          this.#stirred.add(identity.group);
          this.#wake();
        },
        rot: () => this.scrubber.inLog,
        admits: (wanted) => this.room.admits(wanted),
        takes: (bytes) => this.room.takes(bytes),
        staged: () => this.#onStaged(),
        configured: (configuration) => this.#onConfiguration(configuration),
      }),
    );
    this.#groups.set(identity.group, group);
    this.#byName.set(name, group);
  }

  /** A disk that is full or broken is the operator's to mend, not a defect of this program. */
  #fromDisk<T>(open: () => T): T {
    try {
      return open();
    } catch (error) {
      if (error instanceof DiskError || isFull(error)) throw unusable(this.runtime.disk, this.directory.path, error);
      throw error;
    }
  }

  /** Of `_system`, as it is applied, or as a snapshot brings it. */
  #onConfiguration(configuration: Configuration): void {
    if (this.#membership.learn(configuration)) this.#connect();
    if (!this.#membership.isRemoved(this.self.nodeId)) return this.#onStaged();
    // Whoever asked this very member for it is told before it goes.
    this.reconfiguration.onChange();
    this.#leave('it was removed');
  }

  #onStaged(): void {
    const configuration = this.#membership.configuration;
    if (configuration === undefined) return;
    for (const group of this.#groups.values()) group.setMembers(metMembers(configuration));
    this.reconfiguration.onChange();
  }

  /** For good: the others go on without this member. */
  #leave(reason: string): void {
    if (this.#closed) return;
    const epoch = this.#membership.configuration?.epoch ?? 0;
    this.directory.entomb({ reason, ...firstWithoutIt(this.group('_system')?.status, epoch) });
    this.#events.failed(removedError(this.directory.path, reason));
  }

  #onPart(from: NodeId, kind: number, reader: ByteReader, fresh: boolean): void {
    if (this.#closed) return;
    if (this.#quarantine.onPart(from, kind, reader, fresh)) return;
    if (kind === PartKind.pulse) return this.#vigil.onPulse(from, reader, this.runtime.clock.now());
    if (kind === PartKind.genesis) {
      if (fresh) this.#genesis.onNotice(from, reader.bytesView());
      return;
    }
    if (kind === PartKind.progress) return this.reconfiguration.onProgress(from, reader);
    const { group: id, branch, epoch } = readAddress(reader);
    const group = this.#groups.get(id);
    if (group === undefined || group.log.identity.branch !== branch) return;
    group.onPart(from, kind, epoch, reader, fresh);
  }

  #onPeerUp(peer: NodeId): void {
    this.#clock.advance();
    this.#vigil.onUp(peer, this.runtime.clock.now());
    this.#sendGenesis(peer);
    this.#quarantine.onPeerUp(peer);
    for (const group of this.#groups.values()) group.onPeerUp(peer);
  }

  #onPeerLost(peer: NodeId): void {
    this.#clock.advance();
    this.#vigil.onLost(peer);
    for (const group of this.#groups.values()) group.onPeerLost(peer);
  }

  #announceGenesis(): void {
    for (const { nodeId } of this.cluster.members) if (nodeId !== this.self.nodeId) this.#sendGenesis(nodeId);
  }

  #sendGenesis(peer: NodeId): void {
    const writer: ByteWriter | undefined = this.#links.writer(peer);
    if (writer === undefined) return;
    const lengthAt = beginPart(writer, PartKind.genesis);
    writer.bytes(this.#genesis.notice());
    endPart(writer, lengthAt);
    this.#wake();
  }

  #tick(): void {
    if (this.#closed) return;
    const now = this.runtime.clock.now();
    const late = this.#vigil.tick(now, this.#upPeers);
    this.options.meters?.loopDelay(late);
    this.#room.tick(now);
    this.#clock.ticks(late);
    this.#tickGroups(now);
    if (now >= this.#nextExpiry) {
      this.#nextExpiry = nextBeat(now, EXPIRE_EVERY);
      for (const group of this.#groups.values()) group.expire(now);
      this.reconfiguration.tick(now);
      this.scrubber.tick(now);
      this.#genesis.remind();
    }
    if (this.#clock.stoodStill) this.#wake();
    else this.#turn();
    if (!this.#closed) this.#clock.sleep(now);
  }

  readonly #upPeers = (): Iterable<NodeId> => this.#links.upPeers;

  #tickGroups(now: Millis): void {
    const own = this.#vigil.ownTime(now);
    for (const [id, group] of this.#groups) if (group.tick(now, own) === 'stirred') this.#stirred.add(id);
  }

  #wake(): void {
    if (this.#turnScheduled || this.#closed) return;
    this.#turnScheduled = true;
    this.runtime.clock.soon(this.#scheduledTurn);
  }

  /** After a stop the turn first gives way to what came meanwhile: the leader that was known may be long gone, and its link too. */
  readonly #scheduledTurn = (): void => {
    if (this.#clock.takeStop()) {
      this.runtime.clock.soon(this.#scheduledTurn);
      return;
    }
    this.#turnScheduled = false;
    this.#clock.advance();
    this.#turn();
  };

  #turn(): void {
    if (this.#closed) return;
    // Most ticks of a member at rest: at most a pulse is to leave.
    if (this.#stirred.size === 0 && this.#ready) return this.#links.flush();
    const batch: { group: Group; storing: Storing }[] = [];
    const begun: { group: Group; turn: BegunTurn }[] = [];
    for (const [id, group] of this.#groups) {
      // What stirs in this very turn is for the next one.
      if (!this.#stirred.delete(id)) continue;
      const turn = group.beginTurn();
      begun.push({ group, turn });
      if (turn.storing !== undefined) batch.push({ group, storing: turn.storing });
    }
    // The disk first: to hand it its work costs least, and it takes longest.
    if (batch.length > 0) this.#store(batch);
    for (const { group, turn } of begun) if (turn.effects.begin !== undefined) this.#begin(group, turn.effects.begin);
    this.#links.flush();
    for (const { group, turn } of begun) if (!this.#closed) group.finishTurn(turn);
    this.#links.flush();
    if (begun.length > 0 && !this.#closed) this.#clock.sleepNoLonger();
    if (!this.#ready) this.#checkReady();
  }

  #store(batch: readonly { readonly group: Group; readonly storing: Storing }[]): void {
    this.wal.append(
      batch.flatMap(({ storing }) => storing.appends),
      () => {
        this.#clock.advance();
        for (const { group, storing } of batch) {
          group.onStored(storing);
          this.#stirred.add(group.identity.group);
        }
        this.#turn();
      },
    );
  }

  /** A stage begins durably behind what was handed to the log before. */
  #begin(group: Group, begin: BeginEffect): void {
    const { group: id, branch } = group.log.identity;
    this.wal.beginEpoch({ group: id, branch, epoch: begin.stage.epoch }, begin.index, () => {
      this.#clock.advance();
      group.onBegun(begin);
      this.#stirred.add(id);
      this.#turn();
    });
  }

  #checkReady(): void {
    if (!this.#published || !this.started) return;
    for (const group of this.#groups.values()) if (!group.hasLeader) return;
    this.#ready = true;
    this.#events.ready();
  }
}

/** The state's library has errors of its own. */
const isFull = (error: unknown): error is Error => error instanceof Error && /no space left/i.test(error.message);

const addressOf = (url: string): string => url.replace(/^[a-z]+:\/\//, '').replace(/\/.*$/, '');
