// `reknit status`: each member's own word, and beside it what the agent knows of its process.
import { type Client, createClient, type PlanUnderWay } from '@reknit/client';
import type { AgentStatus } from '@reknit/host/agent';
import { findAgent } from '../cluster/agent-keeper.js';
import { type FoundCluster, findCluster } from '../cluster/find-cluster.js';
import { clientUrl, readLayout } from '../cluster/layout.js';
import { type MemberView, readMembers } from '../cluster/members.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { type InstanceRow, instanceRows, instanceTable } from '../output/components.js';
import { jsonDocument } from '../output/json.js';
import { killSwitchSentence, pauseSentence } from '../output/restraints.js';
import { renderTable } from '../output/table.js';
import { createTerminal, type Paint, type Terminal } from '../output/terminal.js';
import { plural, spokenBytes, spokenCount, spokenDuration } from '../output/words.js';
import { paintRole } from './member-table.js';
import { planSentence } from './plan-sentence.js';
import type { QueryOptions } from './query-options.js';

/** 'degraded': clients are served, but something is missing. */
export type Health = 'healthy' | 'degraded' | 'unavailable' | 'unreachable';

interface Report {
  readonly health: Health;
  readonly cluster: FoundCluster;
  readonly members: readonly MemberView[];
  readonly agent: AgentStatus | undefined;
  /** The change of members or protocol that is under way. */
  readonly plan: PlanUnderWay | undefined;
}

export async function status(options: QueryOptions): Promise<number> {
  const cluster = findCluster(options.endpoints);
  const [{ answers, plan }, agent] = await Promise.all([askMembers(cluster), agentStatus(cluster.dataDir)]);
  const members = answers.map((member) => ({ ...member, name: nameIn(cluster, member.endpoint) ?? member.name }));
  const report = { health: healthOf(members, agent), cluster, members, agent, plan };
  if (options.json === true) jsonDocument(reportJson(report));
  else show(createTerminal(), report);
  return exitCodeOf(report);
}

/** Where only components run, there is nobody to ask. */
async function askMembers({ endpoints }: FoundCluster): Promise<{ answers: readonly MemberView[]; plan: Report['plan'] }> {
  if (endpoints.length === 0) return { answers: [], plan: undefined };
  const client = createClient({ endpoints });
  const [answers, plan] = await Promise.all([readMembers(client, endpoints), planOf(client)]);
  client.close();
  return { answers, plan };
}

const PLAN_TIMEOUT_MS = 1500;

/** Without an answer there is nothing to tell of it: that the members do not answer is told anyway. */
const planOf = (client: Client): Promise<PlanUnderWay | undefined> =>
  client.configuration.show({ timeoutMs: PLAN_TIMEOUT_MS }).then(
    ({ plan }) => plan,
    () => undefined,
  );

function nameIn({ dataDir }: FoundCluster, endpoint: string): string | undefined {
  const layout = dataDir === undefined ? undefined : readLayout(dataDir);
  return layout?.nodes.find((node) => clientUrl(node) === endpoint)?.name;
}

async function agentStatus(dataDir: string | undefined): Promise<AgentStatus | undefined> {
  const connection = dataDir === undefined ? undefined : await findAgent(dataDir);
  const answer = await connection?.status();
  connection?.close();
  return answer;
}

function healthOf(members: readonly MemberView[], agent: AgentStatus | undefined): Health {
  if (members.length === 0) return healthOfComponents(agent);
  const answering = members.filter(({ role }) => role !== 'unreachable');
  if (answering.length === 0) return agent === undefined ? 'unreachable' : 'unavailable';
  const leader = answering.find(({ role }) => role === 'leader');
  const followers = leader === undefined ? [] : answering.filter(({ leaderId }) => leaderId === leader.id);
  if (followers.length * 2 <= members.length) return 'unavailable';
  return followers.length === members.length && (agent?.open.length ?? 0) === 0 ? 'healthy' : 'degraded';
}

function healthOfComponents(agent: AgentStatus | undefined): Health {
  if (agent === undefined) return 'unreachable';
  const living = agent.subjects.filter(({ state }) => state === 'living');
  if (living.length === 0) return 'unavailable';
  return living.length === agent.subjects.length && agent.open.length === 0 ? 'healthy' : 'degraded';
}

function exitCodeOf({ health }: Report): ExitCode {
  if (health === 'unreachable') return EXIT.unreachable;
  return health === 'healthy' ? EXIT.ok : EXIT.failed;
}

const subjectOf = (agent: AgentStatus | undefined, endpoint: string): AgentStatus['subjects'][number] | undefined =>
  agent?.subjects.find((subject) => subject.endpoint === endpoint);

function reportJson({ health, cluster, members, agent, plan }: Report): object {
  return {
    format: 1,
    health,
    dataDir: cluster.dataDir ?? null,
    members: members.map(({ endpoint, name, role, ...rest }) => {
      const subject = subjectOf(agent, endpoint);
      return {
        name,
        endpoint,
        role,
        ...rest,
        ...(subject === undefined ? {} : { process: processJson(subject) }),
      };
    }),
    instances: agent === undefined ? [] : instancesOf(agent, members),
    agent: agent === undefined ? null : agentJson(agent),
    plan: plan ?? null,
    pauses: agent?.pauses ?? [],
    killSwitch: agent?.killSwitch ?? null,
    openIncidents: (agent?.open ?? []).map(({ id, subject, phase }) => ({ id, subject, phase: phase.kind })),
  };
}

