// Changes of the configuration while everything else goes wrong: a plan may be refused, overtaken or given up, and what it asks for
// may come true much later. Whatever becomes of it, clients must not notice but by the time that it takes.
import { utf8Encode } from '@reknit/base';
import {
  createMemberAddRequest,
  createMemberPromoteRequest,
  createMemberRemoveRequest,
  encodeMemberAddRequest,
  encodeMemberPromoteRequest,
  encodeMemberRemoveRequest,
} from '@reknit/etcd-api';
import type { ProtocolName } from '@reknit/store';
import type { SimulatedMember } from '../cluster/simulated-member.js';
import type { Fault, Stage } from './stage.js';

const PROTOCOLS: readonly ProtocolName[] = ['raft', 'paxos', 'zab'];
const PATIENCE_MS = 5000;
const LOOK_EVERY_MS = 100;
/** A newcomer that does not vote by then: its predecessor stays. */
const LOOKS_MAX = 80;
const REMOVALS_MAX = 30;

/** Asked of any member that is up. */
export const protocolSwitch: Fault = (stage) => {
  const { victim, prng, world, theatre } = stage;
  const protocol = PROTOCOLS[prng.below(PROTOCOLS.length)]!;
  const { member } = victim;
  if (member === undefined) return 'missed';
  const waiter = { done: () => theatre.onChanged('protocolSwitches'), failed: () => undefined };
  const request = { id: `switch at ${world.now}`, epoch: undefined, change: { kind: 'switch', protocol } } as const;
  victim.machine.arrive(() => member.reconfiguration.request(request, PATIENCE_MS, waiter));
  return undefined;
};

/** A new member is announced, joins and is to vote; then the victim, alive or not, is removed. Each step may fail, or not be heard of. */
export const memberReplace: Fault = (stage) => {
  const asked = stage.anyOtherThan(stage.victim);
  const newcomer = asked.up && !stage.victim.lost ? stage.theatre.recruit() : undefined;
  if (newcomer === undefined) return 'missed';
  // Should the announcement be lost it will not be let in.
  newcomer.excuseRemoval();
  const request = encodeMemberAddRequest(createMemberAddRequest({ peerURLs: [`http://${newcomer.name}:2380`] }));
  asked.call('/etcdserverpb.Cluster/MemberAdd', request, 'default', ignore, ignore);
  stage.after(LOOK_EVERY_MS, () => {
    newcomer.start();
    whenItVotes(stage, newcomer, LOOKS_MAX, () => {
      stage.theatre.onChanged('membersAdded');
      remove(stage, stage.victim, newcomer, REMOVALS_MAX);
    });
  });
  return undefined;
};

function whenItVotes(stage: Stage, newcomer: SimulatedMember, looks: number, votes: () => void): void {
  const { member } = newcomer;
  if (member?.group('_system')?.stage.voters.includes(member.self.nodeId)) return votes();
  if (looks > 0) stage.after(LOOK_EVERY_MS, () => whenItVotes(stage, newcomer, looks - 1, votes));
}

/** The addition may have to be concluded first. */
function remove(stage: Stage, gone: SimulatedMember, asked: SimulatedMember, attempts: number): void {
  const { theatre } = stage;
  if (gone.id === undefined || attempts === 0) return;
  gone.excuseRemoval();
  const request = encodeMemberRemoveRequest(createMemberRemoveRequest({ ID: gone.id }));
  const again = (): void => stage.after(LOOK_EVERY_MS, () => remove(stage, gone, asked, attempts - 1));
  const answered = (answer: unknown): void => (answer instanceof Uint8Array ? theatre.onChanged('membersRemoved') : again());
  asked.call('/etcdserverpb.Cluster/MemberRemove', request, 'default', answered, again);
}

