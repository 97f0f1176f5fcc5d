// A few members of a group that changes its voters and its protocol, in one hand: each message, each write of a disk, each tick and
// crash happens when the test says so. What is decided must be the same for all, whatever stage it was decided in.
import { ByteReader, ByteWriter, utf8Encode } from '@reknit/base';
import {
  type BeginEffect,
  type ControlMessage,
  decodeControl,
  decodeStage,
  type EngineMessage,
  type Entry,
  type Epoch,
  encodeControl,
  type Index,
  type NodeId,
  type Proposed,
  type Protocol,
  type ProtocolName,
  protocols,
  type ReplicaLimits,
  type Round,
  type SnapshotOffer,
  type Stage,
  type StageEnd,
  type StopOutcome,
  type StoreEffect,
  Succession,
  type SuccessionEffects,
} from '../../src/index.js';
import { deepCopy } from './copy.js';
import { MemoryGroupLog } from './group-log.js';
import { SafetyViolation } from './invariants.js';
import { ELECTION_TIMEOUT, HEARTBEAT_INTERVAL } from './sandbox.js';
import { StageInvariants } from './stage-invariants.js';

export type Envelope =
  | { readonly kind: 'engine'; readonly epoch: Epoch; readonly message: EngineMessage }
  | { readonly kind: 'control'; readonly message: ControlMessage };

type Writing =
  | { readonly kind: 'store'; readonly epoch: Epoch; readonly effect: StoreEffect<EngineMessage> }
  | { readonly kind: 'begin'; readonly begin: BeginEffect }
  | { readonly kind: 'prepare'; readonly plan: string };

/** What its host's state machine has made durable. */
interface State {
  readonly index: Index;
  readonly round: Round;
  /** Of the entry at `index`. */
  readonly epoch: Epoch;
  readonly stopped: StageEnd | undefined;
}

export interface StageMember {
  readonly id: NodeId;
  log: MemoryGroupLog;
  /** Undefined while crashed. */
  succession: Succession | undefined;
  pending: Writing[];
  delivered: Index;
  deliveredEpoch: Epoch;
  state: State;
  install: SnapshotOffer | undefined;
  /** It must never speak in this epoch, or one before, again. */
  silentIn: Epoch;
  /** Of that, what a crash cannot take back. */
  sealedIn: Epoch;
  ended: Epoch[];
  now: number;
}

export interface StageSandboxOptions {
  readonly stage: Stage;
  readonly protocols?: Readonly<Partial<Record<ProtocolName, Protocol<EngineMessage>>>>;
  readonly random?: () => number;
  readonly limits?: Partial<ReplicaLimits>;
  readonly wire?: 'codec' | 'direct';
  readonly observe?: (id: NodeId, effects: SuccessionEffects) => void;
}

export class StageSandbox {
  members: Map<NodeId, StageMember>;
  links = new Map<string, Envelope[]>();
  invariants = new StageInvariants();
  reads = new Map<number, { readonly at: NodeId; readonly floor: Index; index: Index | 'failed' | undefined }>();
  readonly options: StageSandboxOptions;
  private token = 0;

  constructor(options: StageSandboxOptions) {
    this.options = options;
    this.members = new Map();
    for (const id of [...options.stage.voters, ...options.stage.learners]) this.join(id, options.stage);
  }

  member(id: NodeId): StageMember {
    const member = this.members.get(id);
    if (member === undefined) throw new Error(`no member ${id}`);
    return member;
  }

  link(from: NodeId, to: NodeId): Envelope[] {
    const key = `${from}>${to}`;
    const link = this.links.get(key) ?? [];
    this.links.set(key, link);
    return link;
  }

  /** A new member, with nothing but the knowledge of the stage that it is in. */
  join(id: NodeId, stage: Stage): void {
    this.members.set(id, newMember(id, stage));
    this.start(id);
  }

  /** A decided entry named the learners. */
  learn(id: NodeId, learners: readonly NodeId[]): void {
    const { succession, log } = this.member(id);
    log.stage = { ...log.stage, learners };
    succession?.step({ kind: 'learners', learners });
    this.turn(id);
  }

  start(id: NodeId): void {
    const { protocols: known = protocols, random = () => 0.5, limits } = this.options;
    const member = this.member(id);
    const { log, state } = member;
    member.delivered = state.index;
    member.deliveredEpoch = state.stopped === undefined ? state.epoch : ((state.epoch + 1) as Epoch);
    member.succession = new Succession({
      self: id,
      log,
      stage: log.stage,
      start: log.start,
      hardState: log.hardState,
      applied: state.index,
      stopped: state.stopped?.epoch === log.stage.epoch ? state.stopped : undefined,
      protocols: known,
      electionTimeout: ELECTION_TIMEOUT,
      heartbeatInterval: HEARTBEAT_INTERVAL,
      random,
      ...(limits === undefined ? {} : { limits }),
    });
    this.tick(id, 0);
  }

