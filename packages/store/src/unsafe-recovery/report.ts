// What a member holds, told without a quorum: the ground on which an operator chooses a survivor when the majority is lost for good. The
// fingerprint names exactly this state: an order that quotes it is void once anything has changed.
import { sha256 } from '@noble/hashes/sha2.js';
import { toHex, utf8Encode } from '@reknit/base';
import type { StoreMember } from '../member.js';

export interface HeldKeyspace {
  readonly keyspace: string;
  readonly epoch: number;
  /** Of the last entry in the log, decided or not. */
  readonly lastIndex: number;
  readonly lastRound: number;
  /** As far as this member knows. */
  readonly decidedIndex: number;
  readonly appliedIndex: number;
  readonly revision: number;
}

export interface HoldingsReport {
  readonly name: string;
  readonly id: string;
  readonly incarnation: string;
  readonly branch: string;
  /** There is a leader that a majority confirms: nothing unsafe is needed, and nothing unsafe is done. */
  readonly hasQuorum: boolean;
  readonly members: readonly { readonly id: string; readonly name: string; readonly role: string; readonly linked: boolean }[];
  readonly keyspaces: readonly HeldKeyspace[];
  readonly fingerprint: string;
}

/** Undefined before the genesis: there is nothing to recover then. */
export function holdingsOf(member: StoreMember): HoldingsReport | undefined {
  const configuration = member.reconfiguration.applied;
  const branch = member.directory.genesis?.branch;
  if (!member.started || configuration === undefined || branch === undefined) return undefined;
  const keyspaces = [...member.groups].map(({ name, status, log, space }): HeldKeyspace => {
    const { lastIndex } = log;
    return {
      keyspace: name,
      epoch: status.epoch,
      lastIndex,
      lastRound: log.roundAt(lastIndex) ?? 0,
      decidedIndex: status.commit,
      appliedIndex: space.applied.index,
      revision: space.revision,
    };
  });
  const { incarnation } = member.directory.identity;
  const held = keyspaces.map(({ epoch, lastIndex, lastRound }) => `${epoch}.${lastRound}.${lastIndex}`);
  const text = [incarnation, branch, configuration.version, ...held].join('|');
  return {
    name: member.self.name,
    id: member.self.nodeId,
    incarnation,
    branch,
    hasQuorum: [...member.groups].some(({ hasLeader }) => hasLeader),
    members: configuration.members.map(({ id, name, role }) => ({ id, name, role, linked: member.reaches(id) })),
    keyspaces,
    fingerprint: toHex(sha256(utf8Encode(text))).slice(0, 32),
  };
}

export interface Choice {
  /** Who holds most. */
  readonly survivor: HoldingsReport;
  /** For people: what may be lost, keyspace by keyspace. */
  readonly losses: readonly string[];
}

/** Among those that are left, by what the protocols themselves would elect by. Undefined when there is none. */
export function chooseSurvivor(reports: readonly HoldingsReport[]): Choice | undefined {
  const [survivor] = [...reports].sort(
    (left, right) => compareIn('default', right, left) || compareIn('_system', right, left) || (left.id < right.id ? -1 : 1),
  );
  return survivor === undefined
    ? undefined
    : { survivor, losses: survivor.keyspaces.map((held) => lossIn(held, survivor, reports)) };
}

function lossIn(
  { keyspace, lastIndex, revision }: HeldKeyspace,
  survivor: HoldingsReport,
  reports: readonly HoldingsReport[],
): string {
  const gone = survivor.members.filter(({ id, role }) => role === 'voter' && !reports.some((report) => report.id === id));
  const names = gone.map(({ name, id }) => name || id).join(', ');
  const more = reports.filter((report) => report !== survivor && compareIn(keyspace, report, survivor) > 0);
  const elsewhere =
    more.length === 0 ? '' : `; ${more.map(({ name }) => name).join(', ')} hold entries of it that ${survivor.name} does not`;
  return `${keyspace}: kept up to entry ${lastIndex} (revision ${revision}); what only ${names || 'others'} held after it is lost${elsewhere}`;
}

function compareIn(keyspace: string, left: HoldingsReport, right: HoldingsReport): number {
  const [one, two] = [left, right].map(({ keyspaces }) => keyspaces.find((held) => held.keyspace === keyspace));
  if (one === undefined || two === undefined) return (one === undefined ? 0 : 1) - (two === undefined ? 0 : 1);
  return one.epoch - two.epoch || one.lastRound - two.lastRound || one.lastIndex - two.lastIndex;
}
