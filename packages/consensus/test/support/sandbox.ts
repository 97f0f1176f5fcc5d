// A few replicas of any protocol in one hand: each message, store effect, tick and crash happens when the test says so.
// Crashed replicas lose whatever was not stored; links lose, repeat and reorder as asked. Nothing hides in `#` fields, here
// and in the replicas, so that the explorer can copy and compare whole sandboxes.
import { ByteReader, ByteWriter } from '@reknit/base';
import type {
  Effects,
  Entry,
  Epoch,
  HardState,
  Index,
  Input,
  NodeId,
  Outbound,
  Proposed,
  Protocol,
  Replica,
  ReplicaLimits,
  Round,
  SnapshotOffer,
  StoreEffect,
} from '../../src/index.js';
import { deepCopy } from './copy.js';
import { Invariants, SafetyViolation } from './invariants.js';
import { MemoryLog } from './memory-log.js';

export const ELECTION_TIMEOUT = 1000;
export const HEARTBEAT_INTERVAL = 100;

export interface SandboxOptions<Message> {
  readonly protocol: Protocol<Message>;
  readonly voters: readonly string[];
  readonly learners?: readonly string[];
  readonly limits?: Partial<ReplicaLimits>;
  readonly random?: () => number;
  /** 'codec': each message crosses as bytes. */
  readonly wire?: 'codec' | 'direct';
  readonly observe?: Observer<Message>;
}

export interface Observer<Message> {
  effects(id: NodeId, effects: Effects<Message>): void;
}

export interface Member<Message> {
  readonly id: NodeId;
  log: MemoryLog;
  hardState: HardState;
  /** Undefined while crashed. */
  replica: Replica<Message> | undefined;
  /** Handed out and not yet durable. */
  pending: StoreEffect<Message>[];
  delivered: Index;
  /** As the last decided entry about them said. */
  learners: readonly NodeId[];
  install: SnapshotOffer | undefined;
  now: number;
}

const NEW: HardState = { round: 0 as Round, vote: undefined, history: 0 as Round, commit: 0 as Index };

export class Sandbox<Message> {
  members: Map<NodeId, Member<Message>>;
  invariants = new Invariants();
  links = new Map<string, Message[]>();
  reads = new Map<number, { readonly at: NodeId; readonly floor: Index; index: Index | 'failed' | undefined }>();
  readonly options: SandboxOptions<Message>;
  private token = 0;

  constructor(options: SandboxOptions<Message>) {
    this.options = options;
    const ids = [...options.voters, ...(options.learners ?? [])] as NodeId[];
    this.members = new Map(ids.map((id) => [id, this.newMember(id)]));
    for (const id of ids) this.start(id);
  }

  member(id: NodeId): Member<Message> {
    const member = this.members.get(id);
    if (member === undefined) throw new Error(`no member ${id}`);
    return member;
  }

  link(from: NodeId, to: NodeId): Message[] {
    const key = `${from}>${to}`;
    const link = this.links.get(key) ?? [];
    this.links.set(key, link);
    return link;
  }

  step(id: NodeId, input: Input<Message>): void {
    const { replica } = this.member(id);
    if (replica === undefined) return;
    replica.step(input);
    this.turn(id);
  }

  tick(id: NodeId, by: number): void {
    const member = this.member(id);
    member.now += by;
    const { replica } = member;
    const early = replica !== undefined && !replica.restless && member.now < replica.dueAt;
    if (early) this.tickInVain(id, replica, member.now);
    else this.step(id, { kind: 'tick', now: member.now });
  }

  /** Hosts leave such ticks out: only offers of snapshots, which are repeated, go a moment later without them. */
  private tickInVain(id: NodeId, replica: Replica<Message>, now: number): void {
    const { role } = replica.status();
    replica.step({ kind: 'tick', now });
    if (replica.status().role !== role) throw new SafetyViolation(`${id}: a tick at ${now} acts before it is due`);
    // Nor do they take a turn after a tick at rest.
    if (replica.atRest) return this.options.observe?.effects(id, NO_EFFECTS);
    const effects = replica.effects();
    const { store, commit, reads, install } = effects;
    const others = effects.send.filter((outbound) => !isOffer(outbound));
    const quiet = others.length + commit.length + reads.length === 0 && store === undefined && install === undefined;
    if (!quiet) throw new SafetyViolation(`${id}: a tick at ${now} has effects before it is due`);
    this.options.observe?.effects(id, effects);
    this.post(id, effects.send);
  }

