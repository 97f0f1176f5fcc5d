// What each change makes of the configuration, and what is refused: pure, in etcd's order and with etcd's texts where etcd
// has the case. Whoever is asked computes it on its own applied record; the log's compare-and-set makes that safe.
import { assert, unreachable } from '@reknit/base';
import type { NodeId, ProtocolName } from '@reknit/consensus';
import { type Failure, Status } from '@reknit/grpc';
import { EtcdErrors } from '../errors.js';
import { describePlan, newcomer } from './plans.js';
import type { Configuration, MemberRecord, MemberRole, Plan, PlannedChange } from './record.js';

/** As etcd's default: each learner costs the leader what a voter does. */
const LEARNERS_MAX = 1;
/** A request is asked again within seconds; nobody makes so many changes meanwhile. */
const REQUESTS_KEPT = 16;

export type Change =
  | { readonly kind: 'add'; readonly id: NodeId; readonly peerUrls: readonly string[]; readonly learner: boolean }
  | { readonly kind: 'remove'; readonly member: NodeId }
  | { readonly kind: 'promote'; readonly member: NodeId }
  | { readonly kind: 'update'; readonly member: NodeId; readonly peerUrls: readonly string[] }
  | { readonly kind: 'replace'; readonly member: NodeId; readonly id: NodeId; readonly peerUrls: readonly string[] }
  | { readonly kind: 'switch'; readonly protocol: ProtocolName }
  /** @property plan of that id only; undefined: whichever is under way */
  | { readonly kind: 'cancel'; readonly plan: string | undefined };

export interface Request {
  /** Asked twice, it is one change. */
  readonly id: string;
  /** Refused in any other. */
  readonly epoch: number | undefined;
  readonly change: Change;
}

/** What the member that is asked sees of the others. */
export interface Surroundings {
  /** Linked to it now; itself among them. */
  reaches(member: NodeId): boolean;
  /** A learner has nearly all of the log, and said so lately. */
  inSync(member: NodeId): boolean;
}

export type Decision =
  | { readonly kind: 'next'; readonly next: Configuration }
  /** Nothing to do: it was asked before, or is so already. */
  | { readonly kind: 'settled' }
  | { readonly kind: 'refused'; readonly failure: Failure };

const SETTLED: Decision = { kind: 'settled' };

export function decide(now: Configuration, request: Request, around: Surroundings): Decision {
  const { id, epoch, change } = request;
  if (now.plan?.id === id || now.requests.includes(id)) return SETTLED;
  if (now.cancelled?.includes(id)) return refused(cancelledFailure);
  if (epoch !== undefined && epoch !== now.epoch) return refused(otherEpoch(epoch, now.epoch));
  if (change.kind === 'cancel') return cancel(now, id, change.plan);
  if (now.plan !== undefined) return withPlan(now, now.plan, request);
  switch (change.kind) {
    case 'add':
      return add(now, id, change, around);
    case 'remove':
      return remove(now, id, change.member, around);
    case 'promote':
      return promote(now, id, change.member, around);
    case 'update':
      return update(now, id, change.member, change.peerUrls);
    case 'replace':
      return replace(now, id, change, around);
    case 'switch':
      return switchProtocol(now, id, change.protocol);
    default:
      return unreachable(change);
  }
}

/** Its leaders may append stop-signs from now on. */
export const stopping = (now: Configuration, plan: Plan): Configuration => ({
  ...after(now),
  plan: { ...plan, phase: 'stopping' },
});

/** Every group runs as planned. */
export function closed(now: Configuration, plan: Plan): Configuration {
  const votes = new Set(plan.voters);
  const leave = (member: MemberRecord): boolean => member.role === 'voter' && !votes.has(member.id);
  const members = now.members.filter((member) => !leave(member));
  return {
    ...requested(now, plan.id),
    epoch: now.epoch + 1,
    protocol: plan.protocol,
    members: members.map((member) => (votes.has(member.id) ? { ...member, role: 'voter' } : member)),
    removed: [...now.removed, ...now.members.filter(leave).map(({ id }) => id)],
  };
}

/** A member speaks for the first time. Undefined when another directory already speaks for it. */
export function pinned(now: Configuration, id: NodeId, name: string, incarnation: string): Configuration | undefined {
  const member = now.members.find((each) => each.id === id);
  if (member === undefined || member.incarnation !== undefined) return undefined;
  return { ...after(now), plan: now.plan, members: changed(now.members, { ...member, name, incarnation }) };
}

