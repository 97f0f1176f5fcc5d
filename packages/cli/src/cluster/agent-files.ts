// What the agent of a local cluster is told: its configuration, written anew at each `up`, because the command that starts a
// node is this installation's.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ProcessComponent, subjectsOf } from '@reknit/drivers';
import type { AgentConfig } from '@reknit/host/agent';
import {
  cannotWrite,
  clientUrl,
  clientUrls,
  type Layout,
  type LayoutNode,
  nodeDirectory,
  nodeLog,
  peerUrl,
  secretPath,
} from './layout.js';

export const agentConfigPath = (dataDir: string): string => join(dataDir, 'agent', 'config.json');
export const agentLogPath = (dataDir: string): string => join(dataDir, 'agent', 'agent.log');

/** The built entry point: what runs all the time has no business with building. */
export const MAIN: string = fileURLToPath(new URL('../main.js', import.meta.url));

export interface AgentSettings {
  /** How long a healed node must hold before its incident is resolved. Default: the agent's. */
  readonly soakMs?: number | undefined;
  /** What else the agent looks after. */
  readonly components?: readonly ProcessComponent[];
  readonly pages?: AgentConfig['pages'];
  /** Nodes that may be told to misbehave by whoever knows the secret: for drills. Default false. */
  readonly faultSwitches?: boolean;
}

export function writeAgentConfig(dataDir: string, layout: Layout, settings: AgentSettings): void {
  const { soakMs, components = [], pages } = settings;
  const root = resolve(dataDir);
  const config: AgentConfig = {
    dataDir: root,
    nodes: layout.nodes.map((node) => specOf(root, layout, node, settings)),
    ...(components.length === 0 ? {} : { components }),
    secretFile: secretPath(root),
    clientEndpoints: clientUrls(layout),
    ...(layout.store === undefined ? {} : { store: recordsOf(layout.store, layout.token) }),
    ...(soakMs === undefined ? {} : { soakMs }),
    ...(pages === undefined ? {} : { pages }),
  };
  const path = agentConfigPath(root);
  try {
    mkdirSync(join(root, 'agent'), { recursive: true, mode: 0o700 });
    writeFileSync(`${path}.new`, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  } catch (error) {
    throw cannotWrite(join(root, 'agent'), error);
  }
}

/** Whether an agent that runs was told of other components than these. */
export function hasOtherComponents(dataDir: string, components: readonly ProcessComponent[]): boolean {
  return JSON.stringify(readAgentConfig(dataDir)?.components ?? []) !== JSON.stringify(components);
}

/** All that the agent of a directory was told to look after, by name; undefined when none was ever told. */
export function configuredSubjects(dataDir: string): readonly string[] | undefined {
  const config = readAgentConfig(dataDir);
  return config === undefined
    ? undefined
    : [...config.nodes.map(({ name }) => name), ...(config.components ?? []).flatMap(subjectsOf)];
}

function readAgentConfig(dataDir: string): AgentConfig | undefined {
  try {
    // Written by `writeAgentConfig` alone, whole.
    return JSON.parse(readFileSync(agentConfigPath(dataDir), 'utf8')) as AgentConfig;
  } catch {
    return undefined;
  }
}

/** In an etcd that others use too, the token keeps this cluster's records apart from theirs. */
export const recordsOf = (store: string, token: string): NonNullable<AgentConfig['store']> => ({
  endpoints: store.split(','),
  prefix: `${token}/`,
});

export function specOf(
  root: string,
  layout: Layout,
  node: LayoutNode,
  { faultSwitches = false }: AgentSettings = {},
): AgentConfig['nodes'][number] {
  const flags: Readonly<Record<string, string>> = {
    name: node.name,
    'data-dir': nodeDirectory(root, node.name),
    'listen-client-urls': clientUrl(node),
    'advertise-client-urls': clientUrl(node),
    'listen-peer-urls': peerUrl(node),
    'initial-advertise-peer-urls': peerUrl(node),
    'initial-cluster': layout.nodes.map((peer) => `${peer.name}=${peerUrl(peer)}`).join(','),
    'initial-cluster-token': layout.token,
    protocol: layout.protocol,
    'secret-file': secretPath(root),
    ...(faultSwitches ? { 'fault-switches': 'true' } : {}),
  };
  return {
    name: node.name,
    command: process.execPath,
    args: [MAIN, 'node', ...Object.entries(flags).map(([name, value]) => `--${name}=${value}`)],
    env: {},
    clientUrl: clientUrl(node),
    dataDir: nodeDirectory(root, node.name),
    logFile: nodeLog(root, node.name),
  };
}
