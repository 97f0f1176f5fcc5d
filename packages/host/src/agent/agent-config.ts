// What an agent is told: one JSON file. Checked as a whole before anything starts; each error names the field, what it
// holds, and what it should hold.
import type { ExistingEtcd, NodeSpec, ProcessComponent } from '@reknit/drivers';
import { isLoopback } from '../member/loopback.js';
import { isComponent, objectionTo } from './agent-components.js';
import { AgentError } from './agent-error.js';

export interface AgentConfig {
  /** The agent keeps its lock, journal and control socket in `agent/` below it. */
  readonly dataDir: string;
  readonly nodes: readonly NodeSpec[];
  /** What else it looks after. Without nodes and without a store it lives by reflexes and its journal alone. */
  readonly components?: readonly ProcessComponent[];
  /** The bytes of this file are the cluster's secret. */
  readonly secretFile: string;
  /** Where the engine keeps its records. Default: in the keyspace `_system` of the nodes. */
  readonly store?: ExistingEtcd;
  /** Default: the client URLs of the nodes. */
  readonly clientEndpoints: readonly string[];
  /** Default 3000. */
  readonly soakMs?: number;
  /** Default 120,000. */
  readonly verifyTimeoutMs?: number;
  /** Default 1000. */
  readonly probeEveryMs?: number;
  /** In incidents; default `agent of` and the host's name. */
  readonly observer?: string;
  /** `host:port` of this machine for Prometheus. Default: the port that the last agent had, else any; so too if it is taken. */
  readonly metricsListen?: string;
  /** How humans are told of what no ladder could mend. */
  readonly pages?: readonly PageSpec[];
  /** Absent: this agent is the only one. */
  readonly gossip?: GossipConfig;
}

/** A POST of JSON with an `Idempotency-Key`, taken with a 2xx; or a command with the JSON on its input, taken with exit code 0. */
export type PageSpec = { readonly webhook: string } | { readonly command: readonly [string, ...string[]] };

/** How agents of several machines find each other. */
export interface GossipConfig {
  /** `host:port`, by which the others reach this agent. */
  readonly listen: string;
  /** The machine: agents of one have one vote together. Default: the host's name. */
  readonly host?: string;
  /** Where other agents listen; all of them, so that it is known how many witnesses there should be. */
  readonly seeds: readonly string[];
}

type Json = Readonly<Record<string, unknown>>;

const CLIENT_URL = /^http:\/\/[^/]+:\d+$/;

/** @throws AgentError 'bad-config' */
export function parseAgentConfig(text: string): AgentConfig {
  const root = asObject(parseJson(text), 'the configuration');
  const nodes = list(root, 'nodes').map((node, at) => parseNode(asObject(node, `nodes[${at}]`), `nodes[${at}]`));
  const components = root.components === undefined ? [] : list(root, 'components').map(parseComponent);
  if (nodes.length + components.length === 0)
    throw bad('nodes', 'is empty, and so is components: an agent needs something to look after');
  refuseDuplicates(nodes, 'name');
  refuseDuplicates(nodes, 'clientUrl');
  refuseDuplicates(nodes, 'dataDir');
  const endpoints = root.clientEndpoints === undefined ? nodes.map((node) => node.clientUrl) : texts(root, 'clientEndpoints');
  return {
    dataDir: textOf(root, 'dataDir'),
    nodes,
    ...(components.length === 0 ? {} : { components }),
    secretFile: textOf(root, 'secretFile'),
    clientEndpoints: endpoints,
    ...optional('soakMs', duration(root, 'soakMs')),
    ...optional('verifyTimeoutMs', duration(root, 'verifyTimeoutMs')),
    ...optional('probeEveryMs', duration(root, 'probeEveryMs')),
    ...optional('observer', root.observer === undefined ? undefined : textOf(root, 'observer')),
    ...optional('store', root.store === undefined ? undefined : parseStore(asObject(root.store, 'store'))),
    ...optional('pages', root.pages === undefined ? undefined : list(root, 'pages').map(parsePage)),
    ...optional('gossip', root.gossip === undefined ? undefined : parseGossip(asObject(root.gossip, 'gossip'))),
    ...optional('metricsListen', root.metricsListen === undefined ? undefined : loopbackOf(root, 'metricsListen')),
  };
}

function parsePage(value: unknown, at: number): PageSpec {
  const where = `pages[${at}]`;
  const page = asObject(value, where);
  if (page.webhook !== undefined) {
    const webhook = textOf(page, 'webhook', where);
    if (!/^https?:\/\/./.test(webhook)) throw bad(`${where}.webhook`, `is "${webhook}": expected http:// or https://`);
    return { webhook };
  }
  const [command, ...args] = texts(page, 'command', where);
  if (command === undefined) throw bad(`${where}.command`, 'is empty: expected a program and its arguments');
  return { command: [command, ...args] };
}