  tick(id: NodeId, by: number): void {
    const member = this.member(id);
    member.now += by;
    member.succession?.step({ kind: 'tick', now: member.now });
    this.turn(id);
  }

  propose(id: NodeId, payloads: readonly string[]): Proposed | undefined {
    const proposed = this.member(id).succession?.propose(payloads.map((text) => utf8Encode(text)));
    this.turn(id);
    return proposed;
  }

  prepare(id: NodeId, stage: Stage): void {
    this.member(id).succession?.prepare(stage);
    this.turn(id);
  }

  stop(id: NodeId, stage: Stage): StopOutcome | undefined {
    const outcome = this.member(id).succession?.stop(stage);
    this.turn(id);
    return outcome;
  }

  /** As if all its voters had said so. */
  stopUnprepared(id: NodeId, stage: Stage): StopOutcome | undefined {
    const { succession, now } = this.member(id);
    succession?.prepare(stage);
    for (const from of stage.voters) {
      const stored = succession!.status().commit;
      succession!.step({ kind: 'control', from, message: { kind: 'prepared', plan: stage.plan, stored, refusal: '' } });
    }
    const outcome = succession?.stop(stage);
    succession?.step({ kind: 'tick', now });
    this.turn(id);
    return outcome;
  }

  read(id: NodeId): number {
    const token = ++this.token;
    this.reads.set(token, { at: id, floor: this.invariants.highestDecided, index: undefined });
    this.member(id).succession?.step({ kind: 'read', token });
    this.turn(id);
    return token;
  }

  transfer(id: NodeId, to: NodeId): void {
    this.member(id).succession?.step({ kind: 'transfer', to });
    this.turn(id);
  }

  deliver(from: NodeId, to: NodeId, at = 0, copies: 'move' | 'repeat' = 'move'): boolean {
    const link = this.link(from, to);
    const envelope = link[at];
    if (envelope === undefined) return false;
    if (copies === 'move') link.splice(at, 1);
    const { succession } = this.member(to);
    if (succession !== undefined) this.hear(succession, from, envelope);
    this.turn(to);
    return true;
  }

  /** The oldest write under way becomes durable. */
  store(id: NodeId): boolean {
    const member = this.member(id);
    const writing = member.pending.shift();
    if (writing === undefined) return false;
    this.write(member, writing);
    this.turn(id);
    return true;
  }

  crash(id: NodeId, links: 'links-break' | 'links-remain' = 'links-break'): void {
    const member = this.member(id);
    member.succession = undefined;
    member.pending = [];
    member.install = undefined;
    member.silentIn = member.sealedIn;
    for (const [token, read] of this.reads) if (read.at === id && read.index === undefined) this.reads.delete(token);
    if (links === 'links-remain') return;
    for (const other of this.members.keys()) {
      this.link(id, other).length = 0;
      this.link(other, id).length = 0;
    }
  }

  loseLink(left: NodeId, right: NodeId): void {
    this.link(left, right).length = 0;
    this.link(right, left).length = 0;
    this.tellLink('peer-lost', left, right);
  }

  connect(left: NodeId, right: NodeId): void {
    this.tellLink('peer-connected', left, right);
  }

  lost(id: NodeId, peer: NodeId): void {
    this.member(id).succession?.step({ kind: 'peer-lost', peer });
    this.turn(id);
  }

  /** Its state machine makes durable what it was given; the log may then begin there. */
  flush(id: NodeId): void {
    const member = this.member(id);
    const index = Math.min(member.delivered, member.log.whole.contiguousThrough) as Index;
    if (index <= member.state.index) return;
    const { entry, epoch } = this.invariants.decided.get(index)!;
    const stopped = entry.kind === 'stop-sign' ? { epoch, index, next: decodeStage(entry.payload) } : undefined;
    member.state = { index, round: entry.round, epoch, stopped };
  }

  compact(id: NodeId): void {
    this.flush(id);
    const { log, state } = this.member(id);
    if (state.index > log.base.index && this.member(id).pending.length === 0) log.whole.compact(state.index);
  }

