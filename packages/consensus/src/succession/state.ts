// What a member knows of its group's stages. One plain record that the other files of this folder read and change.
import { assert, type Millis } from '@reknit/base';
import { following, higher } from '../arithmetic.js';
import type { Outbound, Protocol, ReadOutcome, Replica, SnapshotOffer } from '../replica.js';
import { type Entry, type Epoch, type HardState, type Index, type NodeId, noIndex, noRound, type Round } from '../types.js';
import { UnreadableLogError } from '../unreadable-log-error.js';
import type { ControlMessage } from './messages.js';
import { decodeStage, isMemberOf, type Stage } from './stage.js';
import type { BeginEffect, EngineMessage, StageEnd, SuccessionOptions } from './types.js';

export type Phase =
  | { readonly kind: 'running'; readonly engine: Replica<EngineMessage>; readonly protocol: Protocol<EngineMessage> }
  /** All that the stage decided is here, and `Started` of the next one on its way to the disk. */
  | { readonly kind: 'beginning'; readonly end: StageEnd }
  /** All that the stage decided is here, and this member is in no later one. */
  | { readonly kind: 'retired'; readonly end: StageEnd };

/** Told that the stage has ended, without what it decided. Until all of that is here the replica goes on. */
export interface Informed {
  readonly end: StageEnd;
  /** Follow one another without a gap. */
  fetched: Entry[];
  bytes: number;
}

/** A stage has ended, and the next one may not have decided anything yet. */
export interface Witness {
  readonly end: StageEnd;
  /** Whom it concerns: the members of both, without this one. */
  readonly peers: readonly NodeId[];
  /** The next stage has: a majority of its voters has durably begun it, and it stands by itself. */
  decided: boolean;
}

export interface Early {
  readonly from: NodeId;
  readonly bytes: Uint8Array;
}

export interface SuccessionState {
  readonly options: SuccessionOptions;
  readonly self: NodeId;
  stage: Stage;
  start: Index;
  phase: Phase;
  /** The end of the stage before the present one. */
  previous: StageEnd | undefined;
  informed: Informed | undefined;
  witness: Witness | undefined;

  now: Millis | undefined;
  /** When somebody spoke in the present stage. */
  heardAt: Millis;
  /** When what may have been lost is said again. */
  repeatAt: Millis;
  /** Whom to ask next, of those that may know. */
  turns: number;
  /** Links known to be broken: the next stage's replica is told. */
  readonly lost: Set<NodeId>;

  /** Handed to the state machine up to here. */
  delivered: Index;
  /** Without a hole up to here. */
  durable: Index;
  /** Of all stages; each replica counts its own from `storeOffset` on. */
  storeSequence: number;
  storeOffset: number;
  readonly underWay: { readonly sequence: number; readonly durableThrough: Index }[];
  /** What the last stage decided without this member, and that it has ended. */
  ownStore: { readonly entries: readonly Entry[]; readonly hardState: HardState; readonly durableThrough: Index } | undefined;
  /** Of the same, for the state machine. */
  ownCommit: readonly Entry[];
  /** As of a replica, of whatever stage. */
  unreadable: Index | undefined;
  /** What others gave in its place, of a stage that has ended. */
  mended: readonly Entry[];

  control: Outbound<ControlMessage>[];
  /** Who was told in this turn that the stage has ended: once is enough. */
  readonly told: Set<NodeId>;
  begin: BeginEffect | undefined;
  endToTell: StageEnd | undefined;
  readOutcomes: ReadOutcome[];
  /** For the replica, or instead of it. */
  installing: { readonly offer: SnapshotOffer; announced: boolean } | undefined;
  /** Of the next stage, before this member has begun it. */
  early: Early[];

  preflight: { readonly stage: Stage; readonly answers: Map<NodeId, PreflightAnswer> } | undefined;
  /** The stop-sign that this member proposed last, in the present stage. */
  proposedStop: { readonly round: Round; readonly plan: string } | undefined;
  preparing: { readonly stage: Stage; readonly askers: Set<NodeId>; announced: boolean } | undefined;
  /** The last plan that was durably noted. */
  prepared: { readonly plan: string; readonly refusal: string } | undefined;
}

export interface PreflightAnswer {
  /** Entries, of those that were decided when it came. */
  readonly lacks: number;
  readonly refusal: string;
  readonly at: Millis;
}

const BEGUN: HardState = { round: noRound, vote: undefined, history: noRound, commit: noIndex };

export function createState(options: SuccessionOptions): SuccessionState {
  const { stage, start, hardState } = options;
  const applied = higher(options.applied, options.log.base.index);
  const known = higher(applied, hardState.commit);
  // Nothing of the stages before is known to a member that joined this one.
  const previous = start > 0 ? { epoch: (stage.epoch - 1) as Epoch, index: start, next: stage } : undefined;
  const state: SuccessionState = {
    options,
    self: options.self,
    stage,
    start,
    // Replaced below: every start ends in a phase of its own.
    phase: { kind: 'retired', end: previous ?? { epoch: stage.epoch, index: start, next: stage } },
    previous,
    informed: undefined,
    witness: previous !== undefined && known <= start ? newWitness(options, previous) : undefined,
    now: undefined,
    heardAt: 0,
    repeatAt: 0,
    turns: 0,
    lost: new Set(),
    delivered: options.applied,
    durable: higher(known, start),
    storeSequence: 0,
    storeOffset: 0,
    underWay: [],
    ownStore: undefined,
    ownCommit: [],
    unreadable: undefined,
    mended: [],
    control: [],
    told: new Set(),
    begin: undefined,
    endToTell: undefined,
    readOutcomes: [],
    installing: undefined,
    early: [],
    preflight: undefined,
    proposedStop: undefined,
    preparing: undefined,
    prepared: preparedFor(options),
  };
  const end = options.stopped ?? knownEnd(options, known);
  if (end !== undefined) enterEnd(state, end);
  else runStage(state, hardState);
  return state;
}

