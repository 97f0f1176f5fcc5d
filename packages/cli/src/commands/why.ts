// `reknit why [COMPONENT]`: decisions live with the agent that took them, so it is asked first; without one, what it wrote down.
import { readLastKnown } from '@reknit/host/agent';
import type { Decision, Incident, Why } from '@reknit/recovery';
import { findAgent } from '../cluster/agent-keeper.js';
import { type FoundCluster, findCluster } from '../cluster/find-cluster.js';
import { readIncidents, type Source } from '../cluster/incident-source.js';
import { requireComponent } from '../cluster/the-agent.js';
import { EXIT } from '../exit-codes.js';
import { jsonDocument } from '../output/json.js';
import { renderTable } from '../output/table.js';
import { createTerminal, type Terminal } from '../output/terminal.js';
import { dateTime } from '../output/words.js';
import type { QueryOptions } from './query-options.js';

interface Answer extends Why {
  readonly source: Source;
}

export async function why(component: string | undefined, options: QueryOptions): Promise<number> {
  const cluster = findCluster(options.endpoints);
  requireComponent(cluster.dataDir, component);
  const answer = (await fromAgent(cluster, component)) ?? (await fromRecords(cluster, component));
  if (options.json === true) jsonDocument({ format: 1, ...answer });
  else show(createTerminal(), answer);
  return EXIT.ok;
}

async function fromAgent({ dataDir }: FoundCluster, component: string | undefined): Promise<Answer | undefined> {
  const connection = dataDir === undefined ? undefined : await findAgent(dataDir);
  const answer = await connection?.why(component);
  connection?.close();
  return answer === undefined ? undefined : { ...answer, source: 'agent' };
}

const SHOWN_MAX = 20;

async function fromRecords(cluster: FoundCluster, component: string | undefined): Promise<Answer> {
  const concerns = (subject: string | undefined): boolean =>
    component === undefined || subject === undefined || subject === component;
  const known = await readIncidents(cluster);
  const decisions = cluster.dataDir === undefined ? [] : (readLastKnown(cluster.dataDir)?.decisions ?? []);
  return {
    source: known.source,
    at: Date.now(),
    ...(component === undefined ? {} : { subject: component }),
    now: ['no agent answers here: nothing is watched or healed by this machine'],
    decisions: decisions.filter(({ subject }) => concerns(subject)).slice(-SHOWN_MAX),
    incidents: known.incidents.filter(({ subject }) => concerns(subject)).slice(-SHOWN_MAX),
  };
}

function show(terminal: Terminal, { now, decisions, incidents }: Answer): void {
  const { paint } = terminal;
  for (const sentence of now) terminal.line(`  ${paint.bold(sentence)}`);
  const rows = [...decisions.map(decisionRow), ...incidents.map(incidentRow)].sort((left, right) => left.at - right.at);
  if (rows.length > 0) terminal.line();
  const lines = renderTable(
    ['', '', ''],
    rows.map(({ at, subject, text }) => [paint.dim(dateTime(at)), paint.bold(subject), text]),
    '  ',
  );
  for (const line of lines.slice(1)) terminal.line(line);
}

interface Row {
  readonly at: number;
  readonly subject: string;
  readonly text: string;
}

const decisionRow = ({ at, subject = '', text }: Decision): Row => ({ at, subject, text: text.replace(`${subject}: `, '') });

const incidentRow = ({ moments, subject, diagnosis, phase, id }: Incident): Row => ({
  at: moments.onset,
  subject,
  text: `incident ${id}: ${diagnosis?.verdict ?? 'not yet diagnosed'}, ${phase.kind}`,
});