  /** The snapshot that was offered arrives: the present state of whoever offered it. */
  install(id: NodeId): boolean {
    const member = this.member(id);
    const offer = member.install;
    if (offer === undefined || member.succession === undefined) return false;
    member.install = undefined;
    while (this.store(id)) {
      // the WAL writes in order: what was under way comes first
    }
    const sender = this.member(offer.from);
    this.flush(offer.from);
    const { index, round, epoch } = sender.state;
    const after = stageAfter(sender);
    if (after === undefined || index < offer.index || index < member.delivered || after.stage.epoch < member.log.stage.epoch) {
      return this.failInstall(id, offer);
    }
    const { stage, start } = after;
    const stopped = index === start ? sender.state.stopped : undefined;
    member.state = { index, round, epoch, stopped };
    member.log.install(index, round, stage, start);
    if (member.delivered < index) {
      member.delivered = index;
      member.deliveredEpoch = stage.epoch;
    }
    member.succession.step({ kind: 'installed', index, round, stage, start });
    this.turn(id);
    return true;
  }

  leaders(): StageMember[] {
    return [...this.members.values()].filter(({ succession }) => succession?.status().role === 'leader');
  }

  /** Independent of this one as long as only the named members act: others are shared. */
  branch(acting: readonly NodeId[]): StageSandbox {
    const copy = Object.create(StageSandbox.prototype) as StageSandbox;
    Object.assign(copy, this);
    copy.members = new Map(Array.from(this.members, ([id, member]) => [id, acting.includes(id) ? deepCopy(member) : member]));
    copy.links = new Map(Array.from(this.links, ([key, link]) => [key, link.slice()]));
    copy.invariants = deepCopy(this.invariants);
    copy.reads = deepCopy(this.reads);
    return copy;
  }

  turn(id: NodeId): void {
    const member = this.member(id);
    const { succession } = member;
    if (succession === undefined) return;
    const led = succession.status().role === 'leader';
    const effects = succession.effects();
    this.options.observe?.(id, effects);
    this.checkSilence(member, effects);
    for (const { to, message } of effects.send) this.post(id, to, { kind: 'engine', epoch: effects.epoch, message });
    for (const { to, message } of effects.control) this.post(id, to, { kind: 'control', message });
    for (const entry of effects.commit) this.deliverEntry(member, entry);
    this.takeWrites(member, effects);
    if (effects.ended !== undefined) member.ended.push(effects.ended.epoch);
    for (const outcome of effects.reads) this.answer(outcome.token, outcome.ok ? outcome.index : 'failed');
    if (effects.install !== undefined) member.install = effects.install;
    const status = succession.status();
    this.invariants.observeStatus(id, status);
    if (status.handOver.kind !== 'ended' && status.handOver.kind !== 'retired') return;
    member.silentIn = status.epoch;
    // A leader's last messages are its followers' news; anybody else's are answers.
    if (!led) this.checkSilence(member, effects);
  }

  private takeWrites({ id, pending }: StageMember, { epoch, store, begin, prepare }: SuccessionEffects): void {
    if (store !== undefined) pending.push({ kind: 'store', epoch, effect: store });
    if (begin !== undefined) {
      this.invariants.observeBegin(id, begin.index, begin.stage);
      pending.push({ kind: 'begin', begin });
    }
    if (prepare !== undefined) pending.push({ kind: 'prepare', plan: prepare.plan });
  }

  private write(member: StageMember, writing: Writing): void {
    const { log, succession } = member;
    switch (writing.kind) {
      case 'store': {
        const { effect, epoch } = writing;
        log.apply(effect);
        if ((effect.hardState?.commit ?? 0) >= (this.invariants.ends.get(epoch) ?? Number.POSITIVE_INFINITY))
          member.sealedIn = epoch;
        if (effect.durableThrough > log.whole.contiguousThrough)
          throw new SafetyViolation(`${member.id} takes too much for durable`);
        succession?.step({ kind: 'stored', sequence: effect.sequence });
        if (succession?.protocolOf(epoch) === undefined) return;
        this.checkSilence(member, { send: effect.unlocks, epoch });
        for (const { to, message } of effect.unlocks) this.post(member.id, to, { kind: 'engine', epoch, message });
        return;
      }
      case 'begin':
        log.begin(writing.begin);
        member.sealedIn = (writing.begin.stage.epoch - 1) as Epoch;
        this.checkPrefix(member, writing.begin.index);
        succession?.step({ kind: 'begun', epoch: writing.begin.stage.epoch });
        return;
      case 'prepare':
        succession?.step({ kind: 'prepared', plan: writing.plan, refusal: undefined });
    }
  }

  /** Rule 3: what stands before the stop-sign is what was decided. */
  private checkPrefix({ id, log }: StageMember, end: Index): void {
    for (let index = log.base.index + 1; index <= end; index++) {
      const { entry, epoch } = this.invariants.decided.get(index as Index)!;
      if (log.roundAt(index as Index) !== entry.round || log.epochAt(index as Index) !== epoch) {
        throw new SafetyViolation(`${id} has begun a stage with another entry at ${index} than was decided`);
      }
    }
  }

