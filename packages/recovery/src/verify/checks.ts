// The single questions of a verification. Each goes to the cluster through the client path, never to whoever did the
// repair, and answers with a reading; 'wait' means ask again, 'wrong' that asking again will not help.
import type { Millis } from '@reknit/base';
import { describeSignal, isBadSignal } from '../detect/signal.js';
import type { Driver } from '../driver.js';
import { type Boot, sameBoot } from '../incidents/incident.js';
import type { Keyspace, MemberStatus, StateHash, StoreClient } from '../store-client.js';

const KEYSPACES: readonly Keyspace[] = ['_system', 'default'];

export interface Member {
  readonly subject: string;
  readonly endpoint: string;
  /** In the care of another agent, which knows whether it ought to be up: it is asked, and not waited for. */
  readonly foreign?: true;
}

export interface CheckContext {
  readonly store: StoreClient;
  readonly driver: Pick<Driver, 'endpoint' | 'identify'> & Partial<Pick<Driver, 'probe' | 'verify' | 'signals'>>;
  readonly subject: string;
  /** What was started and must be what is verified. */
  readonly boot: Boot;
  /** Goes into the canary: unique to this verification. */
  readonly mark: string;
  /** All that ought to be up now, the subject among them. */
  readonly members: () => readonly Member[];
  readonly callTimeoutMs: Millis;
}

export type Answer =
  | { readonly kind: 'good'; readonly detail: string }
  | { readonly kind: 'wait'; readonly detail: string }
  | { readonly kind: 'wrong'; readonly detail: string };

const good = (detail: string): Answer => ({ kind: 'good', detail });
const wait = (detail: string): Answer => ({ kind: 'wait', detail });
const wrong = (detail: string): Answer => ({ kind: 'wrong', detail });

export async function checkIdentity({ driver, subject, boot, callTimeoutMs }: CheckContext): Promise<Answer> {
  const found = await driver.identify(subject, callTimeoutMs);
  if (found === undefined) return wait('no authenticated answer on its port');
  if (!sameBoot(found, boot)) return wrong(`boot ${found.bootId} (pid ${found.process.pid}) answers, not ${boot.bootId}`);
  return good(`pid ${boot.process.pid}, boot ${boot.bootId} proved itself`);
}

export async function checkProbe({ driver, subject, callTimeoutMs }: CheckContext): Promise<Answer> {
  const { health } = (await driver.probe?.(subject, callTimeoutMs)) ?? { health: 'not-tried' };
  return health === 'good' || health === 'not-tried' ? good('its probes are good') : wait(`its health probe says: ${health}`);
}

/** Its own verification may take longer than a call: it reads what it likes. */
const OWN_TIMEOUT_FACTOR = 10;

export async function checkOwn({ driver, subject, callTimeoutMs }: CheckContext): Promise<Answer> {
  return (await driver.verify?.(subject, callTimeoutMs * OWN_TIMEOUT_FACTOR)) ?? good('it declares no verification of its own');
}

/** What led to the repair would show here again: after the soak there was time for it. */
export async function checkMetrics({ driver, subject }: CheckContext): Promise<Answer> {
  const signals = (driver.signals?.(subject) ?? []).filter(({ kind }) => kind === 'metric' || kind === 'log');
  const bad = signals.filter(isBadSignal);
  if (bad.length > 0) return wait(bad.map(describeSignal).join('; '));
  const metrics = signals.filter(({ kind }) => kind === 'metric').length;
  return good(`${metrics} metrics in band, no pattern of an error in its log`);
}

/** Written and read back through the restarted member, in the cluster's own keyspace; clients' data is only read. */
export async function checkCanary(context: CheckContext): Promise<Answer> {
  const { store, subject, mark, driver, callTimeoutMs: timeoutMs } = context;
  const options = { endpoint: driver.endpoint(subject), timeoutMs };
  const key = `reknit/canary/${subject}`;
  await store.put('_system', key, mark, options);
  const read = await store.get('_system', key, options);
  if (read?.value !== mark) return wait(`the canary read back ${JSON.stringify(read?.value)}`);
  await store.get('default', 'reknit/canary', options);
  return good('a write and linearizable reads through it succeeded');
}

/** Where the leaders stood when the check began: a moving target would never be reached under load. */
export type LagTargets = Map<Keyspace, number>;

