// Three real agents on the loopback, each with a machine's name of its own and one node in its care.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NO_STORE, type Why } from '@reknit/recovery';
import { createNodeRuntime } from '@reknit/runtime/node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePorts } from '../../../../../tests/support/ports.js';
import { parseAgentConfig } from '../../../src/agent/agent-config.js';
import { type AgentConnection, connectAgent } from '../../../src/agent/connect-agent.js';
import { type RunningAgent, runAgent } from '../../../src/agent/run-agent.js';

const FAKE_NODE = fileURLToPath(new URL('../../../../drivers/test/support/fake-node.mjs', import.meta.url));
const SECRET = 'a secret of the test cluster';
const NAMES = ['a', 'b', 'c'];
const PATIENCE_MS = 30_000;

const directory = mkdtempSync(join(tmpdir(), 'reknit-gossip-'));
const agents: RunningAgent[] = [];
const connections = new Map<string, AgentConnection>();

async function eventually(condition: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; !(await condition()); ) {
    if (Date.now() > end) throw new Error(`not in time: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const why = (name: string, subject: string): Promise<Why> => connections.get(name)!.why(subject);
const votes = async (name: string, subject: string): Promise<string> =>
  (await why(name, subject)).now.find((text) => text.includes('seen from outside')) ?? '';

beforeAll(async () => {
  const ports = await freePorts(2 * NAMES.length);
  const secretFile = join(directory, 'secret');
  writeFileSync(secretFile, SECRET);
  const gossipAddress = (at: number): string => `127.0.0.1:${ports[NAMES.length + at]}`;
  for (const [at, name] of NAMES.entries()) {
    const dataDir = mkdtempSync(join(directory, `${name}-`));
    const nodeArgs = ['--name', `n-${name}`, '--port', `${ports[at]}`, '--data-dir', dataDir];
    const node = {
      name: `n-${name}`,
      command: process.execPath,
      args: [FAKE_NODE, ...nodeArgs, '--secret-hex', Buffer.from(SECRET).toString('hex')],
      clientUrl: `http://127.0.0.1:${ports[at]}`,
      dataDir,
      logFile: join(dataDir, 'node.log'),
    };
    const config = parseAgentConfig(
      JSON.stringify({
        dataDir,
        secretFile,
        nodes: [node],
        observer: `agent ${name}`,
        gossip: { listen: gossipAddress(at), host: `machine-${name}`, seeds: NAMES.map((_, each) => gossipAddress(each)) },
      }),
    );
    agents.push(await runAgent(config, createNodeRuntime({ log: { log: () => undefined } }), NO_STORE));
    connections.set(name, await connectAgent(dataDir));
  }
}, PATIENCE_MS);

afterAll(async () => {
  for (const connection of connections.values()) await connection.stopAll('the test').catch(() => undefined);
  for (const agent of agents) {
    agent.stop();
    await agent.ended;
  }
  rmSync(directory, { recursive: true, force: true });
}, PATIENCE_MS);

test('agents of several machines see each other, vote on each other’s nodes, and tell the votes', {
  timeout: 4 * PATIENCE_MS,
}, async () => {
  for (const observer of NAMES) {
    await eventually(async () => (await votes(observer, `n-${observer}`)).includes('up: 3 of 3 hosts say up'));
    expect(await votes(observer, `n-${observer}`)).toContain('agent b on machine-b: up');
  }
  const { otherAgents } = await connections.get('a')!.status();
  const told = otherAgents?.map(({ name, host, standing }) => `${name} on ${host}: ${standing}`).sort();
  expect(told).toEqual(['agent b on machine-b: alive', 'agent c on machine-c: alive']);
  // Its own agent may not bring it back for a while: what the others see is what this is about.
  const owner = connections.get('c')!;
  await owner.pause(PATIENCE_MS * 4);
  const { subjects } = await owner.status();
  process.kill(subjects[0]!.process!.pid, 'SIGKILL');
  await eventually(async () => (await votes('c', 'n-c')).includes('down: 0 of 3 hosts say up, 3 down'));
  await owner.resume();
  await eventually(async () => (await votes('c', 'n-c')).includes('up: 3 of 3 hosts say up'));
  await connections.get('b')!.stopAll('the test');
  await agents[1]!.ended;
  await eventually(async () => /2 of 2 hosts say up/.test(await votes('a', 'n-a')));
});
