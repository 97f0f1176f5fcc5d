// reknit.v1.Configuration: what etcd has no calls for. JSON in unary calls, because operators and scripts read it.
//
//   Show    {}                          → the configuration, the plan under way and where each keyspace stands
//   Change  { id?, epoch?, change }     → the same, once the change is in force, or announced where a member has yet to start
import { MalformedBytesError, utf8Decode, utf8Encode } from '@reknit/base';
import type { NodeId } from '@reknit/consensus';
import { type Failure, Status, type UnaryHandler } from '@reknit/grpc';
import { isProtocolName, PROTOCOL_NAMES } from '../cluster/protocol.js';
import type { Change, Request } from '../configuration/changes.js';
import { describePlan, newcomer, phaseOf } from '../configuration/plans.js';
import type { Configuration } from '../configuration/record.js';
import { EtcdErrors } from '../errors.js';
import type { StoreMember } from '../member.js';
import { newNodeId, systemFor } from './cluster.js';
import { peerUrlsOf } from './peer-urls.js';

export function configurationMethods(member: StoreMember): Record<string, UnaryHandler> {
  return {
    Show: (_bytes, _context, reply) => {
      if (member.closed) return reply.fail(EtcdErrors.stopped);
      const configuration = member.reconfiguration.applied;
      if (configuration === undefined) reply.fail(EtcdErrors.noLeader);
      else reply.ok(show(member, configuration));
    },
    Change: (bytes, context, reply) => {
      const system = systemFor(member, context, reply);
      if (system === undefined) return;
      const request = readRequest(member, bytes);
      if ('code' in request) return reply.fail(request);
      member.reconfiguration.request(request, system.requestTimeout, {
        done: (configuration) => reply.ok(show(member, configuration)),
        failed: (failure) => reply.fail(failure),
      });
    },
  };
}

function show(member: StoreMember, configuration: Configuration): Uint8Array {
  const { version, epoch, protocol, members, plan } = configuration;
  const keyspaces = [...member.groups].map(({ name, status, stage }) => ({
    name,
    epoch: status.epoch,
    protocol: status.protocol,
    phase: status.handOver.kind,
    leader: status.leader,
    voters: stage.voters,
  }));
  const underWay = plan && {
    id: plan.id,
    what: describePlan(plan, members),
    change: plan.change,
    phase: isMet(configuration) ? phaseOf(plan.phase) : 'planned',
    missing: missing(member, configuration),
  };
  const shown = members.map(({ id, name, peerUrls, role, incarnation }) => ({
    id,
    name,
    peerUrls,
    role,
    started: incarnation !== undefined,
  }));
  return utf8Encode(JSON.stringify({ version, epoch, protocol, members: shown, plan: underWay, keyspaces }));
}

function isMet({ plan, members }: Configuration): boolean {
  const needed = plan && newcomer(plan);
  return needed === undefined || members.some(({ id, incarnation }) => id === needed && incarnation !== undefined);
}

/** What the leader of `_system` waits for, if that is this member. */
function missing(member: StoreMember, { plan, members }: Configuration): readonly string[] {
  const preflight = member.group('_system')?.status.preflight;
  if (preflight === undefined || preflight.stage.plan !== plan?.id) return [];
  return preflight.missing.map(({ id, why }) => `${members.find((each) => each.id === id)?.name || id} ${why}`);
}

function readRequest(member: StoreMember, bytes: Uint8Array): Request | Failure {
  try {
    const { id, epoch, change } = fields(JSON.parse(utf8Decode(bytes)));
    if (id !== undefined && (typeof id !== 'string' || id === '' || id.length > REQUEST_ID_MAX))
      return invalid(`id: a text of 1 to ${REQUEST_ID_MAX} characters`);
    if (epoch !== undefined && typeof epoch !== 'number') return invalid('epoch: a number');
    const meant = changeOf(member, fields(change));
    return 'code' in meant ? meant : { id: id ?? member.newRequestId(), epoch, change: meant };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof MalformedBytesError) return invalid('{ id, epoch, change } as JSON');
    throw error;
  }
}

/** Ids are the caller's: bounded, because the log keeps some of them. */
const REQUEST_ID_MAX = 64;

function changeOf(member: StoreMember, given: Readonly<Record<string, unknown>>): Change | Failure {
  switch (given.kind) {
    case 'remove':
    case 'promote':
      return isNodeId(given.member) ? { kind: given.kind, member: given.member } : NO_MEMBER;
    case 'add':
    case 'update':
    case 'replace':
      return changeWithUrls(member, given.kind, given);
    case 'switch':
      return isProtocolName(given.protocol)
        ? { kind: 'switch', protocol: given.protocol }
        : invalid(`protocol: ${String(given.protocol)} is unknown, there are ${PROTOCOL_NAMES.join(', ')}`);
    case 'cancel':
      return { kind: 'cancel', plan: typeof given.plan === 'string' ? given.plan : undefined };
    default:
      return invalid(`change.kind: ${String(given.kind)} is unknown`);
  }
}

function changeWithUrls(
  member: StoreMember,
  kind: 'add' | 'update' | 'replace',
  given: Readonly<Record<string, unknown>>,
): Change | Failure {
  const urls = Array.isArray(given.peerUrls) ? given.peerUrls.filter((url): url is string => typeof url === 'string') : [];
  const peerUrls = peerUrlsOf(urls);
  if (peerUrls === undefined) return EtcdErrors.badMemberUrls;
  const id = newNodeId(member, peerUrls);
  if (kind === 'add') return { kind, id, peerUrls, learner: given.learner === true };
  if (!isNodeId(given.member)) return NO_MEMBER;
  return kind === 'update' ? { kind, member: given.member, peerUrls } : { kind, member: given.member, id, peerUrls };
}

const fields = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {};

const isNodeId = (value: unknown): value is NodeId => typeof value === 'string' && /^[0-9a-f]{16}$/.test(value);

const invalid = (what: string): Failure => ({ code: Status.invalidArgument, message: `reknit: a change needs ${what}` });

const NO_MEMBER: Failure = invalid('member: an id of 16 hex digits');