  /** Rule 4: who knows that a stage has ended says nothing more in it. */
  private checkSilence({ id, silentIn }: StageMember, { send, epoch }: Pick<SuccessionEffects, 'send' | 'epoch'>): void {
    if (send.length > 0 && epoch <= silentIn) throw new SafetyViolation(`${id} speaks in epoch ${epoch}, whose end it knows`);
  }

  private deliverEntry(member: StageMember, entry: Entry): void {
    if (entry.index !== member.delivered + 1) {
      throw new SafetyViolation(`${member.id} was given ${entry.index} after ${member.delivered}`);
    }
    const epoch = member.deliveredEpoch;
    member.delivered = entry.index;
    this.invariants.observeDecided(member.id, { entry, epoch }, () => this.holdsMajority(entry, epoch));
    if (entry.kind === 'stop-sign') member.deliveredEpoch = (epoch + 1) as Epoch;
  }

  private holdsMajority({ index, round }: Entry, epoch: Epoch): boolean {
    const voters = this.votersOf(epoch);
    const holders = voters.filter((id) => {
      const { log } = this.member(id);
      return log.base.index >= index || (log.roundAt(index) === round && log.epochAt(index) === epoch);
    });
    return holders.length > voters.length / 2;
  }

  private votersOf(epoch: Epoch): readonly NodeId[] {
    const end = this.invariants.ends.get((epoch - 1) as Epoch);
    if (end === undefined) return this.options.stage.voters;
    return decodeStage(this.invariants.decided.get(end)!.entry.payload).voters;
  }

  private hear(succession: Succession, from: NodeId, envelope: Envelope): void {
    if (envelope.kind === 'control') return succession.step({ kind: 'control', from, message: envelope.message });
    const { epoch, message } = envelope;
    if (succession.protocolOf(epoch) !== undefined) return succession.step({ kind: 'message', from, epoch, message });
    succession.step({ kind: 'foreign', from, epoch, bytes: encoded(this.protocolIn(epoch), message) });
  }

  private protocolIn(epoch: Epoch): Protocol<EngineMessage> {
    const { protocols: known = protocols, stage } = this.options;
    const end = this.invariants.ends.get((epoch - 1) as Epoch);
    const { protocol } = end === undefined ? stage : decodeStage(this.invariants.decided.get(end)!.entry.payload);
    return known[protocol]!;
  }

  private post(from: NodeId, to: NodeId, envelope: Envelope): void {
    if (this.members.get(to)?.succession !== undefined) this.link(from, to).push(this.overWire(envelope));
  }

  private overWire(envelope: Envelope): Envelope {
    if (this.options.wire !== 'codec') return envelope;
    if (envelope.kind === 'engine') {
      const protocol = this.protocolIn(envelope.epoch);
      return { ...envelope, message: protocol.decode(new ByteReader(encoded(protocol, envelope.message))) };
    }
    const writer = new ByteWriter();
    encodeControl(envelope.message, writer);
    return { kind: 'control', message: decodeControl(new ByteReader(writer.copy())) };
  }

  private tellLink(kind: 'peer-lost' | 'peer-connected', left: NodeId, right: NodeId): void {
    this.member(left).succession?.step({ kind, peer: right });
    this.turn(left);
    this.member(right).succession?.step({ kind, peer: left });
    this.turn(right);
  }

  failInstall(id: NodeId, offer: SnapshotOffer): false {
    this.member(id).succession?.step({ kind: 'install-failed', index: offer.index });
    this.turn(id);
    return false;
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

function newMember(id: NodeId, stage: Stage): StageMember {
  const { epoch } = stage;
  return {
    id,
    log: new MemoryGroupLog(stage),
    succession: undefined,
    pending: [],
    delivered: 0 as Index,
    deliveredEpoch: epoch,
    state: { index: 0 as Index, round: 0 as Round, epoch, stopped: undefined },
    install: undefined,
    silentIn: 0 as Epoch,
    sealedIn: 0 as Epoch,
    ended: [],
    now: 0,
  };
}

/** In force after its state; undefined when it no longer knows, for its state lies before the stage that it runs. */
function stageAfter({ log, state }: StageMember): { readonly stage: Stage; readonly start: Index } | undefined {
  if (state.index < log.start) return undefined;
  if (state.stopped?.epoch === log.stage.epoch) return { stage: state.stopped.next, start: state.index };
  return { stage: log.stage, start: log.start };
}

function encoded(protocol: Protocol<EngineMessage>, message: EngineMessage): Uint8Array {
  const writer = new ByteWriter();
  protocol.encode(message, writer);
  return writer.copy();
}
