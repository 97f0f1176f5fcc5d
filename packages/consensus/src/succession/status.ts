// What a succession shows of itself: its replica, and where it is between two stages.
import { unreachable } from '@reknit/base';
import { higher } from '../arithmetic.js';
import type { ReplicaStatus } from '../replica.js';
import { noRound } from '../types.js';
import { preflightOf } from './preflight.js';
import { endOf, type SuccessionState } from './state.js';
import type { HandOver, SuccessionStatus } from './types.js';
import { mayLeave } from './witness.js';

export function statusOf(state: SuccessionState): SuccessionStatus {
  const { stage, start, phase } = state;
  const replica = phase.kind === 'running' ? phase.engine.status() : idle(state);
  const { epoch, protocol } = stage;
  const preflight = preflightOf(state);
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

const RUNNING: HandOver = { kind: 'running' };

function handOverOf(state: SuccessionState, { stopSign }: ReplicaStatus): HandOver {
  const { phase } = state;
  switch (phase.kind) {
    case 'running':
      if (state.informed !== undefined) return { kind: 'catching-up', end: state.informed.end };
      return stopSign === undefined ? RUNNING : { kind: 'stopping', index: stopSign };
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
