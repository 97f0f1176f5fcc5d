// A group through all its stages, behind one face. This file only dispatches: to the replica of the present stage, and around it.
import { ByteReader, MalformedBytesError, type Millis, unreachable } from '@reknit/base';
import type { Input, Outbound, Proposed, Protocol, ReadOutcome, SnapshotOffer } from '../replica.js';
import type { Epoch, NodeId } from '../types.js';
import { askAhead, askForRest, onDecided, onFetch, onInstalled, onInstallFailed, onOffer, takeInstall } from './catchup.js';
import { drainEngine, onBegun, takeCommit, takeStore } from './ending.js';
import { askForCopy, noteUnreadable, onMend, onMended } from './mending.js';
import type { ControlMessage } from './messages.js';
import { askVoters, beginPreflight, onNoted, onPrepare, onPrepared, takePrepare } from './preflight.js';
import type { Stage } from './stage.js';
import { clock, createState, type SuccessionState } from './state.js';
import { statusOf } from './status.js';
import { stop } from './stopping.js';
import type {
  EngineMessage,
  StageEnd,
  StopOutcome,
  SuccessionEffects,
  SuccessionInput,
  SuccessionOptions,
  SuccessionStatus,
} from './types.js';
import { answerStopped, observeDecided, onStarted, onStopped, tell } from './witness.js';

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
      case 'peer-distrusted':
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
    return stop(this.state, stage);
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
      install: takeOneInstall(state, drained.install),
      unreadable: noteUnreadable(state, drained.unreadable),
    };
  }

  status(): SuccessionStatus {
    return statusOf(this.state);
  }

  /** As of a replica: a turn would find nothing to do. */
  get atRest(): boolean {
    const { state } = this;
    const { phase } = state;
    if (phase.kind !== 'running' || !phase.engine.atRest || state.delivered < state.start) return false;
    return state.control.length === 0 && state.readOutcomes.length === 0 && state.underWay.length === 0 && nothingNew(state);
  }

  /** As of a replica. Between two stages always: that is never for long. */
  get restless(): boolean {
    const { state } = this;
    const { phase } = state;
    if (phase.kind !== 'running' || phase.engine.restless || state.delivered < state.start) return true;
    return state.control.length > 0 || state.readOutcomes.length > 0 || !nothingNew(state);
  }

  /** As of a replica. */
  get dueAt(): Millis {
    const { phase, repeatAt, heardAt, options } = this.state;
    const asksAt = Math.max(repeatAt, heardAt + options.electionTimeout);
    return phase.kind === 'running' ? Math.min(phase.engine.dueAt, asksAt) : repeatAt;
  }

  /** As of a replica. */
  advance(now: Millis): void {
    const { state } = this;
    if (state.now === undefined || now <= state.now) return;
    state.now = now;
    if (state.phase.kind === 'running') state.phase.engine.advance(now);
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
  askForCopy(state);
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
  if (epoch === state.stage.epoch + 1 && state.early.length < EARLY_MAX) state.early.push({ from, bytes });
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
    case 'mend':
      return onMend(state, from, message);
    case 'mended':
      return onMended(state, message);
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
  for (const { from, bytes } of early) {
    const message = readEarly(phase.protocol, bytes);
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

/** One snapshot at a time: a replica that wanted one besides is offered it again. */
function takeOneInstall(state: SuccessionState, wanted: SnapshotOffer | undefined): SnapshotOffer | undefined {
  if (wanted === undefined) return takeInstall(state);
  if (state.installing !== undefined) passOn(state, { kind: 'install-failed', index: wanted.index });
  else state.installing = { offer: wanted, announced: false };
  return takeInstall(state);
}

function takeReads(state: SuccessionState, reads: readonly ReadOutcome[]): readonly ReadOutcome[] {
  if (state.readOutcomes.length === 0) return reads;
  return [...reads, ...state.readOutcomes.splice(0)];
}
