// A group through all its stages, behind one face. This file only dispatches: to the replica of the present stage, and around it.
import { ByteReader, MalformedBytesError, unreachable } from '@reknit/base';
import { higher } from '../arithmetic.js';
import type { Input, Outbound, Proposed, Protocol, ReadOutcome, ReplicaStatus } from '../replica.js';
import { type Epoch, type Index, type NodeId, noRound } from '../types.js';
import { askAhead, askForRest, onDecided, onFetch, onInstalled, onInstallFailed, onOffer, takeInstall } from './catchup.js';
import { drainEngine, onBegun, takeCommit, takeStore } from './ending.js';
import type { ControlMessage } from './messages.js';
import { askVoters, beginPreflight, onNoted, onPrepare, onPrepared, preflightOf, takePrepare } from './preflight.js';
import { decodeStage, encodeStage, type Stage } from './stage.js';
import { clock, createState, endOf, type SuccessionState } from './state.js';
import type {
  EngineMessage,
  HandOver,
  StageEnd,
  StopOutcome,
  SuccessionEffects,
  SuccessionInput,
  SuccessionOptions,
  SuccessionStatus,
} from './types.js';
import { answerStopped, mayLeave, observeDecided, onStarted, onStopped, tell } from './witness.js';

/** Messages of the next stage that are kept for its begin here: the first few of an election, whose loss would cost a time-out. */
const EARLY_MAX = 64;

export class Succession {
  protected readonly state: SuccessionState;

  constructor(options: SuccessionOptions) {
    this.state = createState(options);
  }

  get epoch(): Epoch {
    return this.state.stage.epoch;
  }

  /** How to read a replica's message of that epoch; undefined when no replica here could take it now. */
  protocolOf(epoch: Epoch): Protocol<EngineMessage> | undefined {
    const { phase, stage } = this.state;
    return phase.kind === 'running' && epoch === stage.epoch ? phase.protocol : undefined;
  }

  step(input: SuccessionInput): void {
    const { state } = this;
    switch (input.kind) {
      case 'message':
        return onMessage(state, input.from, input.epoch, input.message);
      case 'foreign':
        return onForeign(state, input.from, input.epoch, input.bytes);
      case 'control':
        return onControl(state, input.from, input.message);
      case 'tick':
        return tick(state, input.now);
      case 'stored':
        return onStored(state, input.sequence);
      case 'begun':
        return begun(state, input.epoch);
      case 'prepared':
        return onNoted(state, input.plan, input.refusal ?? '');
      case 'installed':
        return onInstalled(state, input);
      case 'install-failed':
        return onInstallFailed(state, input.index);
      case 'peer-lost':
        state.lost.add(input.peer);
        return passOn(state, input);
      case 'peer-connected':
        state.lost.delete(input.peer);
        return passOn(state, input);
      case 'read':
        if (state.phase.kind === 'running') return passOn(state, input);
        state.readOutcomes.push({ token: input.token, ok: false });
        return;
      case 'learners':
        state.stage = { ...state.stage, learners: input.learners };
        return passOn(state, input);
      case 'applied':
      case 'peer-suspected':
      case 'peer-trusted':
      case 'transfer':
        return passOn(state, input);
      default:
        return unreachable(input);
    }
  }

  /** As of a replica; between two stages nobody leads. */
  propose(payloads: readonly Uint8Array[]): Proposed {
    const { phase } = this.state;
    if (phase.kind === 'running') return phase.engine.propose(payloads);
    return { accepted: false, reason: 'stopped', leader: undefined };
  }

  /** Of a leader: asks the voters of a stage whether they are ready for it, until it comes or `cancelPrepare`. */
  prepare(stage: Stage): void {
    beginPreflight(this.state, stage);
  }

  cancelPrepare(): void {
    this.state.preflight = undefined;
  }