export async function checkLag(context: CheckContext, targets: LagTargets): Promise<Answer> {
  const endpoint = context.driver.endpoint(context.subject);
  const lags: string[] = [];
  for (const keyspace of KEYSPACES) {
    const target = targets.get(keyspace) ?? (await leaderApplied(context, keyspace));
    if (target === undefined) return wait(`${keyspace} has no leader that answers`);
    targets.set(keyspace, target);
    const { raftAppliedIndex } = await context.store.status(keyspace, endpoint, { timeoutMs: context.callTimeoutMs });
    if (raftAppliedIndex < target) return wait(`${keyspace}: ${target - raftAppliedIndex} entries behind`);
    lags.push(`${keyspace} ${raftAppliedIndex} ≥ ${target}`);
  }
  return good(`caught up: ${lags.join(', ')}`);
}

/** Every member that ought to be up answers, follows the same leader, and has applied what the leader had when the check began. */
export async function checkRedundancy(context: CheckContext, targets: LagTargets): Promise<Answer> {
  const members = context.members();
  let up = 0;
  for (const keyspace of KEYSPACES) {
    const statuses = await statusOfAll(context, keyspace);
    const silent = members.filter(({ foreign }, at) => foreign === undefined && statuses[at] === undefined);
    if (silent.length > 0) return wait(`waits for ${silent.map((member) => member.subject).join(', ')}`);
    const answered = statuses.filter((status) => status !== undefined);
    up = answered.length;
    const leaders = new Set(answered.map((status) => status.leaderId));
    const leader = answered.find((status) => status.memberId === status.leaderId);
    if (leaders.size !== 1 || leader === undefined) return wait(`${keyspace}: the members do not agree on a leader`);
    const target = targets.get(keyspace) ?? leader.raftAppliedIndex;
    targets.set(keyspace, target);
    const behind = answered.filter((status) => status.raftAppliedIndex < target);
    if (behind.length > 0) return wait(`${keyspace}: ${behind.length} of ${answered.length} members lag`);
  }
  return good(`${up} of ${members.length} members up, lag zero`);
}

export async function checkHashes(context: CheckContext): Promise<Answer> {
  const revisions: string[] = [];
  for (const keyspace of KEYSPACES) {
    const statuses = await statusOfAll(context, keyspace);
    const answering = context.members().filter((_, at) => statuses[at] !== undefined);
    const revision = Math.min(...statuses.filter((status) => status !== undefined).map((status) => status.revision));
    if (!Number.isFinite(revision)) return wait('no member answers');
    const hashes = await hashesAt(context, answering, { keyspace, revision });
    if (new Set(hashes.map((hash) => hash.compactRevision)).size !== 1) return wait(`${keyspace}: a compaction is under way`);
    if (new Set(hashes.map((hash) => hash.hash)).size !== 1) return wrong(`${keyspace}: hashes differ at revision ${revision}`);
    revisions.push(`${keyspace} at ${revision}`);
  }
  return good(`equal state hashes on all members: ${revisions.join(', ')}`);
}

/** A hash reads the whole keyspace, other calls a few bytes. */
const HASH_TIMEOUT_FACTOR = 20;

function hashesAt(
  context: CheckContext,
  members: readonly Member[],
  { keyspace, revision }: { readonly keyspace: Keyspace; readonly revision: number },
): Promise<StateHash[]> {
  const { store } = context;
  const timeoutMs = context.callTimeoutMs * HASH_TIMEOUT_FACTOR;
  return Promise.all(members.map((member) => store.hashKV(keyspace, member.endpoint, revision, { timeoutMs })));
}

/** In the order of the members; undefined for those that do not answer. */
function statusOfAll(context: CheckContext, keyspace: Keyspace): Promise<(MemberStatus | undefined)[]> {
  const { store, callTimeoutMs: timeoutMs } = context;
  const ask = (member: Member) => store.status(keyspace, member.endpoint, { timeoutMs }).catch(() => undefined);
  return Promise.all(context.members().map(ask));
}

async function leaderApplied(context: CheckContext, keyspace: Keyspace): Promise<number | undefined> {
  const statuses = (await statusOfAll(context, keyspace)).filter((status) => status !== undefined);
  return statuses.find((status) => status.memberId === status.leaderId)?.raftAppliedIndex;
}
