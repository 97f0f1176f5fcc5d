// The demo: a cluster under checked load loses its leader and heals; then the recorded history is judged. Its parts are given,
// so that tests can put clients in that lie: the verdict must not depend on good will.
import { join, resolve } from 'node:path';
import type { EngineEvent, Incident } from '@reknit/recovery';
import { createNodeRuntime } from '@reknit/runtime/node';
import type { CliError } from '../cli-error.js';
import { LAYOUT_DEFAULTS, type Protocol, planLayout } from '../cluster/layout.js';
import { LocalCluster, livesOn } from '../cluster/local-cluster.js';
import { freeBlock } from '../cluster/ports.js';
import { nodeRows, nodeTable } from '../commands/member-table.js';
import { EXIT } from '../exit-codes.js';
import { IncidentWatch } from '../load/await-incident.js';
import { CheckedLoad, type ClientFactory } from '../load/checked-load.js';
import { type Killed, kill, leaderName, processOf } from '../load/kill.js';
import { jsonLine } from '../output/json.js';
import { narrate, note, tell } from '../output/narration.js';
import { createTerminal, silentTerminal, type Terminal } from '../output/terminal.js';
import { plural, spokenCount } from '../output/words.js';
import { sleep } from '../sleep.js';
import { type StopSignal, untilStopped } from '../stop-signal.js';
import { claim, prepareDirectory } from './demo-directory.js';
import { type Summary, showSummary, summarize } from './summary.js';

export interface DemoOptions {
  readonly data?: string;
  /** Default: as `up`. */
  readonly protocol?: Protocol;
  /** Of load before the kill. */
  readonly seconds?: number;
  /** Ends after the summary. */
  readonly once?: boolean;
  readonly json?: boolean;
  /** How long the healed node must hold. Default: the agent's. */
  readonly soakMs?: number;
}

export interface DemoParts {
  readonly createClient?: ClientFactory;
  readonly terminal?: Terminal;
}

const DATA_DEFAULT = join('.reknit', 'demo');
const SECONDS_DEFAULT = 5;
const RESOLVED_WITHIN_MS = 40_000;
const PROGRESS_EVERY_MS = 250;

export async function runDemo(options: DemoOptions = {}, parts: DemoParts = {}): Promise<number> {
  const json = options.json === true;
  const terminal = parts.terminal ?? (json ? silentTerminal() : createTerminal());
  const dataDir = resolve(options.data ?? DATA_DEFAULT);
  const stop = untilStopped(() => livesOn(dataDir));
  const demo = await Demo.begin(dataDir, options, { terminal, stop, json, createClient: parts.createClient });
  try {
    return await course(demo, options, stop);
  } finally {
    await settle(demo, stop);
  }
}

/** @returns the exit code */
async function course(demo: Demo, { once = false }: DemoOptions, stop: StopSignal): Promise<number> {
  const summary = await Promise.race([demo.perform(), stop.ended.then(() => undefined)]);
  if (summary === undefined) return await endOf(stop, EXIT.failed);
  const code = summary.passed ? EXIT.ok : EXIT.failed;
  if (once) return code;
  await demo.invite();
  return await endOf(stop, code);
}

async function endOf({ ended }: StopSignal, code: number): Promise<number> {
  const end = await ended;
  if (end.kind === 'failed') throw end.error;
  return code;
}

async function settle(demo: Demo, stop: StopSignal): Promise<void> {
  const end = await Promise.race([stop.ended, undefined]);
  if (end === undefined || end.kind === 'signal') await demo.end();
  else demo.leave();
}

interface Scene {
  readonly terminal: Terminal;
  readonly stop: StopSignal;
  readonly json: boolean;
  readonly createClient: ClientFactory | undefined;
}

class Demo {
  readonly #scene: Scene;
  readonly #seconds: number;
  readonly #incidents: IncidentWatch = new IncidentWatch();
  #cluster: LocalCluster | undefined;
  #invited = false;

  private constructor(scene: Scene, { seconds = SECONDS_DEFAULT }: DemoOptions) {
    this.#scene = scene;
    this.#seconds = seconds;
  }

  static async begin(dataDir: string, options: DemoOptions, scene: Scene): Promise<Demo> {
    const demo = new Demo(scene, options);
    const { terminal } = scene;
    terminal.line(`${terminal.paint.bold('reknit demo')}  three nodes under load lose their leader`);
    terminal.line();
    await demo.#open(dataDir, options);
    return demo;
  }

