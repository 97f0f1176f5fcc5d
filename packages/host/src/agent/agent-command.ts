// `reknit agent --config FILE`: the process around an agent.
import { readFileSync } from 'node:fs';
import type { Logger } from '@reknit/runtime';
import { createNodeRuntime } from '@reknit/runtime/node';
import { parseAgentConfig } from './agent-config.js';
import { AgentError } from './agent-error.js';
import { runAgent } from './run-agent.js';

export interface AgentCommandOptions {
  /** What is told on the standard streams as one JSON object a line; log lines are that anyway. */
  readonly json?: boolean;
}

/** Runs until a signal or a stop of all; the result is the exit code. Errors are told on standard error. */
export async function runAgentCommand(configFile: string, { json = false }: AgentCommandOptions = {}): Promise<number> {
  try {
    const config = parseAgentConfig(readConfig(configFile));
    const agent = await runAgent(config, createNodeRuntime({ log: stderrLogger() }));
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => agent.stop());
    const [nodes, components] = [config.nodes, config.components ?? []].map((each) => each.map(({ name }) => name));
    const ready = { kind: 'ready', nodes, components, pid: process.pid };
    const what = `${config.nodes.length} nodes, ${config.components?.length ?? 0} components`;
    console.log(json ? JSON.stringify(ready) : `agent ready: ${what}, pid ${process.pid}`);
    await agent.ended;
    return 0;
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    const { code, message } = error;
    console.error(json ? JSON.stringify({ kind: 'error', code, message }) : `reknit agent: ${message}`);
    return error.code === 'bad-config' ? 2 : 1;
  }
}

function readConfig(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new AgentError('bad-config', `cannot read ${path}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

/** JSON lines without a library: the agent stays small beside what it watches. */
function stderrLogger(): Logger {
  return {
    log: (level, message, fields) => {
      if (level === 'debug') return;
      process.stderr.write(`${JSON.stringify({ level, ts: new Date().toISOString(), msg: message, ...fields })}\n`);
    },
  };
}
