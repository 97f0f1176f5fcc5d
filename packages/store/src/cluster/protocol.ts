// The consensus protocol of a cluster is chosen once, at its genesis, by the flag of all initial voters. After that the flag
// says nothing new: it may be repeated, or left out, and a running cluster changes its protocol by a decision of its own.
import { type Protocol, type ProtocolName, protocols } from '@reknit/consensus';
import { StartError } from '../start-error.js';

export type { ProtocolName } from '@reknit/consensus';

export const DEFAULT_PROTOCOL: ProtocolName = 'raft';

/** Those that this version can run. */
export const PROTOCOL_NAMES: readonly ProtocolName[] = Object.keys(protocols) as ProtocolName[];

const NAMES: ReadonlySet<unknown> = new Set<ProtocolName>(['raft', 'paxos', 'zab']);

export const isProtocolName = (name: unknown): name is ProtocolName => NAMES.has(name);

/** Throws StartError for one that another version brought. */
export function protocolNamed(name: ProtocolName): Protocol<unknown> {
  const protocol = protocols[name];
  if (protocol !== undefined) return protocol;
  throw new StartError(
    'protocol-differs',
    `the cluster runs ${name}, which this Reknit does not know`,
    'use the Reknit version that the other members use',
  );
}

/** @param wanted by the flag; undefined when it was left out @param known what the cluster began with, and last what it runs */
export function checkProtocol(wanted: ProtocolName | undefined, ...known: readonly [ProtocolName, ...ProtocolName[]]): void {
  if (wanted === undefined || known.includes(wanted)) return;
  throw new StartError(
    'protocol-differs',
    `the cluster of this member runs ${known.at(-1)}, but --protocol says ${wanted}`,
    `leave --protocol out; to change a running cluster use  reknit protocol switch ${wanted}`,
  );
}
