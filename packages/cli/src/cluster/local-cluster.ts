// A local cluster from the outside: brings it up (or finds it up), keeps its agent alive, tells who is who, and stops it.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Client, createClient } from '@reknit/client';
import { createNodeDriver, ownerOfProcess, subjectsOf } from '@reknit/drivers';
import { type AgentConnection, type AgentStatus, componentsDirectory } from '@reknit/host/agent';
import type { EngineEvent, Incident } from '@reknit/recovery';
import type { ProcessIdentity, Runtime } from '@reknit/runtime';
import { createNodeRuntime } from '@reknit/runtime/node';
import { CliError } from '../cli-error.js';
import { sleep } from '../sleep.js';
import { type AgentSettings, hasOtherComponents, specOf, writeAgentConfig } from './agent-files.js';
import { AgentKeeper, findAgent } from './agent-keeper.js';
import { rememberUp } from './last-up.js';
import { clientUrls, type Layout, nodeLog, readLayout, secretPath, writeLayout } from './layout.js';
import { type MemberView, readMembers } from './members.js';
import { requireFreeForComponents, requireFreePorts } from './ports.js';
import { markStopping, unmarkStopping } from './stop-mark.js';

export interface ClusterWatcher {
  readonly onEvent: (event: EngineEvent) => void;
  /** What happens beside the agent's own events. */
  readonly onNote: (text: string) => void;
  readonly onStoppedElsewhere: () => void;
  readonly onFailed: (error: CliError) => void;
}

export interface OpenSettings extends AgentSettings {
  /** Whether later commands of this user are about this cluster. Default true. */
  readonly remember?: boolean;
}

const READY_WITHIN_MS = 60_000;
const READY_POLL_MS = 50;
const IDENTIFY_MS = 500;
/** Nodes that are just starting answer a little later. */
const IDENTIFY_TRIES = 10;
const GONE_POLL_MS = 20;
const GONE_WITHIN_MS = 30_000;

export class LocalCluster {
  readonly dataDir: string;
  readonly layout: Layout;
  readonly runtime: Runtime;
  readonly #keeper: AgentKeeper;
  /** Subjects that others started, and that nobody here stops. */
  readonly #observed: ReadonlySet<string>;
  #client: Client | undefined;
  #stopping = false;

