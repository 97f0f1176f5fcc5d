// The agent of the cluster that a command is about, for commands that ask it to do something: without one nothing is done.
import { type AgentConnection, AgentError } from '@reknit/host/agent';
import { CliError } from '../cli-error.js';
import { EXIT } from '../exit-codes.js';
import { configuredSubjects } from './agent-files.js';
import { findAgent } from './agent-keeper.js';
import { findCluster } from './find-cluster.js';

/**
 * @param target the component that it is about; undefined: all
 * @throws CliError when there is no such component, nobody to ask, or the agent refuses
 */
export async function askAgent<Answer>(
  endpoints: string | undefined,
  target: string | undefined,
  ask: (agent: AgentConnection) => Promise<Answer>,
): Promise<Answer> {
  const { dataDir } = findCluster(endpoints);
  requireComponent(dataDir, target);
  const agent = dataDir === undefined ? undefined : await findAgent(dataDir);
  if (agent === undefined) throw nobodyToAsk(dataDir);
  try {
    return await ask(agent);
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    throw new CliError(error.message, `see  reknit why${target === undefined ? '' : ` ${target}`}`, EXIT.failed, {
      cause: error,
    });
  } finally {
    agent.close();
  }
}

const nobodyToAsk = (dataDir: string | undefined): CliError =>
  dataDir === undefined
    ? new CliError(
        'no agent of this cluster is known here',
        'run this where "reknit up" runs, or leave --endpoints out',
        EXIT.unreachable,
      )
    : new CliError(`no agent answers in ${dataDir}`, `start one with  reknit up --data ${dataDir}`, EXIT.unreachable);

/** A name that the agent was not told is a slip of the hand; where nobody knows what it was told, only it can tell. */
export function requireComponent(dataDir: string | undefined, component: string | undefined): void {
  const names = dataDir === undefined ? undefined : configuredSubjects(dataDir);
  if (component === undefined || names === undefined || names.includes(component)) return;
  throw new CliError(`there is no component "${component}"`, `there are ${names.join(', ')}`, EXIT.usage);
}