/** A learner is announced and joins. It is promoted, again and again until that is done, or taken back while it catches up. */
export const learner: Fault = (stage) => {
  const { victim: asked, theatre, prng } = stage;
  const newcomer = asked.up ? theatre.recruit() : undefined;
  if (newcomer === undefined) return 'missed';
  newcomer.excuseRemoval();
  const peerURLs = [`http://${newcomer.name}:2380`];
  const request = encodeMemberAddRequest(createMemberAddRequest({ peerURLs, isLearner: true }));
  asked.call('/etcdserverpb.Cluster/MemberAdd', request, 'default', ignore, ignore);
  const stays = prng.chance(0.7);
  stage.after(LOOK_EVERY_MS, () => {
    newcomer.start();
    if (stays) promote(stage, newcomer, LOOKS_MAX);
    else stage.after(prng.tail(1000), () => remove(stage, newcomer, asked, REMOVALS_MAX));
  });
  return undefined;
};

function promote(stage: Stage, newcomer: SimulatedMember, looks: number): void {
  if (looks === 0) return;
  const again = (): void => stage.after(LOOK_EVERY_MS, () => promote(stage, newcomer, looks - 1));
  const { id } = newcomer;
  const asked = stage.anyOtherThan(newcomer);
  if (id === undefined || !asked.up) return again();
  const request = encodeMemberPromoteRequest(createMemberPromoteRequest({ ID: id }));
  const answered = (answer: unknown): void =>
    answer instanceof Uint8Array ? stage.theatre.onChanged('learnersPromoted') : again();
  asked.call('/etcdserverpb.Cluster/MemberPromote', request, 'default', answered, again);
}

/** Alive or not, the victim's place is taken by a new member, by one change of the voters. */
export const oneStepReplace: Fault = (stage) => {
  const { victim, theatre, world } = stage;
  const asked = stage.anyOtherThan(victim);
  if (!asked.up || victim.lost || victim.id === undefined) return 'missed';
  const newcomer = theatre.recruit();
  if (newcomer === undefined) return 'missed';
  for (const member of [victim, newcomer]) member.excuseRemoval();
  const change = { kind: 'replace', member: nodeIdOf(victim.id), peerUrls: [`http://${newcomer.name}:2380`] };
  ask(asked, { id: `replace at ${world.now}`, change }, ignore);
  stage.after(LOOK_EVERY_MS, () => {
    newcomer.start();
    whenItVotes(stage, newcomer, LOOKS_MAX, () => theatre.onChanged('membersReplaced'));
  });
  return undefined;
};

/** A change is asked of one and taken back by another, as early or as late as may be: it comes into force, or it never does. */
export const planCancelled: Fault = (stage) => {
  const { victim: asked, prng, world } = stage;
  if (!asked.up) return 'missed';
  const plan = `change at ${world.now}`;
  const switched = { kind: 'switch', protocol: PROTOCOLS[prng.below(PROTOCOLS.length)]! };
  // A voter that never comes holds its plan up until it is cancelled.
  const added = { kind: 'add', peerUrls: [`http://nobody-${Math.floor(world.now)}:2380`] };
  const change = prng.chance(0.5) ? switched : added;
  ask(asked, { id: plan, change }, ignore);
  stage.after(prng.tail(change === added ? 1000 : 60), () => cancel(stage, plan, REMOVALS_MAX));
  return undefined;
};

/** The request keeps its id: what was not heard of is asked for again, and is the same. */
function cancel(stage: Stage, plan: string, attempts: number): void {
  const { victim, theatre } = stage;
  if (attempts === 0) return;
  const again = (): void => stage.after(LOOK_EVERY_MS, () => cancel(stage, plan, attempts - 1));
  const asked = stage.anyOtherThan(victim);
  if (!asked.up) return again();
  ask(asked, { id: `cancel of ${plan}`, change: { kind: 'cancel', plan } }, (outcome) => {
    if (outcome !== 'done') return again();
    theatre.onCancelled(plan);
    theatre.onChanged('plansCancelled');
  });
}

function ask(asked: SimulatedMember, request: object, answered: (outcome: 'done' | 'failed') => void): void {
  const answer = (response: unknown): void => answered(response instanceof Uint8Array ? 'done' : 'failed');
  const bytes = utf8Encode(JSON.stringify(request));
  asked.call('/reknit.v1.Configuration/Change', bytes, 'default', answer, () => answered('failed'));
}

const nodeIdOf = (id: bigint): string => id.toString(16).padStart(16, '0');

const ignore = (): void => undefined;