  private constructor(
    { dataDir, layout, components = [] }: Pick<OpenSettings, 'components'> & { dataDir: string; layout: Layout },
    runtime: Runtime,
    watcher: ClusterWatcher,
  ) {
    this.dataDir = dataDir;
    this.layout = layout;
    this.runtime = runtime;
    this.#observed = new Set(components.filter(({ observe }) => observe !== undefined).flatMap(subjectsOf));
    this.#keeper = new AgentKeeper(dataDir, runtime.processes, {
      ...watcher,
      // A stop that was asked for is no news.
      onEvent: (event) => {
        if (!this.#stopping) watcher.onEvent(event);
      },
      onAgentLost: () => watcher.onNote('the agent has died: starting it again; the nodes go on'),
      onAgentBack: (pid) => watcher.onNote(`the agent is back (pid ${pid}) and has its nodes again`),
    });
  }

  /** Writes the layout if the cluster is new; resolves once an agent owns the nodes. */
  static async open(
    directory: string,
    layout: Layout,
    settings: OpenSettings,
    watcher: ClusterWatcher,
  ): Promise<{ readonly cluster: LocalCluster; readonly agent: 'attached' | 'started' }> {
    const dataDir = resolve(directory);
    const runtime = createNodeRuntime({ log: { log: () => undefined } });
    const isNew = readLayout(dataDir) === undefined;
    const agent = isNew ? undefined : await findAgent(dataDir);
    agent?.close();
    if (agent === undefined) {
      const ours = isNew ? new Set<string>() : await livingNodes(dataDir, layout, runtime);
      await requireFreePorts(layout, ours);
      const owner = `@${componentsDirectory(dataDir)}`;
      await requireFreeForComponents(settings.components ?? [], (pid) => ownerOfProcess(pid)?.endsWith(owner) === true);
      if (isNew) writeLayout(dataDir, layout);
      writeAgentConfig(dataDir, layout, settings);
    } else if (hasOtherComponents(dataDir, settings.components ?? [])) {
      watcher.onNote('the agent runs what it was told when it started: stop it and start it again for components that differ');
    }
    unmarkStopping(dataDir);
    const cluster = new LocalCluster({ ...settings, dataDir, layout }, runtime, watcher);
    const how = await cluster.#keeper.begin();
    if (settings.remember !== false) rememberUp({ dataDir, endpoints: cluster.endpoints });
    return { cluster, agent: how };
  }

  get endpoints(): readonly string[] {
    return clientUrls(this.layout);
  }

  /** Of the nodes: asserted that there are any. */
  get client(): Client {
    this.#client ??= createClient({ endpoints: this.endpoints });
    return this.#client;
  }

  /** @throws while there is no agent */
  async agentStatus(): Promise<AgentStatus> {
    return await this.#agent().status();
  }

  /** As `reknit restart` does. The result is the incident as it begins. */
  async restart(name: string, by: string): Promise<Incident> {
    return await this.#agent().restart(name, { by });
  }

  async members(): Promise<readonly MemberView[]> {
    return this.endpoints.length === 0 ? [] : await readMembers(this.client, this.endpoints);
  }

  /** Everything lives, and the nodes follow one leader. */
  async ready(): Promise<void> {
    const deadline = performance.now() + READY_WITHIN_MS;
    for (;;) {
      const { subjects } = await this.agentStatus();
      this.#refuseBroken(subjects);
      const members = await this.members();
      const leaders = new Set(members.map((member) => member.leaderId));
      const led = members.every((member) => member.role === 'leader' || member.role === 'follower');
      if (led && leaders.size === Math.min(1, members.length) && subjects.every(({ state }) => state === 'living')) return;
      if (performance.now() > deadline) throw this.#notReady(subjects);
      await sleep(READY_POLL_MS);
    }
  }

  /** Stops all nodes and the agent in order; resolves when their processes are gone. */
  async stop(by: string): Promise<void> {
    const connection = this.#keeper.connection ?? (await findAgent(this.dataDir));
    if (connection === undefined)
      throw new CliError('no agent answers, so the nodes cannot be stopped in order', livesOn(this.dataDir));
    const { process, subjects } = await connection.status();
    const living = subjects.flatMap(({ subject, process: its }) =>
      its === undefined || this.#observed.has(subject) ? [] : [its],
    );
    markStopping(this.dataDir);
    this.#stopping = true;
    await connection.stopAll(by);
    this.#keeper.release();
    await this.#gone([process, ...living]);
    this.close();
  }

  /** Lets go of everything; the cluster lives on. */
  close(): void {
    this.#keeper.release();
    this.#client?.close();
  }

  #agent(): AgentConnection {
    const { connection } = this.#keeper;
    if (connection === undefined) throw new CliError('no agent answers', 'it is being started again');
    return connection;
  }

  async #gone(processes: readonly ProcessIdentity[]): Promise<void> {
    const deadline = performance.now() + GONE_WITHIN_MS;
    const living = (): ProcessIdentity | undefined =>
      processes.find((identity) => this.runtime.processes.state(identity) !== 'gone');
    for (let left = living(); left !== undefined; left = living()) {
      if (performance.now() > deadline) {
        throw new CliError(
          `process ${left.pid} has not ended for ${GONE_WITHIN_MS / 1000} s`,
          `end it with  kill -9 ${left.pid}`,
        );
      }
      await sleep(GONE_POLL_MS);
    }
  }

  /** A node that refuses to start says why in its last line, and no restart will help. */
  #refuseBroken(subjects: AgentStatus['subjects']): void {
    for (const { subject, state, restarts, reason } of subjects) {
      if (state === 'halted') throw new CliError(`${subject} cannot start: ${reason}`, `its log is below ${this.dataDir}`);
      if (state === 'living' || restarts === 0) continue;
      const refusal = refusalIn(nodeLog(this.dataDir, subject));
      if (refusal !== undefined)
        throw new CliError(`${subject} cannot start: ${refusal}`, `its log is ${nodeLog(this.dataDir, subject)}`);
    }
  }

  #notReady(subjects: AgentStatus['subjects']): CliError {
    const waiting = subjects.filter(({ state }) => state !== 'living').map(({ subject, state }) => `${subject} is ${state}`);
    const what = waiting.length === 0 ? 'the nodes have not found a leader' : waiting.join(', ');
    return new CliError(`${what} after ${READY_WITHIN_MS / 1000} s`, `see the logs in ${this.dataDir}`);
  }
}

/** The last line of a node that ended by itself before it served. */
function refusalIn(log: string): string | undefined {
  try {
    const last = readFileSync(log, 'utf8').trimEnd().split('\n').at(-1) ?? '';
    return last.startsWith('reknit node: ') ? last.slice('reknit node: '.length) : undefined;
  } catch {
    return undefined;
  }
}

/** Nodes of this very cluster that live without an agent: they prove it with the cluster's secret. */
async function livingNodes(dataDir: string, layout: Layout, runtime: Runtime): Promise<ReadonlySet<string>> {
  const driver = createNodeDriver({
    runtime,
    nodes: layout.nodes.map((node) => specOf(dataDir, layout, node)),
    secret: readFileSync(secretPath(dataDir)),
  });
  const found = await Promise.all(layout.nodes.map(async ({ name }) => ({ name, lives: await proves(driver, name) })));
  return new Set(found.filter(({ lives }) => lives).map(({ name }) => name));
}

async function proves(driver: ReturnType<typeof createNodeDriver>, name: string): Promise<boolean> {
  for (let tries = 0; tries < IDENTIFY_TRIES; tries++) {
    if ((await driver.identify(name, IDENTIFY_MS)) !== undefined) return true;
    const { connect } = await driver.probe(name, IDENTIFY_MS);
    if (connect === 'refused') return false;
    await sleep(IDENTIFY_MS / 5);
  }
  return false;
}

export const livesOn = (dataDir: string): string =>
  `the nodes and their agent live on: to stop them, run  reknit up --data ${dataDir}  and press Ctrl-C`;