/** What the agent looks after that is no member. */
const instancesOf = (agent: AgentStatus, members: readonly MemberView[]): readonly InstanceRow[] =>
  instanceRows(agent, (subject) => members.some(({ name }) => name === subject));

const agentJson = ({ process, observer, since, metricsUrl, store, otherAgents }: AgentStatus): object => ({
  pid: process.pid,
  observer,
  since,
  metricsUrl: metricsUrl ?? null,
  store: store ?? null,
  otherAgents: otherAgents ?? [],
});

const processJson = ({ state, process, restarts, reason }: AgentStatus['subjects'][number]): object => ({
  state,
  pid: process?.pid ?? null,
  restarts,
  ...(reason === undefined ? {} : { reason }),
});

const SENTENCES: Readonly<Record<Health, string>> = {
  healthy: 'healthy: every member answers and follows one leader',
  degraded: 'degraded: clients are served, but not everything is in order',
  unavailable: 'unavailable: no leader with a majority',
  unreachable: 'unreachable: neither a member nor an agent answers',
};

const SENTENCES_OF_COMPONENTS: Readonly<Record<Health, string>> = {
  healthy: 'healthy: every instance lives, and nothing is open',
  degraded: 'degraded: not every instance is in order',
  unavailable: 'unavailable: no instance lives',
  unreachable: 'unreachable: no agent answers',
};

function show(terminal: Terminal, report: Report): void {
  const { paint } = terminal;
  const { health, members, agent, cluster, plan } = report;
  const colour = health === 'healthy' ? paint.green : health === 'degraded' ? paint.yellow : paint.red;
  const sentences = members.length === 0 ? SENTENCES_OF_COMPONENTS : SENTENCES;
  terminal.line(`  ${colour(sentences[health])}`);
  terminal.line();
  const instances = agent === undefined ? [] : instancesOf(agent, members);
  const tables = [
    members.length === 0 ? [] : table(paint, members, agent),
    instances.length === 0 ? [] : instanceTable(paint, instances),
  ];
  for (const lines of tables.filter(({ length }) => length > 0)) {
    for (const line of lines) terminal.line(line);
    terminal.line();
  }
  if (plan !== undefined) terminal.line(`  ${paint.yellow('under way')}  ${planSentence(plan)}`);
  showAgent(terminal, agent);
  terminal.line(`  ${agentSentence(agent, cluster)}`);
}

/** What it is busy with, what holds it back, and whom it knows. */
function showAgent(terminal: Terminal, agent: AgentStatus | undefined): void {
  const { paint } = terminal;
  for (const { subject, reason } of agent?.subjects ?? [])
    if (reason !== undefined) terminal.line(`  ${paint.red('down')}  ${subject}  ${reason}`);
  for (const { id, subject, phase } of agent?.open ?? [])
    terminal.line(`  ${paint.yellow('open')}  ${subject}  ${phase.kind}  ${id}`);
  for (const pause of agent?.pauses ?? []) terminal.line(`  ${paint.yellow('paused')}  ${pauseSentence(pause, Date.now())}`);
  const thrown = killSwitchSentence(agent?.killSwitch);
  if (thrown !== undefined) terminal.line(`  ${paint.red('kill switch')}  ${thrown}`);
  for (const { name, host, standing } of agent?.otherAgents ?? [])
    terminal.line(`  ${standing === 'alive' ? paint.dim('agent') : paint.yellow('agent')}  ${name} on ${host}  ${standing}`);
}

function table(paint: Paint, members: readonly MemberView[], agent: AgentStatus | undefined): readonly string[] {
  const round = members.find(({ replica }) => replica !== undefined)?.replica?.roundName ?? 'term';
  const head = ['node', 'pid', 'role', 'clients', 'revision', 'applied', 'protocol', round, 'size', 'restarts'].map((title) =>
    paint.dim(title),
  );
  const number = (value: number | undefined): string => (value === undefined ? '–' : spokenCount(value));
  const rows = members.map((member) => {
    const subject = subjectOf(agent, member.endpoint);
    return [
      paint.bold(member.name),
      String(subject?.process?.pid ?? '–'),
      paintRole(paint, member.role),
      member.endpoint,
      number(member.revision),
      number(member.raftAppliedIndex),
      protocolOf(member),
      number(member.replica?.round ?? member.raftTerm),
      member.dbSize === undefined ? '–' : spokenBytes(member.dbSize),
      number(subject?.restarts),
    ];
  });
  return renderTable(head, rows, '  ');
}

/** With what its replica is busy, where the protocol names that. */
function protocolOf({ replica }: MemberView): string {
  if (replica === undefined) return '–';
  return replica.phase === null ? replica.protocol : `${replica.protocol}, ${replica.phase}`;
}

function agentSentence(agent: AgentStatus | undefined, { dataDir }: FoundCluster): string {
  if (agent === undefined)
    return dataDir === undefined
      ? 'No agent is known here: only the members were asked.'
      : `No agent answers in ${dataDir}: start one with  reknit up --data ${dataDir}`;
  const incidents = agent.open.length === 0 ? 'no open incident' : plural(agent.open.length, 'open incident');
  const metrics = agent.metricsUrl === undefined ? '' : ` Its metrics: ${agent.metricsUrl}`;
  return `The agent (pid ${agent.process.pid}) has watched for ${spokenDuration(Date.now() - agent.since)}; ${incidents}.${metrics}`;
}