function parseNode(node: Json, where: string): NodeSpec {
  const name = textOf(node, 'name', where);
  const clientUrl = textOf(node, 'clientUrl', where);
  if (!CLIENT_URL.test(clientUrl)) throw bad(`${where}.clientUrl`, `is "${clientUrl}": expected http://host:port`);
  return {
    name,
    command: textOf(node, 'command', where),
    args: node.args === undefined ? [] : texts(node, 'args', where),
    env: environment(node, where),
    clientUrl,
    dataDir: textOf(node, 'dataDir', where),
    logFile: textOf(node, 'logFile', where),
  };
}

function parseComponent(value: unknown, at: number): ProcessComponent {
  if (isComponent(value)) return value;
  throw bad(`components[${at}]`, objectionTo(value) ?? '');
}

function parseStore(store: Json): ExistingEtcd {
  const endpoints = texts(store, 'endpoints', 'store');
  if (endpoints.length === 0) throw bad('store.endpoints', 'is empty: name at least one, as http://host:port');
  const wrong = endpoints.find((url) => !CLIENT_URL.test(url));
  if (wrong !== undefined) throw bad('store.endpoints', `holds "${wrong}": expected http://host:port`);
  return { endpoints, prefix: textOf(store, 'prefix', 'store') };
}

const ADDRESS = /^([^:\s/]+|\[[0-9a-f:]+\]):\d{1,5}$/i;

function parseGossip(gossip: Json): GossipConfig {
  const listen = textOf(gossip, 'listen', 'gossip');
  if (!ADDRESS.test(listen)) throw bad('gossip.listen', `is "${listen}": expected host:port`);
  if (/^(0\.0\.0\.0|\[::\]):/.test(listen))
    throw bad('gossip.listen', `is "${listen}", which is no address that other agents could reach: name the one that they can`);
  if (!isLoopback(listen) && gossip.insecure !== true)
    throw bad(
      'gossip.listen',
      `is "${listen}", beyond the loopback: what agents say there is authenticated by the secret but not encrypted; set "insecure": true in gossip if that network is yours`,
    );
  const seeds = texts(gossip, 'seeds', 'gossip');
  const wrong = seeds.find((seed) => !ADDRESS.test(seed));
  if (wrong !== undefined) throw bad('gossip.seeds', `holds "${wrong}": expected host:port`);
  return { listen, seeds, ...optional('host', gossip.host === undefined ? undefined : textOf(gossip, 'host', 'gossip')) };
}

function environment(node: Json, where: string): Readonly<Record<string, string>> {
  if (node.env === undefined) return {};
  const env = asObject(node.env, `${where}.env`);
  return Object.fromEntries(Object.keys(env).map((name) => [name, textOf(env, name, `${where}.env`)]));
}

function refuseDuplicates(nodes: readonly NodeSpec[], field: 'name' | 'clientUrl' | 'dataDir'): void {
  const seen = new Set<string>();
  for (const node of nodes) {
    if (seen.has(node[field])) throw bad(`nodes.${field}`, `"${node[field]}" stands twice: each node needs its own`);
    seen.add(node[field]);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AgentError(
      'bad-config',
      `the configuration is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}

function asObject(value: unknown, where: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad(where, 'is not an object');
  return value as Json;
}

function list(object: Json, field: string, where?: string): readonly unknown[] {
  const value = object[field];
  if (!Array.isArray(value)) throw bad(path(field, where), 'is not a list');
  return value;
}

const texts = (object: Json, field: string, where?: string): readonly string[] =>
  list(object, field, where).map((value, at) => {
    if (typeof value !== 'string') throw bad(`${path(field, where)}[${at}]`, 'is not a text');
    return value;
  });

function textOf(object: Json, field: string, where?: string): string {
  const value = object[field];
  if (typeof value !== 'string' || value === '')
    throw bad(path(field, where), value === undefined ? 'is missing' : 'is not a text');
  return value;
}

function loopbackOf(object: Json, field: string): string {
  const address = textOf(object, field);
  if (!isLoopback(address) || !/:\d{1,5}$/.test(address))
    throw bad(field, `is "${address}": expected an address of this machine, 127.0.0.1:PORT`);
  return address;
}

function duration(object: Json, field: string): number | undefined {
  const value = object[field];
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0)
    throw bad(field, `is ${JSON.stringify(value)}: expected milliseconds, 0 or more`);
  return value;
}

const path = (field: string, where: string | undefined): string => (where === undefined ? field : `${where}.${field}`);
const bad = (where: string, what: string): AgentError => new AgentError('bad-config', `agent configuration: ${where} ${what}`);
const optional = <Key extends string, Value>(key: Key, value: Value | undefined): Partial<Record<Key, Value>> =>
  value === undefined ? {} : ({ [key]: value } as Record<Key, Value>);
