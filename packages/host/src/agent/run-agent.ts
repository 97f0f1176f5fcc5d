// The agent of one machine: lock, journal, driver, engine, control socket. It owns its nodes' processes but not their
// lives: when it ends, by a signal or by force, they go on, and the next agent adopts them. Only `stop-all` ends them.
import { hostname } from 'node:os';
import { createEtcdStoreClient, createExistingEtcdClient, type EtcdStoreClient } from '@reknit/drivers';
import { ENGINE_DEFAULTS, Engine, Journal, NO_STORE, type StoreClient } from '@reknit/recovery';
import type { Runtime } from '@reknit/runtime';
import type { AgentConfig } from './agent-config.js';
import { createAgentDriver } from './agent-driver.js';
import { AgentError } from './agent-error.js';
import {
  agentDirectory,
  controlAddress,
  journalDirectory,
  killSwitchPath,
  lockPath,
  readAgentFile,
  readSecret,
  writeAgentFile,
} from './agent-files.js';
import type { AgentStatus } from './control-protocol.js';
import { startControlServer } from './control-server.js';
import { EventLog } from './event-log.js';
import { executeCommand } from './execute-command.js';
import type { Gossip } from './gossip/gossip.js';
import { withVotes } from './gossip/votes-in-words.js';
import { killSwitchFile } from './kill-switch-file.js';
import { fieldsOf, levelOf } from './observe/event-line.js';
import { startObservation } from './observe/observation.js';
import { channelOf } from './pages.js';

export interface RunningAgent {
  readonly engine: Engine;
  /** Ends the agent; its nodes live on. Idempotent. */
  stop(): void;
  /** Resolves once the agent has ended: by `stop`, or after a stop of all. */
  readonly ended: Promise<void>;
}

/** @param store in place of a client to what `config` names; the caller closes it */
export async function runAgent(config: AgentConfig, runtime: Runtime, store?: StoreClient): Promise<RunningAgent> {
  const secret = readSecret(config.secretFile);
  takeLock(config, runtime);
  const journal = Journal.open(runtime, journalDirectory(config.dataDir));
  const events = new EventLog();
  const etcd = store === undefined ? openStore(config) : undefined;
  const { driver, gossip, ...instruments } = await createAgentDriver(config, runtime, secret);
  const engine = new Engine({
    runtime,
    driver,
    store: store ?? etcd ?? NO_STORE,
    journal,
    observer: config.observer ?? `agent of ${hostname()}`,
    otherEndpoints: config.clientEndpoints.filter((url) => !config.nodes.some(({ clientUrl }) => clientUrl === url)),
    killSwitch: killSwitchFile(killSwitchPath(config.dataDir)),
    settings: settingsOf(config),
    pages: (config.pages ?? []).map(channelOf),
    onEvent: (event) => {
      runtime.log.log(levelOf(event), event.text, fieldsOf(event));
      events.add(event);
    },
  });
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  await engine.start();
  const { metricsUrl, ...observation } = await startObservation({
    clock: runtime.clock,
    events,
    status: () => engine.status(),
    subjects: driver.subjects,
    signals: (subject) => driver.signals?.(subject) ?? [],
    observer: engine.status().observer,
    wanted: metricsAddresses(config),
    environment: process.env,
  });
  if (metricsUrl === undefined) runtime.log.log('warn', 'no port is free for the metrics');
  const found = metricsUrl === undefined ? {} : { metricsUrl };
  const elsewhere = config.store === undefined ? {} : { store: config.store.endpoints };
  const address = controlAddress(config.dataDir);
  const server = await startControlServer({
    network: runtime.network,
    clock: runtime.clock,
    address,
    secret,
    events,
    execute: async (command) => {
      const result = await executeCommand(engine, runtime, command, () => agent.stop());
      if (command.kind === 'why' && gossip !== undefined) return withVotes(engine.why(command.subject), gossip, driver.subjects);
      return command.kind === 'status' ? { ...result, ...found, ...elsewhere, ...othersOf(gossip) } : result;
    },
  });
  writeAgentFile(config.dataDir, { process: runtime.processes.self, address, secretFile: config.secretFile, ...found });
  let stopped = false;
  const agent: RunningAgent = {
    engine,
    ended,
    stop: () => {
      if (stopped) return;
      stopped = true;
      const told = engine.stop();
      instruments.end();
      server.close();
      journal.close();
      void Promise.all([told, observation.end()]).then(() => {
        etcd?.close();
        end();
      });
    },
  };
  return agent;
}

function othersOf(gossip: Gossip | undefined): Partial<Pick<AgentStatus, 'otherAgents'>> {
  if (gossip === undefined) return {};
  return { otherAgents: gossip.members.map(({ name, host, standing }) => ({ name, host, standing })) };
}

/** Undefined when there is none, neither nodes nor another one. */
function openStore({ store, clientEndpoints }: AgentConfig): EtcdStoreClient | undefined {
  if (store !== undefined) return createExistingEtcdClient(store, clientEndpoints);
  return clientEndpoints.length === 0 ? undefined : createEtcdStoreClient(clientEndpoints);
}

/** The port that the last agent had is the one that scrapers know. */
function metricsAddresses({ dataDir, metricsListen }: AgentConfig): readonly string[] {
  const last = readAgentFile(dataDir)?.metricsUrl;
  return [metricsListen, last === undefined ? undefined : new URL(last).host].filter((address) => address !== undefined);
}

function takeLock(config: AgentConfig, { disk }: Runtime): void {
  disk.makeDirectory(agentDirectory(config.dataDir));
  if (disk.lock(lockPath(config.dataDir))) return;
  const pid = readAgentFile(config.dataDir)?.process.pid;
  throw new AgentError(
    'already-running',
    `another agent${pid === undefined ? '' : ` (pid ${pid})`} already serves ${config.dataDir}`,
  );
}

function settingsOf({ soakMs, verifyTimeoutMs, probeEveryMs }: AgentConfig): Partial<typeof ENGINE_DEFAULTS> {
  const { verification } = ENGINE_DEFAULTS;
  return {
    verification: {
      ...verification,
      soakMs: soakMs ?? verification.soakMs,
      timeoutMs: verifyTimeoutMs ?? verification.timeoutMs,
    },
    probeEveryMs: probeEveryMs ?? ENGINE_DEFAULTS.probeEveryMs,
  };
}
