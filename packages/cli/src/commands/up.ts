// `reknit up`: a cluster in the foreground, until a signal.
import { resolve } from 'node:path';
import type { EngineEvent } from '@reknit/recovery';
import { type Layout, type LayoutSettings, planLayout, readLayout, refuseContradiction } from '../cluster/layout.js';
import { LocalCluster, livesOn } from '../cluster/local-cluster.js';
import { completeSettings, type GivenSettings, readSettingsFile } from '../cluster/settings.js';
import { EXIT } from '../exit-codes.js';
import { jsonLine } from '../output/json.js';
import { narrate, note } from '../output/narration.js';
import { createTerminal, silentTerminal, type Terminal } from '../output/terminal.js';
import { type CommandEnd, untilStopped } from '../stop-signal.js';
import { describeLayout, nodeRows, nodeTable } from './member-table.js';

export interface UpOptions extends Partial<LayoutSettings> {
  readonly file?: string;
  readonly data?: string;
  readonly json?: boolean;
}

const DATA_DEFAULT = '.reknit';

export async function up(options: UpOptions): Promise<number> {
  const { file, data, json = false, ...flags } = options;
  const { data: dataInFile, ...inFile } = file === undefined ? ({} as GivenSettings) : await readSettingsFile(file);
  const dataDir = resolve(data ?? dataInFile ?? DATA_DEFAULT);
  const layout = layoutFor(dataDir, { ...inFile, ...flags });
  return await run(dataDir, layout, json ? silentTerminal() : createTerminal(), json);
}

function layoutFor(dataDir: string, given: Partial<LayoutSettings>): Layout {
  const existing = readLayout(dataDir);
  if (existing === undefined) return planLayout(completeSettings(given), 'cluster');
  refuseContradiction(dataDir, existing, given);
  return existing;
}

async function run(dataDir: string, layout: Layout, terminal: Terminal, json: boolean): Promise<number> {
  const stop = untilStopped(() => livesOn(dataDir));
  const say = (event: EngineEvent): void => (json ? jsonLine({ kind: 'event', event }) : narrate(terminal, event));
  terminal.line(`${terminal.paint.bold('reknit up')}  ${describeLayout(layout, dataDir)}`);
  terminal.line();
  const { cluster, agent } = await LocalCluster.open(
    dataDir,
    layout,
    {},
    {
      onEvent: say,
      onNote: (text) => (json ? jsonLine({ kind: 'note', at: Date.now(), text }) : note(terminal, text)),
      onStoppedElsewhere: () => stop.end({ kind: 'elsewhere' }),
      onFailed: (error) => stop.end({ kind: 'failed', error }),
    },
  );
  try {
    const first = await Promise.race([cluster.ready().then(() => undefined), stop.ended]);
    if (first === undefined) await showReady(cluster, agent, terminal, json);
  } catch (error) {
    if (agent === 'started') await cluster.stop('reknit up, which could not start it');
    throw error;
  }
  return await finish(cluster, await stop.ended, terminal, json);
}

async function showReady(cluster: LocalCluster, agent: 'attached' | 'started', terminal: Terminal, json: boolean): Promise<void> {
  const [members, status] = await Promise.all([cluster.members(), cluster.agentStatus()]);
  const rows = nodeRows(cluster.layout, members, status);
  if (json)
    return jsonLine({ kind: 'ready', dataDir: cluster.dataDir, agent: { pid: status.process.pid, found: agent }, nodes: rows });
  if (agent === 'started') terminal.line();
  for (const line of nodeTable(terminal.paint, rows)) terminal.line(line);
  terminal.line();
  const runs = members.find(({ replica }) => replica !== undefined)?.replica?.protocol;
  if (runs !== undefined && runs !== cluster.layout.protocol)
    terminal.line(`  The cluster began with ${cluster.layout.protocol} and has been switched to ${runs}.`);
  const how = agent === 'attached' ? 'was running already' : 'watches them';
  terminal.line(`  The agent (pid ${status.process.pid}) ${how}. What goes wrong is told here.`);
  terminal.line(`  From another terminal:  ${terminal.paint.cyan('npx reknit status')}    Ctrl-C stops the cluster.`);
  terminal.line();
}

async function finish(cluster: LocalCluster, end: CommandEnd, terminal: Terminal, json: boolean): Promise<number> {
  if (end.kind === 'failed') throw end.error;
  if (end.kind === 'elsewhere') {
    cluster.close();
    terminal.line('  The cluster was stopped by another command.');
  } else {
    terminal.line();
    terminal.line('  Stopping the nodes in order…');
    await cluster.stop('reknit up');
    terminal.line(`  Stopped. The data is in ${cluster.dataDir}; "reknit up" starts it again.`);
  }
  if (json) jsonLine({ kind: 'stopped', at: Date.now() });
  return EXIT.ok;
}
