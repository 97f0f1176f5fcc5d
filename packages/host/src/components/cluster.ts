// `cluster:`, the store's own nodes. A file without components may have its settings at the top instead: so it was written
// before there were components.
import type { Field, Fields } from './sheet.js';
import { PORT_MAX } from './units.js';

const PROTOCOLS = ['raft', 'paxos', 'zab'] as const;

/** Only what was said. */
export interface ClusterSettings {
  readonly nodes?: number;
  readonly protocol?: (typeof PROTOCOLS)[number];
  readonly clientPort?: number;
  readonly portStep?: number;
  readonly dashboardPort?: number;
}

const KEYS: readonly (keyof ClusterSettings)[] = ['nodes', 'protocol', 'clientPort', 'portStep', 'dashboardPort'];

/** @param wanted 'when asked for': undefined unless the file says something of it */
export function readCluster(root: Fields, wanted: 'always' | 'when asked for'): ClusterSettings | undefined {
  const atTop = KEYS.filter((key) => root.has(key));
  const field = root.get('cluster');
  const isDeclared = root.has('cluster');
  if (isDeclared) for (const key of atTop) root.failAt(key, 'stands beside cluster: expected it below cluster');
  if (!isDeclared && atTop.length === 0 && wanted === 'when asked for') return undefined;
  if (!isDeclared) return readSettings(root);
  for (const key of atTop) root.get(key);
  const fields = clusterFields(field);
  if (fields === undefined) return {};
  const settings = readSettings(fields);
  fields.close();
  return settings;
}

/** `cluster:` alone asks for the usual one. */
const clusterFields = (field: Field): Fields | undefined => field.fields('a map such as { nodes: 3, protocol: raft }');

function readSettings(fields: Fields): ClusterSettings {
  const nodes = fields.get('nodes').whole(1, 9);
  const protocol = fields.get('protocol').oneOf(PROTOCOLS);
  const clientPort = fields.get('clientPort').whole(1, PORT_MAX - 1);
  const portStep = fields.get('portStep').whole(2, 10_000);
  const dashboardPort = fields.get('dashboardPort').whole(1, PORT_MAX);
  return {
    ...(nodes === undefined ? {} : { nodes }),
    ...(protocol === undefined ? {} : { protocol }),
    ...(clientPort === undefined ? {} : { clientPort }),
    ...(portStep === undefined ? {} : { portStep }),
    ...(dashboardPort === undefined ? {} : { dashboardPort }),
  };
}