/** What an earlier life has noted counts as long as it is of the next stage. */
const preparedFor = ({ prepared, stage }: SuccessionOptions): SuccessionState['prepared'] =>
  prepared?.epoch === stage.epoch + 1 ? { plan: prepared.plan, refusal: '' } : undefined;

/** All that the stage decided is here: from now on nothing is said in it. */
export function enterEnd(state: SuccessionState, end: StageEnd): void {
  const { index } = end;
  const next = asSeenHere(state.options, end.next);
  const goesOn = isMemberOf(next, state.self);
  state.phase = { kind: goesOn ? 'beginning' : 'retired', end };
  state.begin = goesOn ? { index, stage: next } : undefined;
  state.informed = undefined;
  state.witness = newWitness(state, end);
  state.preflight = undefined;
  state.preparing = undefined;
}

/** A guest learns where it does not vote. The others are told of the stage as it was decided. */
const asSeenHere = ({ guest, self }: SuccessionOptions, stage: Stage): Stage =>
  guest !== true || isMemberOf(stage, self) ? stage : { ...stage, learners: [...stage.learners, self].sort() };

/** The replica of the present stage begins, or begins again. */
export function runStage(state: SuccessionState, hardState: HardState = BEGUN): void {
  const { options, start, self } = state;
  state.stage = asSeenHere(options, state.stage);
  const { stage } = state;
  const protocol = protocolNamed(options, stage);
  if (!isMemberOf(stage, self)) {
    const end: StageEnd = { epoch: (stage.epoch - 1) as Epoch, index: start, next: stage };
    state.phase = { kind: 'retired', end };
    state.witness = newWitness(state, end);
    return;
  }
  state.storeOffset = state.storeSequence;
  state.proposedStop = undefined;
  const { epoch, voters, learners } = stage;
  const engine = protocol.create({
    self,
    configuration: { epoch, voters, learners },
    log: options.log.view(),
    hardState,
    applied: higher(state.delivered, start),
    electionTimeout: options.electionTimeout,
    heartbeatInterval: options.heartbeatInterval,
    random: options.random,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  state.phase = { kind: 'running', engine, protocol };
  state.heardAt = clock(state);
  if (state.now !== undefined) engine.step({ kind: 'tick', now: state.now });
  for (const peer of state.lost) engine.step({ kind: 'peer-lost', peer });
}

/** @param stage that ends; the next one, too, where the one before is no longer known */
function newWitness({ self, stage }: Pick<SuccessionOptions, 'self' | 'stage'>, end: StageEnd): Witness {
  const all = new Set([...stage.voters, ...stage.learners, ...end.next.voters, ...end.next.learners]);
  all.delete(self);
  return { end, peers: [...all].sort(), decided: false };
}

/** How the present stage ended, where that is known. */
export const endOf = ({ phase }: SuccessionState): StageEnd | undefined => (phase.kind === 'running' ? undefined : phase.end);

/**
 * The log shows what was decided up to here, of stages that have ended. Not as soon as it is on its way to the disk: until it is
 * there the log may show what it replaces.
 */
export const decidedInLog = ({ phase, start, underWay }: SuccessionState): Index =>
  phase.kind === 'running' || underWay.length > 0 ? start : phase.end.index;

export const clock = (state: SuccessionState): Millis => state.now ?? 0;

export function say(state: SuccessionState, to: NodeId, message: ControlMessage): void {
  if (to !== state.self) state.control.push({ to, message });
}

export function endNamedBy(state: SuccessionState, { index, payload }: Entry): StageEnd {
  const { epoch } = state.stage;
  const next = decodeStage(payload);
  assert(next.epoch === epoch + 1, 'stages follow one another', () => ({ epoch, next }));
  return { epoch, index, next };
}

function protocolNamed({ protocols }: SuccessionOptions, { protocol }: Stage): Protocol<EngineMessage> {
  const found = protocols[protocol];
  assert(found !== undefined, 'a stage begins only where its protocol can run', () => protocol);
  return found;
}

const SCAN_BYTES = 1 << 20;

/** After a restart: the stop-sign among what is known to be decided. */
function knownEnd(options: SuccessionOptions, known: Index): StageEnd | undefined {
  const view = options.log.view();
  const { epoch } = options.stage;
  let from = following(higher(view.base.index, options.applied));
  while (from <= known) {
    const entries = view.read(from, known, SCAN_BYTES);
    if (entries.length === 0) {
      const kind = view.kindAt?.(from);
      // Where the stage ended is nowhere else to be had before this member is asked in it.
      if (kind === undefined || kind === 'stop-sign') throw new UnreadableLogError(from);
      from = following(from);
      continue;
    }
    for (const { kind, index, payload } of entries) {
      if (kind === 'stop-sign') return { epoch, index, next: decodeStage(payload) };
    }
    from = following(entries.at(-1)!.index);
  }
  return undefined;
}