  propose(id: NodeId, payloads: readonly string[], kind: 'normal' | 'stop-sign' = 'normal'): Proposed | undefined {
    const bytes = payloads.map((text) => new TextEncoder().encode(text));
    const proposed = this.member(id).replica?.propose(bytes, kind);
    this.turn(id);
    return proposed;
  }

  read(id: NodeId): number {
    const token = ++this.token;
    this.reads.set(token, { at: id, floor: this.invariants.highestDecided, index: undefined });
    this.step(id, { kind: 'read', token });
    return token;
  }

  /** Drains one replica: the end of its host's turn. */
  turn(id: NodeId): void {
    const member = this.member(id);
    if (member.replica === undefined) return;
    const effects = member.replica.effects();
    this.options.observe?.effects(id, effects);
    this.post(id, effects.send);
    if (effects.store !== undefined) member.pending.push(effects.store);
    for (const entry of effects.commit) this.deliverEntry(member, entry);
    for (const outcome of effects.reads) this.answer(outcome.token, outcome.ok ? outcome.index : 'failed');
    if (effects.install !== undefined) member.install = effects.install;
    this.invariants.observeStatus(id, member.replica.status());
  }

  /** The oldest store effect under way becomes durable. */
  store(id: NodeId): boolean {
    const member = this.member(id);
    const effect = member.pending.shift();
    if (effect === undefined) return false;
    member.log.apply(effect);
    member.hardState = effect.hardState ?? member.hardState;
    if (effect.durableThrough > member.log.contiguousThrough) {
      throw new SafetyViolation(`${id} takes ${effect.durableThrough} for durable, and holds ${member.log.contiguousThrough}`);
    }
    this.post(id, effect.unlocks);
    this.step(id, { kind: 'stored', sequence: effect.sequence });
    return true;
  }

  /** @param at which of the messages under way; 0 is the oldest */
  deliver(from: NodeId, to: NodeId, at = 0, copies: 'move' | 'repeat' = 'move'): boolean {
    const link = this.link(from, to);
    const message = link[at];
    if (message === undefined) return false;
    if (copies === 'move') link.splice(at, 1);
    this.step(to, { kind: 'message', from, message });
    return true;
  }

  /** Process gone, disk kept: what was not stored is lost, and so is all that was under way to and from it. */
  crash(id: NodeId, links: 'links-break' | 'links-remain' = 'links-break'): void {
    const member = this.member(id);
    member.replica = undefined;
    member.pending = [];
    member.install = undefined;
    for (const [token, read] of this.reads) if (read.at === id && read.index === undefined) this.reads.delete(token);
    if (links === 'links-remain') return;
    for (const other of this.members.keys()) {
      this.link(id, other).length = 0;
      this.link(other, id).length = 0;
    }
  }

  start(id: NodeId): void {
    const { protocol, voters, random, limits } = this.options;
    const member = this.member(id);
    member.delivered = member.log.base.index;
    member.replica = protocol.create({
      self: id,
      configuration: { epoch: 1 as Epoch, voters: voters as NodeId[], learners: member.learners },
      log: member.log,
      hardState: member.hardState,
      applied: member.log.base.index,
      electionTimeout: ELECTION_TIMEOUT,
      heartbeatInterval: HEARTBEAT_INTERVAL,
      random: random ?? (() => 0.5),
      ...(limits === undefined ? {} : { limits }),
    });
    this.tick(id, 0);
  }

  /** A new member: a learner by its own lights. The others learn of it by `learn`. */
  join(id: NodeId): void {
    this.members.set(id, { ...this.newMember(id), learners: [id] });
    this.start(id);
  }

  learn(id: NodeId, learners: readonly NodeId[]): void {
    this.member(id).learners = learners;
    this.step(id, { kind: 'learners', learners });
  }

