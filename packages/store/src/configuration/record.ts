// The configuration of the cluster: one record that `_system` replicates beside its keys. An entry carries the version that
// it expects and the whole next record, so applying it is a comparison, and it is the same bytes on every member. Version 0
// is the genesis and is nowhere stored: every member computes it from what it began with.
import { MalformedBytesError, utf8Decode, utf8Encode } from '@reknit/base';
import type { NodeId, ProtocolName } from '@reknit/consensus';

/** `pending`: is to vote once it is up and caught up. Both others than voters receive the log and never count. */
export type MemberRole = 'voter' | 'learner' | 'pending';

export interface MemberRecord {
  readonly id: NodeId;
  /** Empty until its first contact. */
  readonly name: string;
  /** At least one; sorted. */
  readonly peerUrls: readonly string[];
  readonly role: MemberRole;
  /** Of the data directory that speaks for this member; pinned at its first contact. */
  readonly incarnation?: string | undefined;
}

/** What an operator asked for, as far as it needs a stop-sign. */
export type PlannedChange =
  | { readonly kind: 'add'; readonly member: NodeId }
  | { readonly kind: 'promote'; readonly member: NodeId }
  | { readonly kind: 'remove'; readonly member: NodeId }
  | { readonly kind: 'replace'; readonly member: NodeId; readonly by: NodeId }
  | { readonly kind: 'switch'; readonly protocol: ProtocolName };

export interface Plan {
  /** The request's id. */
  readonly id: string;
  readonly change: PlannedChange;
  readonly voters: readonly NodeId[];
  readonly protocol: ProtocolName;
  /** `stopping`: leaders append stop-signs, and nothing takes it back. */
  readonly phase: 'catching-up' | 'stopping';
}

export interface Configuration {
  readonly version: number;
  /** Of every group, while no plan is stopping. */
  readonly epoch: number;
  readonly protocol: ProtocolName;
  /** Sorted by id. */
  readonly members: readonly MemberRecord[];
  /** Ids are never given twice, and what they belonged to never comes back. */
  readonly removed: readonly NodeId[];
  readonly plan?: Plan | undefined;
  /** Of formats and meanings that all members speak; undefined: the first. See cluster/level.ts. */
  readonly level?: number | undefined;
  /** The newest last: asked for again, they are one change. */
  readonly requests: readonly string[];
  /** Those whose plan came to nothing, the newest last: asked for again, they are not begun again. Absent: none. */
  readonly cancelled?: readonly string[] | undefined;
}

/** One compare-and-set, as it stands in the log. */
export interface ConfigurationEntry {
  readonly expected: number;
  readonly next: Configuration;
}

/** Raised when an older Reknit could misread a record. */
export const FORMAT = 1;

export const encodeConfiguration = (configuration: Configuration): Uint8Array =>
  utf8Encode(JSON.stringify({ format: FORMAT, ...configuration }));

/** Throws MalformedBytesError. */
export const decodeConfiguration = (bytes: Uint8Array): Configuration => configurationOf(parse(bytes));

export const encodeEntry = ({ expected, next }: ConfigurationEntry): Uint8Array =>
  utf8Encode(JSON.stringify({ expected, next: { format: FORMAT, ...next } }));

/** Throws MalformedBytesError. */
export function decodeEntry(bytes: Uint8Array): ConfigurationEntry {
  const { expected, next } = fields(parse(bytes));
  return { expected: whole(expected), next: configurationOf(next) };
}

/** Throws MalformedBytesError unless it is a record of this shape. */
export function configurationOf(value: unknown): Configuration {
  const { format, version, epoch, protocol, members, removed, plan, level, requests } = fields(value);
  if (format !== FORMAT) malformed(`a configuration of format ${String(format)}`);
  return {
    version: whole(version),
    epoch: whole(epoch),
    protocol: protocolOf(protocol),
    members: list(members, memberOf),
    removed: list(removed, nodeOf),
    ...(plan === undefined ? {} : { plan: planOf(plan) }),
    ...(level === undefined ? {} : { level: whole(level) }),
    requests: list(requests, text),
    ...cancelledOf(fields(value)),
  };
}

const cancelledOf = ({ cancelled }: Readonly<Record<string, unknown>>): Pick<Configuration, 'cancelled'> =>
  cancelled === undefined ? {} : { cancelled: list(cancelled, text) };

function memberOf(value: unknown): MemberRecord {
  const { id, name, peerUrls, role, incarnation } = fields(value);
  if (role !== 'voter' && role !== 'learner' && role !== 'pending') return malformed(`a member of role ${String(role)}`);
  const known = incarnation === undefined ? {} : { incarnation: text(incarnation) };
  return { id: nodeOf(id), name: text(name), peerUrls: list(peerUrls, text), role, ...known };
}

function planOf(value: unknown): Plan {
  const { id, change, voters, protocol, phase } = fields(value);
  if (phase !== 'catching-up' && phase !== 'stopping') return malformed(`a plan in phase ${String(phase)}`);
  return { id: text(id), change: changeOf(change), voters: list(voters, nodeOf), protocol: protocolOf(protocol), phase };
}

function changeOf(value: unknown): PlannedChange {
  const { kind, member, by, protocol } = fields(value);
  switch (kind) {
    case 'add':
    case 'promote':
    case 'remove':
      return { kind, member: nodeOf(member) };
    case 'replace':
      return { kind, member: nodeOf(member), by: nodeOf(by) };
    case 'switch':
      return { kind, protocol: protocolOf(protocol) };
    default:
      return malformed(`a change of kind ${String(kind)}`);
  }
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(utf8Decode(bytes));
  } catch {
    return malformed('no configuration');
  }
}

const fields = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : malformed('a record is missing');

const list = <T>(value: unknown, each: (item: unknown) => T): readonly T[] =>
  Array.isArray(value) ? value.map(each) : malformed('a list is missing');

const text = (value: unknown): string => (typeof value === 'string' ? value : malformed('a text is missing'));

const whole = (value: unknown): number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : malformed('a number is missing');

const nodeOf = (value: unknown): NodeId => {
  const id = text(value);
  return /^[0-9a-f]{16}$/.test(id) ? (id as NodeId) : malformed(`${id} is no member's id`);
};

/** By shape only: whether this version can run it is for whoever must. */
const protocolOf = (value: unknown): ProtocolName => {
  const name = text(value);
  return name === 'raft' || name === 'paxos' || name === 'zab' ? name : malformed(`no protocol ${name}`);
};

function malformed(what: string): never {
  throw new MalformedBytesError(`not a configuration of this version: ${what}`);
}
