// Who proposes next: ballots, and the acceptor's side of phase 1 ("Paxos Made Simple", section 2.2).
//
// A ballot belongs to one proposer for ever, so that no vote is needed: whoever asks with the highest is promised. Any voter may
// lead, however little it has accepted: phase 1 tells it the rest. When elections begin, and the probe that disturbs nobody
// before them, is the same in every protocol; what differs stands in `paxosElections`.
import { assert } from '@reknit/base';
import { higher } from '../arithmetic.js';
import { clock } from '../common/core.js';
import type { ElectionRules } from '../common/pre-vote.js';
import { drawTimeout, PATIENCE_MS } from '../common/trust.js';
import type { NodeId, Round } from '../types.js';
import type { Prepare, PreVote } from './messages.js';
import { askForPage, campaign } from './phase-one.js';
import type { PaxosState } from './state.js';

type Ranked = Pick<PaxosState, 'voters' | 'self' | 'round'>;

export const paxosElections: ElectionRules<PaxosState, PreVote> = {
  nextRound: nextBallot,
  probe: (state, attempt) => ({ kind: 'pre-vote', round: nextBallot(state), attempt, decided: state.commit }),
  compare: compareKnowledge,
  campaign: (state, cause) => campaign(state, nextBallot(state), cause),
  askAgain: askForPage,
};

/** With n voters, the first in their order owns the ballots 1, n + 1, 2n + 1 and so on, the second 2, n + 2, and so on. */
export const proposerOf = ({ voters }: Pick<Ranked, 'voters'>, ballot: Round): NodeId => voters[(ballot - 1) % voters.length]!;

/** The lowest of this replica's own above all that it has seen. */
export function nextBallot({ voters, self, round }: Ranked): Round {
  const own = voters.indexOf(self) + 1;
  return (own + voters.length * Math.max(0, Math.floor((round - own) / voters.length) + 1)) as Round;
}

/** Of the current ballot, which its sender owns. */
export function onPrepare(state: PaxosState, from: NodeId, { after }: Prepare): void {
  if (!state.isVoter || !state.voters.includes(from)) return;
  const { round, log, commit: decided, limits } = state;
  assert(proposerOf(state, round) === from, 'a ballot is its proposer’s alone', () => ({ from, round }));
  state.vote = from;
  state.electionAt = clock(state) + drawTimeout(state);
  const { index: base, round: baseRound } = log.base;
  const { slots: entries, more, unreadable } = log.readAbove(higher(after, base), limits.messageBytesMax);
  // What this replica cannot read it must not call empty. The candidate has to hear it from others.
  if (unreadable !== undefined && entries.length === 0) return;
  state.outbox.sendOnceStored(from, { kind: 'promise', round, after, decided, base, baseRound, more, entries });
}

/** What a candidate may lack of what is decided, and still learn within its first page or two of phase 1. */
const LAG_SLOTS_MAX = 1024;

/**
 * All may lead alike, but whoever would have to fetch a snapshot first, or to learn much, had better be served by those who need
 * not: it is refused for as long as this replica has not tried in vain itself.
 */
function compareKnowledge(state: PaxosState, { decided }: PreVote): 'ahead' | 'equal' | 'behind' {
  const { role, log, commit } = state;
  if (decided > commit + LAG_SLOTS_MAX) return 'ahead';
  const triedInVain = role.kind === 'pre-candidate' && clock(state) >= role.stoodAt + PATIENCE_MS;
  const soonReady = decided >= log.base.index && decided >= commit - LAG_SLOTS_MAX;
  return soonReady || triedInVain ? 'equal' : 'behind';
}
