// The round before an election (Raft's section 9.6): a probe that disturbs nobody. A live leader is never deposed by whoever
// merely lost touch with it: a probe is granted only by those who have themselves heard nothing of a leader for an election
// time-out, or whose own link to it broke and is not back, or whose failure detector suspects it.
// What is refused for that reason is granted unasked once the leader turns out to be lost here too.
import type { NodeId, Round } from '../types.js';
import { type Core, clock } from './core.js';
import type { PreVoteAnswer, Probe } from './messages.js';
import { failForwarded } from './reads.js';
import type { PreCandidate } from './roles.js';
import { drawTimeout, leaderSeemsAlive, PATIENCE_MS, retire, type Trusting } from './trust.js';

/** Another may notice the loss a moment later than we: it is asked again this often, then the time-out rules. */
const RETRY_MS = 15;
const RETRIES_MAX = 10;
/** After a split vote: long enough to part the candidates. */
const SPLIT_MIN_MS = 10;
const SPLIT_SPREAD_MS = 50;

/** What a protocol says about its own elections. */
export interface ElectionRules<State, Asked extends Probe> {
  /** In which this replica would campaign. */
  nextRound(state: State): Round;
  probe(state: State, attempt: number): Asked;
  /** How what the asker could lead with stands to what this replica could. Who is 'behind' must not lead. */
  compare(state: State, probe: Asked): 'ahead' | 'equal' | 'behind';
  /** A majority would support it, or the leader asked for it. */
  campaign(state: State, cause: 'time-out' | 'transfer'): void;
  /** The request that a candidate's link to `peer` lost when it broke. */
  askAgain(state: State, peer: NodeId): void;
}

export type Electing<Asked extends Probe> = Trusting &
  Pick<Core, 'self' | 'attempts'> & {
    readonly refused: Map<NodeId, Asked>;
    readonly outbox: { send(to: NodeId, message: Asked): void };
  };

export function stand<Asked extends Probe, State extends Electing<Asked>>(
  state: State,
  rules: ElectionRules<State, Asked>,
): void {
  const doubted = doubtedLeader(state);
  if (doubted === undefined) failForwarded(state);
  state.attempts++;
  const now = clock(state);
  const retriesLeft = state.suspected === undefined ? 0 : RETRIES_MAX;
  const granted = new Set([state.self]);
  const { attempts: attempt } = state;
  const retryAt = now + RETRY_MS;
  const role: PreCandidate = { kind: 'pre-candidate', attempt, stoodAt: now, granted, doubted, retriesLeft, retryAt };
  state.role = role;
  state.electionAt = now + drawTimeout(state);
  if (state.majority === 1) return rules.campaign(state, 'time-out');
  askForSupport(state, role, rules);
}

/** Silent, not lost: a follower that stands for that reason still waits for its answers. Not a second time. */
const doubtedLeader = ({ role, suspected }: Trusting): NodeId | undefined =>
  role.kind === 'follower' && role.leader === suspected ? suspected : undefined;

/** Only while a leader's link is lost, or it is silent, and others may be about to notice. */
export function retryPreVotes<Asked extends Probe, State extends Electing<Asked>>(
  state: State,
  candidate: PreCandidate,
  rules: ElectionRules<State, Asked>,
): void {
  const now = clock(state);
  if (candidate.retriesLeft === 0 || now < candidate.retryAt) return;
  candidate.retriesLeft--;
  candidate.retryAt = now + RETRY_MS;
  askForSupport(state, candidate, rules);
}

/** What was sent over the link that broke is lost. */
export function askAgain<Asked extends Probe, State extends Electing<Asked>>(
  state: State,
  peer: NodeId,
  rules: ElectionRules<State, Asked>,
): void {
  const { role } = state;
  if (!state.voters.includes(peer)) return;
  if (role.kind === 'pre-candidate') state.outbox.send(peer, rules.probe(state, role.attempt));
  else if (role.kind === 'candidate') rules.askAgain(state, peer);
}

