// Changes of the configuration while everything else goes wrong: a plan may be refused, overtaken or given up, and what it asks for
// may come true much later. Whatever becomes of it, clients must not notice but by the time that it takes.
import {
  createMemberAddRequest,
  createMemberRemoveRequest,
  encodeMemberAddRequest,
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
    awaitVote(stage, newcomer, LOOKS_MAX);
  });
  return undefined;
};

function awaitVote(stage: Stage, newcomer: SimulatedMember, looks: number): void {
  const { member } = newcomer;
  if (member?.group('_system')?.stage.voters.includes(member.self.nodeId)) {
    stage.theatre.onChanged('membersAdded');
    return remove(stage, newcomer, REMOVALS_MAX);
  }
  if (looks > 0) stage.after(LOOK_EVERY_MS, () => awaitVote(stage, newcomer, looks - 1));
}

/** The addition may have to be concluded first. */
function remove(stage: Stage, asked: SimulatedMember, attempts: number): void {
  const { victim, theatre } = stage;
  if (victim.id === undefined || attempts === 0) return;
  victim.excuseRemoval();
  const request = encodeMemberRemoveRequest(createMemberRemoveRequest({ ID: victim.id }));
  const again = (): void => stage.after(LOOK_EVERY_MS, () => remove(stage, asked, attempts - 1));
  const answered = (answer: unknown): void => (answer instanceof Uint8Array ? theatre.onChanged('membersRemoved') : again());
  asked.call('/etcdserverpb.Cluster/MemberRemove', request, 'default', answered, again);
}

const ignore = (): void => undefined;
