// What answers plain HTTP on the client port: health as etcd gives it, the version, metrics, and the identity by which an
// agent makes sure that the process on this port is the one that it means.
import { MalformedBytesError, type Millis, toHex } from '@reknit/base';
import type { HttpHandler, HttpRequest, HttpResponse } from '@reknit/grpc';
import { levelOf } from '../cluster/level.js';
import type { StoreMember } from '../member.js';
import { identityProof } from '../peers/handshake.js';
import { decodeRecoveryOrder, takeRecoveryOrder } from '../unsafe-recovery/order.js';
import { holdingsOf } from '../unsafe-recovery/report.js';
import { storeSignals } from '../vigil/signals.js';
import { ETCD_API_VERSION, ETCD_CLUSTER_VERSION } from './maintenance.js';

const JSON_HEADERS = { 'content-type': 'application/json' } as const;
const TEXT_HEADERS = { 'content-type': 'text/plain; charset=utf-8' } as const;
/** A challenge is a nonce, not a document. */
const CHALLENGE_CHARACTERS_MAX = 128;
/** Probes of load balancers and orchestrators wait a second or two: an answer after that is none. */
const HEALTH_WITHIN: Millis = 1000;

type Metrics = () => Promise<{ readonly contentType: string; readonly text: string }>;

/** @param metrics the Prometheus text, gathered when it is asked for */
export function httpHandler(member: StoreMember, metrics: Metrics): HttpHandler {
  return (request, respond) => {
    const [path, query = ''] = request.path.split('?');
    if (path === '/reknit/unsafe-recovery') return respond(unsafeRecovery(member, request));
    if (request.method !== 'GET')
      return respond({ status: 405, headers: { allow: 'GET', ...TEXT_HEADERS }, body: 'Method Not Allowed\n' });
    switch (path) {
      case '/health':
        return health(member, query, respond);
      case '/version':
        return respond(
          json(200, {
            etcdserver: ETCD_API_VERSION,
            etcdcluster: clusterVersion(member),
            storage: ETCD_CLUSTER_VERSION,
            reknit: { level: levelOf(member.reconfiguration.applied), knows: member.level },
          }),
        );
      case '/metrics':
        return gathered(metrics, respond);
      case '/reknit/replicas':
        return respond(json(200, replicas(member)));
      case '/reknit/vitals':
        return respond(json(200, vitals(member)));
      case '/reknit/identity':
        return respond(identity(member, query));
      default:
        return respond({ status: 404, headers: TEXT_HEADERS, body: '404 page not found\n' });
    }
  };
}

/** As etcd's, which is decided once all members have said what they speak. */
const clusterVersion = (member: StoreMember): string =>
  member.started && member.reconfiguration.applied?.level !== undefined ? ETCD_CLUSTER_VERSION : 'not_decided';

/** GET: what this member holds. POST: an order to go on alone. */
function unsafeRecovery(member: StoreMember, { method, body }: HttpRequest): HttpResponse {
  if (method === 'GET') {
    const report = member.closed ? undefined : holdingsOf(member);
    return report === undefined ? json(503, { error: 'the cluster has not begun' }) : json(200, report);
  }
  if (method !== 'POST') return { status: 405, headers: { allow: 'GET, POST', ...TEXT_HEADERS }, body: 'Method Not Allowed\n' };
  try {
    const answer = takeRecoveryOrder(member, decodeRecoveryOrder(body));
    return answer.accepted ? json(202, answer) : json(answer.status, { error: answer.reason });
  } catch (error) {
    if (!(error instanceof MalformedBytesError)) throw error;
    return json(400, { error: error.message });
  }
}

function gathered(metrics: Metrics, respond: (response: HttpResponse) => void): void {
  void metrics().then(
    ({ contentType, text }) => respond({ status: 200, headers: { 'content-type': contentType }, body: text }),
    (error: unknown) =>
      respond({ status: 500, headers: TEXT_HEADERS, body: `the metrics cannot be gathered: ${messageOf(error)}\n` }),
  );
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const json = (status: number, value: unknown): HttpResponse => ({ status, headers: JSON_HEADERS, body: JSON.stringify(value) });

/** Healthy is who can serve a linearizable read now (or, if asked, a local one). */
function health(member: StoreMember, query: string, respond: (response: HttpResponse) => void): void {
  const group = member.group('default');
  const sick = (reason: string): void => respond(json(503, { health: 'false', reason }));
  const well = (): void => respond(json(200, { health: 'true', reason: '' }));
  if (member.closed || group === undefined) return sick('RAFT NO LEADER');
  const alarm = group.alarms.raised.find(({ kind }) => !excluded(query, kind.toUpperCase()));
  if (alarm !== undefined) return sick(`ALARM ${alarm.kind.toUpperCase()}`);
  if (!group.hasLeader) return sick('RAFT NO LEADER');
  if (parameter(query, 'serializable') === 'true') return well();
  group.read({ ready: well, failed: (failure) => sick(`RANGE ERROR:${failure.message}`) }, HEALTH_WITHIN);
}

/** `exclude=NOSPACE`, which may be repeated: as etcd's probes say that they know of an alarm. */
const excluded = (query: string, name: string): boolean => query.split('&').includes(`exclude=${name}`);

/** How the member finds itself; whoever asks for it learns by the answer's delay how the loop is now. */
function vitals(member: StoreMember): unknown {
  const { loopDelay, lostShare, logSync, logSyncP99, suspected } = member.vitals;
  return {
    loopDelayMs: Math.round(loopDelay),
    lostShare,
    logSyncMs: Math.round(logSync),
    logSyncP99Ms: Math.round(logSyncP99),
    logPendingMs: Math.round(member.wal.statistics().pendingSince),
    suspectedPeers: suspected.map((peer) => member.cluster.members.find(({ nodeId }) => nodeId === peer)?.name ?? peer),
    wall: member.runtime.clock.wall(),
    logRoomBytes: member.wal.statistics().room,
    store: storeSignals(member),
    leads: [...member.groups].filter(({ status }) => status.role === 'leader').map(({ name }) => name),
  };
}

/** What each replica of the member is, in the words of its own protocol. */
function replicas(member: StoreMember): unknown {
  return [...member.groups].map(({ name, identity, protocol, status, space }) => ({
    keyspace: name,
    protocol: protocol.name,
    configuration: identity.epoch,
    roundName: protocol.roundName,
    round: status.round,
    role: status.role,
    phase: status.phase ?? null,
    leader: status.leader ?? null,
    commit: status.commit,
    applied: space.applied.index,
  }));
}

function identity(member: StoreMember, query: string): HttpResponse {
  const challenge = parameter(query, 'challenge') ?? '';
  if (!/^[0-9a-f]+$/.test(challenge) || challenge.length > CHALLENGE_CHARACTERS_MAX) {
    return json(400, { error: `challenge must be 1 to ${CHALLENGE_CHARACTERS_MAX} hex digits` });
  }
  const { pid, startTime } = member.runtime.processes.self;
  const { incarnation } = member.directory.identity;
  const proof = toHex(identityProof(member.options.secret, challenge, pid, startTime, incarnation, member.bootId));
  return json(200, {
    name: member.self.name,
    memberId: member.self.id.toString(16),
    clusterId: member.cluster.id.toString(16),
    incarnation,
    bootId: member.bootId,
    pid,
    startTime,
    ready: member.isReady,
    proof,
  });
}

function parameter(query: string, name: string): string | undefined {
  const pair = query.split('&').find((part) => part.startsWith(`${name}=`));
  return pair?.slice(name.length + 1);
}
