// An agent in a process of its own over the test's store: `agent-program CONFIG STORE_URL`. Bundled by the test.
import { readFileSync } from 'node:fs';
import { createNodeRuntime } from '@reknit/runtime/node';
import { parseAgentConfig } from '../../../src/agent/agent-config.js';
import { runAgent } from '../../../src/agent/run-agent.js';
import { storeClientOf } from './store-server.js';

const [config, storeUrl] = process.argv.slice(2);
const agent = await runAgent(
  parseAgentConfig(readFileSync(config!, 'utf8')),
  createNodeRuntime({ log: { log: () => undefined } }),
  storeClientOf(storeUrl!),
);
process.on('SIGTERM', () => agent.stop());
await agent.ended;
process.exit(0);