export const voterIds = (members: readonly MemberRecord[]): readonly NodeId[] =>
  members.filter(({ role }) => role === 'voter').map(({ id }) => id);

function add(now: Configuration, request: string, change: Change & { kind: 'add' }, around: Surroundings): Decision {
  const { id, peerUrls, learner } = change;
  const failure = newMemberFailure(now, id, peerUrls);
  if (failure !== undefined) return refused(failure);
  if (learner) {
    if (now.members.filter(({ role }) => role === 'learner').length >= LEARNERS_MAX) return refused(EtcdErrors.tooManyLearners);
    return next({ ...requested(now, request), members: changed(now.members, newMember(id, peerUrls, 'learner')) });
  }
  const voters = voterIds(now.members);
  if (!keepsQuorum(voters, voters, around)) return refused(EtcdErrors.unhealthy);
  return planned(now, request, { kind: 'add', member: id }, [...voters, id], newMember(id, peerUrls, 'pending'));
}

function remove(now: Configuration, request: string, id: NodeId, around: Surroundings): Decision {
  const member = now.members.find((each) => each.id === id);
  if (member === undefined) return refused(EtcdErrors.memberNotFound);
  if (member.role !== 'voter') return next(without(requested(now, request), id));
  const voters = voterIds(now.members);
  const rest = voters.filter((voter) => voter !== id);
  if (rest.length === 0) return refused(EtcdErrors.notEnoughStarted);
  if (!keepsQuorum(voters, rest, around)) return refused(EtcdErrors.unhealthy);
  return planned(now, request, { kind: 'remove', member: id }, rest);
}

function promote(now: Configuration, request: string, id: NodeId, around: Surroundings): Decision {
  const member = now.members.find((each) => each.id === id);
  if (member === undefined) return refused(EtcdErrors.memberNotFound);
  if (member.role !== 'learner') return refused(EtcdErrors.memberNotLearner);
  if (member.incarnation === undefined || !around.inSync(id)) return refused(EtcdErrors.learnerNotReady);
  return planned(now, request, { kind: 'promote', member: id }, [...voterIds(now.members), id]);
}

function update(now: Configuration, request: string, id: NodeId, peerUrls: readonly string[]): Decision {
  const member = now.members.find((each) => each.id === id);
  if (member === undefined) return refused(EtcdErrors.memberNotFound);
  const others = now.members.filter((each) => each.id !== id);
  if (taken(others, peerUrls)) return refused(EtcdErrors.peerUrlExists);
  return next({ ...requested(now, request), members: changed(now.members, { ...member, peerUrls: sorted(peerUrls) }) });
}

function replace(now: Configuration, request: string, change: Change & { kind: 'replace' }, around: Surroundings): Decision {
  const { member: old, id, peerUrls } = change;
  const member = now.members.find((each) => each.id === old);
  if (member === undefined) return refused(EtcdErrors.memberNotFound);
  if (member.role !== 'voter') return refused(notAVoter(member));
  const failure = newMemberFailure(now, id, peerUrls);
  if (failure !== undefined) return refused(failure);
  const voters = voterIds(now.members);
  if (!keepsQuorum(voters, voters, around)) return refused(EtcdErrors.unhealthy);
  const target = [...voters.filter((voter) => voter !== old), id];
  return planned(now, request, { kind: 'replace', member: old, by: id }, target, newMember(id, peerUrls, 'pending'));
}

function switchProtocol(now: Configuration, request: string, protocol: ProtocolName): Decision {
  if (protocol === now.protocol) return SETTLED;
  const next: Plan = {
    id: request,
    change: { kind: 'switch', protocol },
    voters: voterIds(now.members),
    protocol,
    phase: 'catching-up',
  };
  return { kind: 'next', next: { ...after(now), plan: next } };
}

/** Who takes back what a plan announced cancels the plan. */
function withPlan(now: Configuration, plan: Plan, { id, change }: Request): Decision {
  const announced = plan.change.kind === 'promote' ? undefined : newcomer(plan);
  if (change.kind === 'remove' && change.member === announced) return cancel(now, id, plan.id);
  return refused(underWay(plan, now.members));
}

