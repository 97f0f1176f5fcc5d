// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is what stands in a declaration
// Components under an agent that has neither nodes nor a store: real processes, killed, hung and made ill.
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EngineEvent, Incident } from '@reknit/recovery';
import { createNodeRuntime } from '@reknit/runtime/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePorts } from '../../../../tests/support/ports.js';
import { connectAgent } from '../../src/agent/connect-agent.js';
import { type RunningAgent, runAgent } from '../../src/agent/run-agent.js';
import { parseReknitFile } from '../../src/components/index.js';

const PROGRAM = fileURLToPath(new URL('../../../drivers/test/support/fake-component.mjs', import.meta.url));
const runtime = createNodeRuntime({ log: { log: () => undefined } });

let directory: string;
let ports: readonly number[];
const agents: RunningAgent[] = [];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'reknit-components-'));
  ports = await freePorts(3);
});
afterEach(async () => {
  for (const agent of agents.splice(0)) {
    await agent.engine.stopAll('the test');
    agent.stop();
    await agent.ended;
  }
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
});

const declared = (...lines: readonly string[]): string =>
  [
    'components:',
    '  web:',
    '    driver: process',
    `    command: ${process.execPath} ${PROGRAM} --port \${port}`,
    `    ports: [${ports.join(', ')}]`,
    ...lines.map((line) => `    ${line}`),
  ].join('\n');

async function start(text: string): Promise<RunningAgent> {
  const agent = await begin(text);
  await expect
    .poll(() => agent.engine.status().subjects.every(({ state }) => state === 'living'), { timeout: 10_000 })
    .toBe(true);
  return agent;
}

async function begin(text: string): Promise<RunningAgent> {
  const read = parseReknitFile(text, directory);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  writeFileSync(`${directory}/secret`, 'a secret of this test');
  const config = { dataDir: directory, nodes: [], components: read.file.components, secretFile: `${directory}/secret` };
  const agent = await runAgent({ ...config, clientEndpoints: [], soakMs: 200, probeEveryMs: 100 }, runtime);
  agents.push(agent);
  return agent;
}

const pidOf = (agent: RunningAgent, subject: string): number =>
  agent.engine.status().subjects.find((each) => each.subject === subject)!.process!.pid;

async function healed(agent: RunningAgent, subject: string): Promise<Incident> {
  const find = (): Incident | undefined => agent.engine.incidents().find((each) => each.subject === subject);
  await expect.poll(() => find()?.phase.kind, { timeout: 20_000 }).toBe('resolved');
  return find()!;
}

const HEALTH = 'detect: [{ http: "http://127.0.0.1:${port}/health", every: 100ms, timeout: 300ms, failures: 2 }]';

describe('declared components under an agent', () => {
  it('are started, and one that is killed is started again, verified, and the others never noticed', async () => {
    const agent = await start(declared('instances: 2', HEALTH, 'verify: [{ http: "http://127.0.0.1:${port}/ready" }]'));
    const other = pidOf(agent, 'web-2');
    const before = pidOf(agent, 'web-1');
    process.kill(before, 'SIGKILL');
    const incident = await healed(agent, 'web-1');
    expect(incident.diagnosis?.verdict).toBe('crash');
    expect(incident.readings.map(({ check }) => check)).toEqual(expect.arrayContaining(['identity', 'probe', 'own', 'soak']));
    expect(pidOf(agent, 'web-1')).not.toBe(before);
    expect(pidOf(agent, 'web-2')).toBe(other);
    // Its other instance went on serving; both are needed for it to be whole.
    expect(incident.moments.servedAgain).toBeLessThan(incident.moments.redundancyRestored!);
    expect((await fetch(`http://127.0.0.1:${ports[0]}/health`)).status).toBe(200);
  });

  it('that hang are fenced, and started again', async () => {
    const agent = await start(declared(HEALTH));
    const before = pidOf(agent, 'web-1');
    process.kill(before, 'SIGSTOP');
    const incident = await healed(agent, 'web-1');
    expect(incident.diagnosis?.verdict).toBe('hang');
    expect(incident.runs.map(({ action }) => action)).toEqual(['fence', 'restart']);
    expect(pidOf(agent, 'web-1')).not.toBe(before);
  });

  it('that say something bad in their output are diagnosed as unhealthy, and started again', async () => {
    const agent = await start(declared(HEALTH.replace(' }]', ' }, { log: "out of memory" }]')));
    const before = pidOf(agent, 'web-1');
    await fetch(`http://127.0.0.1:${ports[0]}/say?text=out%20of%20memory`);
    const incident = await healed(agent, 'web-1');
    expect(incident.diagnosis?.verdict).toBe('unhealthy');
    expect(pidOf(agent, 'web-1')).not.toBe(before);
  });

  it('move to a port that is free when their own is taken', async () => {
    const squatter = http.createServer((_, response) => response.end()).listen(ports[0], '127.0.0.1');
    await once(squatter, 'listening');
    const agent = await begin(declared(HEALTH, 'recover: { ladder: [relocate, page] }'));
    const incident = await healed(agent, 'web-1');
    expect(incident.runs.map(({ action }) => action)).toContain('relocate');
    expect((await fetch(`http://127.0.0.1:${ports[1]}/health`)).status).toBe(200);
    squatter.close();
  });

  it('go back to the command that last ran well, when they cannot start with the new one', async () => {
    const text = declared(HEALTH);
    const first = await start(text);
    agents.splice(0);
    await first.engine.stopAll('the test');
    first.stop();
    await first.ended;
    rmSync(`${directory}/agent/lock`, { force: true });
    const second = await begin(text.replace('--port ', '--code 3 --port '));
    const incident = await healed(second, 'web-1');
    expect(incident.diagnosis?.verdict).toBe('config-error');
    expect(incident.runs.at(-1)).toMatchObject({ action: 'roll-back', outcome: 'succeeded' });
    expect((await fetch(`http://127.0.0.1:${ports[0]}/health`)).status).toBe(200);
  });

  it('outlive the agent, and the next one adopts them without an incident', async () => {
    const text = declared('instances: 2', HEALTH);
    const first = await start(text);
    const pids = ['web-1', 'web-2'].map((subject) => pidOf(first, subject));
    agents.splice(0);
    first.stop();
    await first.ended;
    rmSync(`${directory}/agent/lock`, { force: true });
    const second = await start(text);
    expect(['web-1', 'web-2'].map((subject) => pidOf(second, subject))).toEqual(pids);
    expect(second.engine.incidents()).toEqual([]);
    process.kill(pids[0]!, 'SIGKILL');
    expect((await healed(second, 'web-1')).diagnosis?.verdict).toBe('crash');
  });

  it('answer to the control socket as nodes do', async () => {
    const agent = await start(declared(HEALTH));
    const connection = await connectAgent(directory);
    const events: EngineEvent[] = [];
    await connection.subscribe((event) => events.push(event));
    const before = pidOf(agent, 'web-1');
    await connection.restart('web-1', { by: 'the test' });
    await expect.poll(() => events.some(({ text }) => /^web-1: resolved/.test(text)), { timeout: 20_000 }).toBe(true);
    expect(pidOf(agent, 'web-1')).not.toBe(before);
    connection.close();
  });
});
