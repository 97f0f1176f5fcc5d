// What `up` and `run` have in common: everything under one agent in the foreground, its story told while it happens, until a
// signal stops all of it in order.
import type { EngineEvent } from '@reknit/recovery';
import type { Layout } from '../cluster/layout.js';
import { LocalCluster, livesOn, type OpenSettings } from '../cluster/local-cluster.js';
import { EXIT } from '../exit-codes.js';
import { instanceRows, instanceTable } from '../output/components.js';
import { jsonLine } from '../output/json.js';
import { narrate, note } from '../output/narration.js';
import type { Terminal } from '../output/terminal.js';
import { type CommandEnd, untilStopped } from '../stop-signal.js';
import { nodeRows, nodeTable } from './member-table.js';

export interface Held {
  readonly dataDir: string;
  readonly layout: Layout;
  readonly settings: OpenSettings;
}

export interface Foreground {
  /** As it was typed, for what is said of it. */
  readonly command: string;
  readonly about: string;
  readonly terminal: Terminal;
  readonly json: boolean;
}

export async function runInForeground({ dataDir, layout, settings }: Held, show: Foreground): Promise<number> {
  const { terminal, json, command, about } = show;
  const stop = untilStopped(() => livesOn(dataDir));
  const say = (event: EngineEvent): void => (json ? jsonLine({ kind: 'event', event }) : narrate(terminal, event));
  terminal.line(`${terminal.paint.bold(command)}  ${about}`);
  terminal.line();
  const { cluster, agent } = await LocalCluster.open(dataDir, layout, settings, {
    onEvent: say,
    onNote: (text) => (json ? jsonLine({ kind: 'note', at: Date.now(), text }) : note(terminal, text)),
    onStoppedElsewhere: () => stop.end({ kind: 'elsewhere' }),
    onFailed: (error) => stop.end({ kind: 'failed', error }),
  });
  try {
    const first = await Promise.race([cluster.ready().then(() => undefined), stop.ended]);
    if (first === undefined) await showReady(cluster, agent, show);
  } catch (error) {
    if (agent === 'started') await cluster.stop(`${command}, which could not start it`);
    throw error;
  }
  return await finish(cluster, await stop.ended, show);
}

async function showReady(cluster: LocalCluster, agent: 'attached' | 'started', { terminal, json }: Foreground): Promise<void> {
  const [members, status] = await Promise.all([cluster.members(), cluster.agentStatus()]);
  const nodes = nodeRows(cluster.layout, members, status);
  const instances = instanceRows(status, (subject) => nodes.some(({ name }) => name === subject));
  if (json) {
    const found = { pid: status.process.pid, found: agent };
    return jsonLine({
      kind: 'ready',
      dataDir: cluster.dataDir,
      agent: found,
      nodes,
      ...(instances.length === 0 ? {} : { instances }),
    });
  }
  if (agent === 'started') terminal.line();
  const tables = [
    nodes.length === 0 ? [] : nodeTable(terminal.paint, nodes),
    instances.length === 0 ? [] : instanceTable(terminal.paint, instances),
  ];
  for (const table of tables.filter((lines) => lines.length > 0)) {
    for (const line of table) terminal.line(line);
    terminal.line();
  }
  const runs = members.find(({ replica }) => replica !== undefined)?.replica?.protocol;
  if (runs !== undefined && runs !== cluster.layout.protocol)
    terminal.line(`  The cluster began with ${cluster.layout.protocol} and has been switched to ${runs}.`);
  const how = agent === 'attached' ? 'was running already' : 'watches them';
  terminal.line(`  The agent (pid ${status.process.pid}) ${how}. What goes wrong is told here.`);
  const what = nodes.length === 0 ? 'what runs here' : 'the cluster';
  terminal.line(`  From another terminal:  ${terminal.paint.cyan('npx reknit status')}    Ctrl-C stops ${what}.`);
  terminal.line();
}

async function finish(cluster: LocalCluster, end: CommandEnd, { terminal, json, command }: Foreground): Promise<number> {
  if (end.kind === 'failed') throw end.error;
  const what = cluster.layout.nodes.length === 0 ? 'It' : 'The cluster';
  if (end.kind === 'elsewhere') {
    cluster.close();
    terminal.line(`  ${what} was stopped by another command.`);
  } else {
    terminal.line();
    terminal.line(cluster.layout.nodes.length === 0 ? '  Stopping in order…' : '  Stopping the nodes in order…');
    await cluster.stop(command);
    terminal.line(`  Stopped. The data is in ${cluster.dataDir}; "${command}" starts it again.`);
  }
  if (json) jsonLine({ kind: 'stopped', at: Date.now() });
  return EXIT.ok;
}