  /** Of a leader: ends this stage with that one. From then on there is no way back, unless another leader displaces it. */
  stop(stage: Stage): StopOutcome {
    const { state } = this;
    const { phase } = state;
    if (phase.kind !== 'running') return { accepted: false, reason: 'stopped', leader: undefined };
    const { role, leader, commit, stopSign } = phase.engine.status();
    if (role !== 'leader') return { accepted: false, reason: 'not-leader', leader };
    if (stage.epoch !== state.stage.epoch + 1) return { accepted: false, reason: 'other-epoch', leader };
    if (stopSign !== undefined) return underWay(state, stage, stopSign);
    const preflight = preflightOf(state, commit);
    if (preflight?.stage.plan !== stage.plan || !preflight.ready) return { accepted: false, reason: 'not-prepared', leader };
    const proposed = phase.engine.propose([encodeStage(stage)], 'stop-sign');
    if (proposed.accepted) state.proposedStop = { index: proposed.first, plan: stage.plan };
    return proposed;
  }

  /** Drained: a second call without a step in between returns nothing. */
  effects(): SuccessionEffects {
    const { state } = this;
    const { epoch } = state.stage;
    const drained = drainEngine(state);
    const store = takeStore(state, drained.store);
    const commit = drained.commit.length > 0 ? drained.commit : takeCommit(state);
    observeDecided(state);
    return {
      epoch,
      send: drained.send,
      control: takeControl(state),
      store,
      begin: takeBegin(state),
      prepare: takePrepare(state),
      commit,
      ended: takeEnded(state),
      reads: takeReads(state, drained.reads),
      install: takeInstall(state) ?? drained.install,
    };
  }

  status(): SuccessionStatus {
    const { state } = this;
    const { stage, start, phase } = state;
    const replica = phase.kind === 'running' ? phase.engine.status() : idle(state);
    const { epoch, protocol } = stage;
    const preflight = preflightOf(state, replica.commit);
    const { role, round, leader, commit, last, ready, phase: protocolPhase, stopSign, progress } = replica;
    const handOver = handOverOf(state, replica);
    // Written out: it is made every turn, and a spread costs as much as all the rest of the turn.
    return {
      role,
      round,
      leader,
      commit,
      last,
      ready,
      phase: protocolPhase,
      stopSign,
      progress,
      epoch,
      protocol,
      stage,
      start,
      handOver,
      preflight,
    };
  }

  /** As of a replica: a turn would find nothing to do. */
  get atRest(): boolean {
    const { state } = this;
    const { phase } = state;
    if (phase.kind !== 'running' || !phase.engine.atRest || state.delivered < state.start) return false;
    return state.control.length === 0 && state.readOutcomes.length === 0 && state.underWay.length === 0 && nothingNew(state);
  }
}

const nothingNew = ({ informed, witness, begin, endToTell, installing, preflight, preparing }: SuccessionState): boolean =>
  informed === undefined &&
  witness === undefined &&
  begin === undefined &&
  endToTell === undefined &&
  installing === undefined &&
  preflight === undefined &&
  preparing === undefined;

function tick(state: SuccessionState, now: number): void {
  // Nobody can have spoken before the first.
  if (state.now === undefined) state.heardAt = now;
  state.now = now;
  passOn(state, { kind: 'tick', now });
  if (now < state.repeatAt) return;
  state.repeatAt = now + state.options.heartbeatInterval;
  askForRest(state);
  tell(state);
  askVoters(state);
}

function onMessage(state: SuccessionState, from: NodeId, epoch: Epoch, message: EngineMessage): void {
  if (epoch !== state.stage.epoch) return;
  if (state.phase.kind !== 'running') return answerStopped(state, from, epoch);
  state.heardAt = clock(state);
  state.phase.engine.step({ kind: 'message', from, message });
}

function onForeign(state: SuccessionState, from: NodeId, epoch: Epoch, bytes: Uint8Array): void {
  if (epoch <= state.stage.epoch) return answerStopped(state, from, epoch);
  if (epoch === state.stage.epoch + 1 && state.early.length < EARLY_MAX) state.early.push({ epoch, from, bytes });
  askAhead(state, from);
}

function onControl(state: SuccessionState, from: NodeId, message: ControlMessage): void {
  switch (message.kind) {
    case 'stopped':
      return onStopped(state, from, message);
    case 'fetch':
      return onFetch(state, from, message);
    case 'decided':
      return onDecided(state, from, message);
    case 'offer':
      return onOffer(state, from, message);
    case 'started':
      return onStarted(state, message);
    case 'prepare':
      return onPrepare(state, from, message);
    case 'prepared':
      return onPrepared(state, from, message);
    default:
      return unreachable(message);
  }
}

