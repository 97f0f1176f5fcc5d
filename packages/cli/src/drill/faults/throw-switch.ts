// The way from a drill to the switches of its victim, which only who knows the cluster's secret can throw.
import { readFileSync } from 'node:fs';
import { type Fault, throwFault } from '@reknit/host/member';
import { CliError, reasonOf } from '../../cli-error.js';
import { clientUrl, peerUrl, secretPath } from '../../cluster/layout.js';
import type { LocalCluster } from '../../cluster/local-cluster.js';

export async function throwSwitch({ layout, dataDir }: LocalCluster, name: string, fault: Fault): Promise<void> {
  const node = layout.nodes.find((each) => each.name === name)!;
  try {
    await throwFault(clientUrl(node), readFileSync(secretPath(dataDir)), fault);
  } catch (error) {
    throw new CliError(`the fault could not be made in ${name}: ${reasonOf(error)}`, `see the logs in ${dataDir}`);
  }
}

/** Of these nodes, as their peers dial them. */
export const peerAddresses = ({ layout }: LocalCluster, names: readonly string[]): string =>
  layout.nodes
    .filter(({ name }) => names.includes(name))
    .map((node) => new URL(peerUrl(node)).host)
    .join(',');

export const namesBeside = ({ layout }: LocalCluster, victim: string): readonly string[] =>
  layout.nodes.map(({ name }) => name).filter((name) => name !== victim);
