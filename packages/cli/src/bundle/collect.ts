// Everything that helps to understand a cluster from afar, from whoever is there to tell: the store, the agent, what both
// left on the disk, the members one by one, the machine. None of them is needed for the others.
import { type Dirent, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '@reknit/client';
import type { AgentConnection, AgentStatus } from '@reknit/host/agent';
import { agentConfigPath } from '../cluster/agent-files.js';
import { findAgent } from '../cluster/agent-keeper.js';
import type { FoundCluster } from '../cluster/find-cluster.js';
import { readIncidents } from '../cluster/incident-source.js';
import { type Layout, nodeDirectory, readLayout, secretPath } from '../cluster/layout.js';
import { readMembers } from '../cluster/members.js';
import { Collection } from './collection.js';
import { machineFacts, processFacts, versions } from './machine.js';
import { createRedactor, environmentValues, type Redactor, spellingsOf, withoutEnvironment } from './redact.js';

/** About 8 kB each. */
const INCIDENTS_MAX = 200;
/** More are named in the list of what is missing. */
const LOGS_MAX = 64;
const LOG_DEPTH = 3;
const LOG_NAME = /\.log(\.\d+)?$/;
const HTTP_TIMEOUT_MS = 3000;
const BODY_MAX = 1024 * 1024;

export interface Collected {
  readonly collection: Collection;
  readonly redact: Redactor;
}

export async function collectBundle(cluster: FoundCluster, onProgress: (path: string) => void): Promise<Collected> {
  const { dataDir } = cluster;
  const redact = redactorFor(dataDir);
  const collection = new Collection(redact, onProgress);
  await collection.addJson('versions.json', versions);
  await collection.addJson('machine.json', () => machineFacts(dataDir));
  if (dataDir !== undefined) await collectConfiguration(collection, dataDir);
  const agent = await agentOf(collection, dataDir);
  await collectAgent(collection, agent, dataDir);
  await collection.addJson('incidents.json', async () => {
    const { source, incidents } = await readIncidents(cluster);
    return { format: 1, source, total: incidents.length, incidents: incidents.slice(-INCIDENTS_MAX) };
  });
  if (dataDir !== undefined) collectFiles(collection, dataDir);
  await collectMembers(collection, cluster);
  agent?.close();
  return { collection, redact };
}

/** What this cluster's own files say is secret. */
function redactorFor(dataDir: string | undefined): Redactor {
  if (dataDir === undefined) return createRedactor([]);
  const config = parsed(agentConfigPath(dataDir));
  const secret = bytesOf(secretPath(dataDir));
  const token = readLayoutQuietly(dataDir)?.token;
  return createRedactor([
    ...(secret === undefined ? [] : spellingsOf(secret)),
    ...environmentValues(config),
    ...(token === undefined ? [] : [token]),
  ]);
}

const readLayoutQuietly = (dataDir: string): Layout | undefined => {
  try {
    return readLayout(dataDir);
  } catch {
    return undefined;
  }
};

function bytesOf(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

function parsed(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

async function collectConfiguration(collection: Collection, dataDir: string): Promise<void> {
  await collection.addJson('cluster.json', () => readLayout(dataDir));
  await collection.addJson('agent/config.json', () =>
    withoutEnvironment(JSON.parse(readFileSync(agentConfigPath(dataDir), 'utf8'))),
  );
}

async function agentOf(collection: Collection, dataDir: string | undefined): Promise<AgentConnection | undefined> {
  if (dataDir === undefined) return undefined;
  try {
    const agent = await findAgent(dataDir);
    if (agent === undefined) collection.missing.push({ path: 'agent/status.json', why: 'no agent answers here' });
    return agent;
  } catch (error) {
    collection.missing.push({ path: 'agent/status.json', why: error instanceof Error ? error.message : String(error) });
    return undefined;
  }
}

async function collectAgent(
  collection: Collection,
  agent: AgentConnection | undefined,
  dataDir: string | undefined,
): Promise<void> {
  if (dataDir !== undefined) collectJournal(collection, dataDir);
  if (agent === undefined) return;
  const known: { status?: AgentStatus } = {};
  await collection.addJson('agent/status.json', async () => {
    known.status = await agent.status();
    return known.status;
  });
  await collection.addJson('agent/why.json', () => agent.why());
  const { status } = known;
  if (status?.metricsUrl !== undefined) await collection.add('agent/metrics.txt', () => bodyOf(status.metricsUrl!));
  if (status !== undefined) await collection.addJson('agent/process.json', () => processFacts(status.process.pid));
  for (const { subject, process } of status?.subjects ?? [])
    if (process !== undefined) await collection.addJson(`components/${subject}/process.json`, () => processFacts(process.pid));
}

function collectJournal(collection: Collection, dataDir: string): void {
  const journal = join(dataDir, 'agent', 'journal');
  for (const name of entriesIn(journal).map((entry) => entry.name))
    collection.addTail(`agent/journal/${name}`, join(journal, name));
}

function collectFiles(collection: Collection, dataDir: string): void {
  const nodes = readLayoutQuietly(dataDir)?.nodes.map(({ name }) => name) ?? [];
  for (const name of nodes) {
    const exit = join(nodeDirectory(dataDir, name), 'exit.json');
    if (existsSync(exit)) collection.addTail(`components/${name}/exit.json`, exit);
  }
  const logs = logsIn(dataDir, new Set(nodes), LOG_DEPTH);
  for (const log of logs.slice(0, LOGS_MAX)) collection.addTail(`logs/${log}`, join(dataDir, log));
  for (const { name, file } of logsElsewhere(dataDir)) collection.addTail(`logs/elsewhere/${name}.log`, file);
  for (const log of logs.slice(LOGS_MAX))
    collection.missing.push({ path: `logs/${log}`, why: `only ${LOGS_MAX} of ${logs.length} logs are taken` });
}

/** Those that a component writes elsewhere. A template is a file for each instance: only its agent knows their names. */
function logsElsewhere(dataDir: string): readonly { readonly name: string; readonly file: string }[] {
  const { components } = (parsed(agentConfigPath(dataDir)) ?? {}) as {
    readonly components?: readonly { readonly name?: string; readonly log?: { readonly file?: string } }[];
  };
  return (components ?? []).flatMap(({ name = 'component', log }) =>
    log?.file === undefined || log.file.includes('${') ? [] : [{ name, file: log.file }],
  );
}

/** Of nodes, agent and components, those set aside too. @param without what holds data */
function logsIn(directory: string, without: ReadonlySet<string>, depth: number): readonly string[] {
  return entriesIn(directory).flatMap((entry) => {
    if (entry.isDirectory() && depth > 0 && !without.has(entry.name))
      return logsIn(join(directory, entry.name), new Set(), depth - 1).map((log) => `${entry.name}/${log}`);
    return entry.isFile() && LOG_NAME.test(entry.name) ? [entry.name] : [];
  });
}

function entriesIn(directory: string): readonly Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
}

async function collectMembers(collection: Collection, { endpoints }: FoundCluster): Promise<void> {
  if (endpoints.length === 0) return;
  const client = createClient({ endpoints });
  try {
    const views = await readMembers(client, endpoints);
    await collection.addJson('members.json', () => views);
    for (const { endpoint, name, role } of views) {
      const folder = `members/${name.replace(/[^\w.-]+/g, '_')}`;
      if (role === 'unreachable') continue;
      await collection.add(`${folder}/metrics.txt`, () => bodyOf(`${endpoint}/metrics`));
      await collection.add(`${folder}/replicas.json`, () => bodyOf(`${endpoint}/reknit/replicas`));
      await collection.add(`${folder}/version.json`, () => bodyOf(`${endpoint}/version`));
    }
  } finally {
    client.close();
  }
}

/** Metrics of many keyspaces are longer than what the engine ever asks for. */
async function bodyOf(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(HTTP_TIMEOUT_MS) });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return (await response.text()).slice(0, BODY_MAX);
}