function cancel(now: Configuration, request: string, wanted: string | undefined): Decision {
  const { plan } = now;
  if (plan === undefined || (wanted !== undefined && wanted !== plan.id)) return refused(NOTHING_TO_CANCEL);
  if (plan.phase === 'stopping') return refused(tooLate(plan, now.members));
  const cancelled = [...(now.cancelled ?? []).slice(1 - REQUESTS_KEPT), plan.id];
  const rest = { ...requested(now, request), cancelled };
  const announced = plan.change.kind === 'promote' ? undefined : newcomer(plan);
  return next(announced === undefined ? rest : without(rest, announced));
}

function planned(
  now: Configuration,
  id: string,
  change: PlannedChange,
  voters: readonly NodeId[],
  announced?: MemberRecord,
): Decision {
  const members = announced === undefined ? now.members : changed(now.members, announced);
  const plan: Plan = { id, change, voters: [...voters].sort(), protocol: now.protocol, phase: 'catching-up' };
  return next({ ...after(now), members, plan });
}

function newMemberFailure(now: Configuration, id: NodeId, peerUrls: readonly string[]): Failure | undefined {
  if (now.removed.includes(id) || now.members.some((member) => member.id === id)) return EtcdErrors.memberExists;
  return taken(now.members, peerUrls) ? EtcdErrors.peerUrlExists : undefined;
}

const taken = (members: readonly MemberRecord[], urls: readonly string[]): boolean =>
  members.some((member) => member.peerUrls.some((url) => urls.includes(url)));

const newMember = (id: NodeId, peerUrls: readonly string[], role: MemberRole): MemberRecord => ({
  id,
  name: '',
  peerUrls: sorted(peerUrls),
  role,
});

/** Both a majority that decides the change and one that can go on after it. */
function keepsQuorum(before: readonly NodeId[], later: readonly NodeId[], around: Surroundings): boolean {
  const within = (voters: readonly NodeId[]): boolean =>
    voters.filter((voter) => around.reaches(voter)).length > Math.floor(voters.length / 2);
  return within(before) && within(later);
}

/** Adds it, or puts it in its own place. */
function changed(members: readonly MemberRecord[], member: MemberRecord): readonly MemberRecord[] {
  return [...members.filter(({ id }) => id !== member.id), member].sort((left, right) => (left.id < right.id ? -1 : 1));
}

function without(now: Configuration, id: NodeId): Configuration {
  assert(!now.removed.includes(id), 'a member is removed once', () => id);
  return { ...now, members: now.members.filter((member) => member.id !== id), removed: [...now.removed, id] };
}

/** The next version, no plan under way. */
function after(now: Configuration): Configuration {
  const { plan: _, ...rest } = now;
  return { ...rest, version: now.version + 1 };
}

function requested(now: Configuration, id: string): Configuration {
  return { ...after(now), requests: [...now.requests.slice(1 - REQUESTS_KEPT), id] };
}

const sorted = (urls: readonly string[]): readonly string[] => [...urls].sort();

const next = (configuration: Configuration): Decision => ({ kind: 'next', next: configuration });

const refused = (failure: Failure): Decision => ({ kind: 'refused', failure });

const precondition = (message: string): Failure => ({ code: Status.failedPrecondition, message });

const NOTHING_TO_CANCEL: Failure = precondition('reknit: no reconfiguration is under way that could be cancelled');

/** Of who waited for it. */
export const cancelledFailure: Failure = precondition('reknit: the reconfiguration was cancelled');

const underWay = (plan: Plan, members: readonly MemberRecord[]): Failure =>
  precondition(
    `reknit: a reconfiguration is under way: ${describePlan(plan, members)}; wait for its end, or end it with  reknit member cancel`,
  );

const tooLate = (plan: Plan, members: readonly MemberRecord[]): Failure =>
  precondition(`reknit: too late to cancel ${describePlan(plan, members)}; undo it with another change once it is done`);

const notAVoter = ({ id, name }: MemberRecord): Failure =>
  precondition(`reknit: member ${name || id} does not vote, so it cannot be replaced; remove it and add another`);

const otherEpoch = (expected: number, epoch: number): Failure =>
  precondition(`reknit: the configuration is ${epoch}, not ${expected} that the request expects; look at it again`);
