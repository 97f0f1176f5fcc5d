import { StartError } from '../start-error.js';
import type { Cluster, Member } from './identity.js';

/** Throws StartError. @param cluster as the flags describe it */
export function findSelf(cluster: Cluster, name: string): Member {
  const self = cluster.members.find((member) => member.name === name);
  if (self !== undefined) return self;
  const names = cluster.members.map((member) => member.name).join(', ');
  throw new StartError(
    'name-not-in-cluster',
    `--name ${name} is not one of the --initial-cluster (${names})`,
    'use one of those names, or add this one',
  );
}