export function onPreVote<Asked extends Probe, State extends Electing<Asked>>(
  state: State,
  from: NodeId,
  probe: Asked,
  rules: ElectionRules<State, Asked>,
): void {
  if (!state.isVoter || !state.voters.includes(from)) return;
  if (probe.round <= state.round) {
    answer(state, from, probe, 'refused');
    // Who asks for support trusts no leader any more. It may have ignored this candidate while it still did.
    if (state.role.kind === 'candidate') rules.askAgain(state, from);
    return;
  }
  if (leaderSeemsAlive(state)) {
    state.refused.set(from, probe);
    return answer(state, from, probe, 'refused');
  }
  const claim = rules.compare(state, probe);
  if (claim !== 'behind') return favours(state, from, claim) ? support(state, from, probe) : insist(state, from, probe);
  answer(state, from, probe, 'refused');
  // The leader is gone and the one who asks must not follow it: this replica, with more in its log, may.
  if (state.role.kind === 'follower') stand(state, rules);
}

export function onPreVoteGranted<Asked extends Probe, State extends Electing<Asked>>(
  state: State,
  from: NodeId,
  { round, attempt }: PreVoteAnswer,
  rules: ElectionRules<State, Asked>,
): void {
  const { role } = state;
  if (role.kind !== 'pre-candidate' || role.attempt !== attempt || round !== rules.nextRound(state)) return;
  if (!state.voters.includes(from)) return;
  role.granted.add(from);
  if (role.granted.size >= state.majority) rules.campaign(state, 'time-out');
}

/** Those who noticed the loss before us get now what they were refused. */
export function grantRefused<Asked extends Probe, State extends Electing<Asked>>(
  state: State,
  rules: ElectionRules<State, Asked>,
): 'some' | 'none' {
  let granted: 'some' | 'none' = 'none';
  for (const [from, probe] of state.refused) {
    if (probe.round <= state.round || rules.compare(state, probe) === 'behind') continue;
    grant(state, from, probe);
    granted = 'some';
  }
  state.refused.clear();
  return granted;
}

/** Candidates that lost to each other stand again soon, and apart. `granted` and `refused` are this candidate's answers. */
export function partAfterSplit(
  state: Trusting,
  { granted, refused }: { readonly granted: ReadonlySet<NodeId>; readonly refused: ReadonlySet<NodeId> },
): void {
  const lost = state.voters.filter((id) => refused.has(id) || (state.lostLinks.has(id) && !granted.has(id)));
  if (lost.length <= state.voters.length - state.majority) return;
  state.electionAt = Math.min(state.electionAt, clock(state) + SPLIT_MIN_MS + state.random() * SPLIT_SPREAD_MS);
}

/**
 * Two that stand at once must not grant each other: both would campaign in one round and split its votes. The one with more in
 * its log goes first, of equals the one that is listed first; the other steps back.
 */
function favours({ role, voters, self }: Trusting & Pick<Core, 'self'>, from: NodeId, claim: 'ahead' | 'equal'): boolean {
  if (role.kind !== 'pre-candidate') return true;
  return claim === 'ahead' || voters.indexOf(from) < voters.indexOf(self);
}

function support(state: Trusting, from: NodeId, probe: Probe): void {
  if (state.role.kind === 'pre-candidate') {
    retire(state);
    state.electionAt = clock(state) + PATIENCE_MS;
  }
  grant(state, from, probe);
}

/** Not for long: whoever asks may reach those that this replica does not. */
function insist(state: Trusting, from: NodeId, probe: Probe): void {
  const { role } = state;
  const early = role.kind === 'pre-candidate' && clock(state) < role.stoodAt + PATIENCE_MS;
  if (early) answer(state, from, probe, 'refused');
  else grant(state, from, probe);
}

function askForSupport<Asked extends Probe, State extends Electing<Asked>>(
  state: State,
  { attempt, granted }: PreCandidate,
  rules: ElectionRules<State, Asked>,
): void {
  const probe = rules.probe(state, attempt);
  for (const voter of state.voters) if (!granted.has(voter)) state.outbox.send(voter, probe);
}

function grant(state: Trusting, from: NodeId, probe: Probe): void {
  answer(state, from, probe, 'granted');
  state.electionAt = Math.max(state.electionAt, clock(state) + PATIENCE_MS);
}

function answer(state: Trusting, to: NodeId, { round, attempt }: Probe, outcome: 'granted' | 'refused'): void {
  const granted = outcome === 'granted';
  state.outbox.send(to, { kind: 'pre-vote-answer', round: granted ? round : state.round, granted, attempt });
}