  loseLink(left: NodeId, right: NodeId): void {
    this.link(left, right).length = 0;
    this.link(right, left).length = 0;
    this.step(left, { kind: 'peer-lost', peer: right });
    this.step(right, { kind: 'peer-lost', peer: left });
  }

  connect(left: NodeId, right: NodeId): void {
    this.step(left, { kind: 'peer-connected', peer: right });
    this.step(right, { kind: 'peer-connected', peer: left });
  }

  /** The log up to `index` goes; the state machine's durable state holds it. */
  compact(id: NodeId, index: number): void {
    this.member(id).log.compact(index as Index);
  }

  /** The snapshot that was offered arrives. */
  install(id: NodeId): boolean {
    const member = this.member(id);
    const offer = member.install;
    if (offer === undefined || member.replica === undefined) return false;
    member.install = undefined;
    while (this.store(id)) {
      // the WAL writes in order: what was under way comes first
    }
    const { index, round } = offer;
    member.log.install(index, round);
    if (member.delivered < index) member.delivered = index;
    this.step(id, { kind: 'installed', index, round });
    return true;
  }

  failInstall(id: NodeId): void {
    const offer = this.member(id).install!;
    this.member(id).install = undefined;
    this.step(id, { kind: 'install-failed', index: offer.index });
  }

  leaders(): Member<Message>[] {
    return [...this.members.values()].filter(({ replica }) => replica?.status().role === 'leader');
  }

  /** Independent of this one as long as only the named members act: others are shared. */
  branch(acting: readonly NodeId[]): Sandbox<Message> {
    const copy = Object.create(Sandbox.prototype) as Sandbox<Message>;
    Object.assign(copy, this);
    copy.members = new Map(Array.from(this.members, ([id, member]) => [id, acting.includes(id) ? deepCopy(member) : member]));
    copy.links = new Map(Array.from(this.links, ([key, link]) => [key, link.slice()]));
    copy.invariants = deepCopy(this.invariants);
    copy.reads = deepCopy(this.reads);
    return copy;
  }

  private newMember(id: NodeId): Member<Message> {
    return {
      id,
      log: new MemoryLog(),
      hardState: NEW,
      replica: undefined,
      pending: [],
      delivered: 0 as Index,
      learners: (this.options.learners ?? []) as NodeId[],
      install: undefined,
      now: 0,
    };
  }

  private post(from: NodeId, outbound: readonly Outbound<Message>[]): void {
    for (const { to, message } of outbound) {
      if (this.member(to).replica !== undefined) this.link(from, to).push(this.overWire(message));
    }
  }

  private overWire(message: Message): Message {
    if (this.options.wire !== 'codec') return message;
    const writer = new ByteWriter();
    this.options.protocol.encode(message, writer);
    return this.options.protocol.decode(new ByteReader(writer.copy()));
  }

  private deliverEntry(member: Member<Message>, entry: Entry): void {
    if (entry.index !== member.delivered + 1) {
      throw new SafetyViolation(`${member.id} was given ${entry.index} after ${member.delivered}`);
    }
    member.delivered = entry.index;
    const majority = Math.floor(this.options.voters.length / 2) + 1;
    const { round } = member.replica!.status();
    this.invariants.observeDecided({ id: member.id, round, entry, majority }, (decided) => this.durableCopies(decided));
  }

  private durableCopies({ index, round }: Entry): number {
    let copies = 0;
    for (const voter of this.options.voters) {
      const { log } = this.member(voter as NodeId);
      if (log.base.index >= index || log.roundAt(index) === round) copies++;
    }
    return copies;
  }

  private answer(token: number, index: Index | 'failed'): void {
    const read = this.reads.get(token);
    if (read === undefined || read.index !== undefined)
      throw new SafetyViolation(`read ${token} was answered twice or never asked`);
    if (index !== 'failed' && index < read.floor) {
      throw new SafetyViolation(`read ${token} sees ${index}, but ${read.floor} was decided before it began`);
    }
    read.index = index;
  }
}

const NO_EFFECTS: Effects<never> = {
  send: [],
  store: undefined,
  commit: [],
  reads: [],
  install: undefined,
  unreadable: undefined,
};

const isOffer = ({ message }: Outbound<unknown>): boolean => (message as { readonly kind?: string }).kind === 'offer-snapshot';