  async perform(): Promise<Summary> {
    await this.#cluster!.ready();
    await this.#showNodes();
    const load = this.#startLoad();
    const endProgress = this.#showProgress(load);
    this.#note(`in ${this.#seconds} s the leader will be killed`);
    await sleep(this.#seconds * 1000);
    const killed = await this.#killLeader();
    const incident = await this.#incidents.closed(killed.process, RESOLVED_WITHIN_MS);
    await load.finish();
    endProgress();
    return this.#judge(load, killed, incident);
  }

  /** What a person may try, with the pid as it is now. */
  async invite(): Promise<void> {
    const { terminal, json } = this.#scene;
    this.#invited = true;
    if (json) return;
    const name = await leaderName(this.#cluster!);
    const { pid } = await processOf(this.#cluster!, name);
    const endpoints = this.#cluster!.endpoints.map((url) => url.replace('http://', '')).join(',');
    const { cyan } = terminal.paint;
    terminal.line();
    terminal.line('  The cluster goes on serving. Try, from another terminal:');
    terminal.line(`    ${cyan(`kill -9 ${pid}`)}    the leader is ${name}: what follows is told here`);
    terminal.line(`    ${cyan('npx reknit status')}    ${cyan('npx reknit incidents')}    ${cyan(`npx reknit why ${name}`)}`);
    terminal.line(`    ${cyan(`etcdctl --endpoints ${endpoints} put hello world`)}`);
    terminal.line('  Ctrl-C stops everything.');
    terminal.line();
  }

  async end(): Promise<void> {
    const { terminal } = this.#scene;
    terminal.endProgress();
    if (this.#cluster === undefined) return;
    terminal.line();
    terminal.line('  Stopping the nodes…');
    await this.#cluster.stop('reknit demo');
    terminal.line('  Stopped.');
  }

  /** The cluster is stopped already, or cannot be. */
  leave(): void {
    this.#scene.terminal.endProgress();
    this.#cluster?.close();
  }

  async #open(directory: string, { soakMs, protocol = LAYOUT_DEFAULTS.protocol }: DemoOptions): Promise<void> {
    const { stop } = this.#scene;
    const { processes } = createNodeRuntime({ log: { log: () => undefined } });
    const dataDir = await prepareDirectory(directory, processes, (text) => this.#note(text));
    const { nodes, portStep, clientPort } = LAYOUT_DEFAULTS;
    const firstPort = await freeBlock(clientPort, nodes, portStep);
    const layout = planLayout({ ...LAYOUT_DEFAULTS, protocol, clientPort: firstPort }, 'demo');
    this.#note(`starting ${nodes} nodes that run ${protocol}; the data is in ${dataDir}`);
    const watcher = {
      onEvent: (event: EngineEvent) => this.#hear(event),
      onNote: (text: string) => this.#note(text),
      onStoppedElsewhere: () => stop.end({ kind: 'elsewhere' }),
      onFailed: (error: CliError) => stop.end({ kind: 'failed', error }),
    };
    const { cluster } = await LocalCluster.open(dataDir, layout, { soakMs }, watcher);
    claim(dataDir, processes);
    this.#cluster = cluster;
  }

  #hear(event: EngineEvent): void {
    const { terminal, json } = this.#scene;
    this.#incidents.note(event);
    if (json) jsonLine({ kind: 'event', event });
    else narrate(terminal, event);
    const ended = event.about.kind === 'phase' && event.about.phase === 'resolved';
    if (ended && this.#invited && this.#incidents.open.length === 0) void this.invite().catch(() => undefined);
  }

  #note(text: string): void {
    if (this.#scene.json) jsonLine({ kind: 'note', at: Date.now(), text });
    else note(this.#scene.terminal, text);
  }

  async #showNodes(): Promise<void> {
    const { terminal, json } = this.#scene;
    const [members, status] = await Promise.all([this.#cluster!.members(), this.#cluster!.agentStatus()]);
    const rows = nodeRows(this.#cluster!.layout, members, status);
    if (json) return jsonLine({ kind: 'ready', nodes: rows });
    terminal.line();
    for (const line of nodeTable(terminal.paint, rows)) terminal.line(line);
    terminal.line();
  }

  #startLoad(): CheckedLoad {
    const { createClient } = this.#scene;
    const { endpoints, runtime } = this.#cluster!;
    const load = new CheckedLoad({ endpoints, clock: runtime.clock, ...(createClient === undefined ? {} : { createClient }) });
    load.start();
    this.#note(`${plural(load.clients, 'client')} read and write at all ${endpoints.length} members; every answer is recorded`);
    return load;
  }

  /** @returns ends it */
  #showProgress(load: CheckedLoad): () => void {
    const { terminal } = this.#scene;
    const began = performance.now();
    let last = { at: began, operations: 0 };
    const timer = setInterval(() => {
      const now = { at: performance.now(), operations: load.operations };
      const rate = ((now.operations - last.operations) / (now.at - last.at)) * 1000;
      last = now;
      const seconds = Math.round((now.at - began) / 1000);
      terminal.progress(`  ${seconds} s   ${plural(now.operations, 'operation')}   ${spokenCount(Math.round(rate))} per second`);
    }, PROGRESS_EVERY_MS);
    return () => {
      clearInterval(timer);
      terminal.endProgress();
    };
  }

  async #killLeader(): Promise<Killed> {
    const { terminal } = this.#scene;
    const name = await leaderName(this.#cluster!);
    const process = await processOf(this.#cluster!, name);
    const killed = kill(this.#cluster!, name, process);
    const text = `SIGKILL to pid ${process.pid}: the leader`;
    if (this.#scene.json) jsonLine({ kind: 'kill', at: killed.at, name, pid: process.pid });
    else tell(terminal, { at: killed.at, label: 'kill', colour: terminal.paint.magenta, subject: name, text });
    return killed;
  }

  #judge(load: CheckedLoad, killed: Killed, incident: Incident | undefined): Summary {
    this.#note(`the load has ended; judging ${plural(load.operations, 'operation')}`);
    const firstAcceptedWriteMs = load.firstAcknowledgedWriteAfter(killed.moment);
    const summary = summarize({ killed, incident, verdict: load.judge(), firstAcceptedWriteMs });
    if (this.#scene.json) jsonLine(summary);
    else showSummary(this.#scene.terminal, summary, incident);
    return summary;
  }
}
