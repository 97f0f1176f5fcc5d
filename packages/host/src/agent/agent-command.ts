// `reknit agent --config FILE`: the process around an agent.
import { readFileSync } from 'node:fs';
import type { Logger } from '@reknit/runtime';
import { createNodeRuntime } from '@reknit/runtime/node';
import { parseAgentConfig } from './agent-config.js';
import { AgentError } from './agent-error.js';
import { runAgent } from './run-agent.js';

/** Runs until a signal or a stop of all; the result is the exit code. Errors are told on standard error. */
export async function runAgentCommand(configFile: string): Promise<number> {
  try {
    const config = parseAgentConfig(readConfig(configFile));
    const agent = await runAgent(config, createNodeRuntime({ log: stderrLogger() }));
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => agent.stop());
    console.log(`agent ready: ${config.nodes.length} nodes, pid ${process.pid}`);
    await agent.ended;
    return 0;
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    console.error(`reknit agent: ${error.message}`);
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