function onStored(state: SuccessionState, sequence: number): void {
  const { underWay, phase } = state;
  while (underWay.length > 0 && underWay[0]!.sequence <= sequence) state.durable = underWay.shift()!.durableThrough;
  if (phase.kind !== 'running' || sequence <= state.storeOffset) return;
  phase.engine.step({ kind: 'stored', sequence: sequence - state.storeOffset });
}

/** What the others said to the new replica before it was there. */
function begun(state: SuccessionState, epoch: Epoch): void {
  if (epoch !== state.stage.epoch + 1) return;
  onBegun(state, epoch);
  const { phase } = state;
  if (state.stage.epoch !== epoch) return;
  const early = state.early.splice(0);
  if (phase.kind !== 'running') return;
  for (const { epoch: of, from, bytes } of early) {
    // A snapshot may have led past the stage that they were of.
    const message = of === epoch ? readEarly(phase.protocol, bytes) : undefined;
    if (message !== undefined) phase.engine.step({ kind: 'message', from, message });
  }
}

/** Of a peer of another version: as good as lost. */
function readEarly(protocol: Protocol<EngineMessage>, bytes: Uint8Array): EngineMessage {
  try {
    return protocol.decode(new ByteReader(bytes));
  } catch (error) {
    if (error instanceof MalformedBytesError) return undefined;
    throw error;
  }
}

function passOn({ phase }: SuccessionState, input: Input<EngineMessage>): void {
  if (phase.kind === 'running') phase.engine.step(input);
}

/** A stop-sign stands in the leader's log: asked for again, it is the same one. */
function underWay(state: SuccessionState, { plan }: Stage, index: Index): StopOutcome {
  const { proposedStop } = state;
  const known = proposedStop?.index === index ? proposedStop.plan : inheritedPlan(state, index);
  if (known === plan) return { accepted: true, index };
  return { accepted: false, reason: 'other-plan', leader: state.self };
}

function inheritedPlan({ options }: SuccessionState, index: Index): string | undefined {
  const [entry] = options.log.view().read(index, index, 0);
  return entry?.kind === 'stop-sign' ? decodeStage(entry.payload).plan : undefined;
}

function handOverOf(state: SuccessionState, { stopSign }: ReplicaStatus): HandOver {
  const { phase } = state;
  switch (phase.kind) {
    case 'running':
      if (state.informed !== undefined) return { kind: 'catching-up', end: state.informed.end };
      return stopSign === undefined ? { kind: 'running' } : { kind: 'stopping', index: stopSign };
    case 'beginning':
      return { kind: 'ended', end: phase.end };
    case 'retired':
      return { kind: 'retired', end: phase.end, mayLeave: mayLeave(state) };
    default:
      return unreachable(phase);
  }
}

/** Between two stages. */
function idle(state: SuccessionState): ReplicaStatus {
  const end = endOf(state);
  return {
    role: state.stage.voters.includes(state.self) ? 'follower' : 'learner',
    round: noRound,
    leader: undefined,
    commit: state.delivered,
    last: higher(state.durable, end?.index ?? state.delivered),
    ready: false,
    phase: undefined,
    stopSign: end?.index,
    progress: [],
  };
}

function takeControl(state: SuccessionState): readonly Outbound<ControlMessage>[] {
  state.told.clear();
  if (state.control.length === 0) return NO_CONTROL;
  const { control } = state;
  state.control = [];
  return control;
}

const NO_CONTROL: readonly Outbound<ControlMessage>[] = [];

function takeBegin(state: SuccessionState): SuccessionEffects['begin'] {
  const { begin } = state;
  state.begin = undefined;
  return begin;
}

/** Only once all that it decided has been handed out. */
function takeEnded(state: SuccessionState): StageEnd | undefined {
  const { endToTell } = state;
  if (endToTell === undefined || state.delivered < endToTell.index) return undefined;
  state.endToTell = undefined;
  return endToTell;
}

function takeReads(state: SuccessionState, reads: readonly ReadOutcome[]): readonly ReadOutcome[] {
  if (state.readOutcomes.length === 0) return reads;
  return [...reads, ...state.readOutcomes.splice(0)];
}
