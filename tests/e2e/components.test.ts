// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is what stands in a reknit.yaml
// Components from the command line, as real processes: run, observed, checked, and beside nodes of the store.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePortBlock } from '../support/ports.js';
import { type Running, Workbench } from '../support/reknit-command.js';

const SERVER = `
import http from 'node:http';
process.on('SIGTERM', () => process.exit(0));
http.createServer((_, response) => response.end(String(process.pid))).listen(Number(process.env.PORT), '127.0.0.1');
`;

let bench: Workbench;
let port: number;
beforeEach(async () => {
  bench = new Workbench();
  port = await freePortBlock();
  writeFileSync(bench.path('server.mjs'), SERVER);
});
afterEach(() => bench.close());

const pidAt = async (where: number): Promise<number> => Number(await (await fetch(`http://127.0.0.1:${where}/`)).text());

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function stopInOrder(running: Running): Promise<string> {
  running.signal('SIGINT');
  const { code, output, errors } = await running.ended();
  expect({ code, errors }).toEqual({ code: 0, errors: '' });
  return output;
}

test('a program is run without any file: killed, it is back; stopped, nothing is left', async () => {
  const probe = 'http://127.0.0.1:${port}/';
  const running = bench.start('run', '--port', `${port}`, '--probe', probe, '--', process.execPath, bench.path('server.mjs'));
  await running.said(/Ctrl-C stops what runs here/);
  const before = await pidAt(port);
  expect(bench.run('status').output).toMatch(/healthy: every instance lives[\s\S]*app-1 +\d+ +living +http:/);
  process.kill(before, 'SIGKILL');
  await running.said(/resolved +app-1/);
  const after = await pidAt(port);
  expect(after).not.toBe(before);
  expect(bench.run('incidents').output).toMatch(/app-1 .*crash/);
  expect(bench.run('restart', 'app-2')).toMatchObject({
    code: 2,
    errors: expect.stringMatching(/there is no component "app-2"; there are app-1/),
  });
  const output = await stopInOrder(running);
  expect(output).toMatch(/diagnose +app-1 +crash/);
  expect(isAlive(after)).toBe(false);
  expect(bench.processes()).toEqual([]);
});

test('a process that runs already is observed: what would be done is told, and nothing is done', async () => {
  const child = spawn(process.execPath, [bench.path('server.mjs')], {
    env: { ...process.env, PORT: `${port}` },
    stdio: 'ignore',
  });
  await expect.poll(() => pidAt(port).catch(() => undefined)).toBe(child.pid);
  const first = bench.start('run', '--observe', `${child.pid}`, '--name', 'db', '--probe', `tcp://127.0.0.1:${port}`);
  await first.said(/Ctrl-C stops/);
  await stopInOrder(first);
  expect(await pidAt(port)).toBe(child.pid);
  const second = bench.start('run', '--observe', `${child.pid}`, '--name', 'db', '--probe', `tcp://127.0.0.1:${port}`);
  await second.said(/Ctrl-C stops/);
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
  await second.said(/diagnose +db-1/);
  await second.said(/db-1 .*(only observing|observe)/);
  await stopInOrder(second);
  await expect(pidAt(port)).rejects.toThrow();
});

test('nodes of the store and components stand under one agent', async () => {
  const file = [
    `cluster: { nodes: 1, clientPort: ${port + 10} }`,
    'components:',
    '  web:',
    '    driver: process',
    `    command: [${JSON.stringify(process.execPath)}, server.mjs]`,
    '    instances: 2',
    `    ports: ${port}`,
    '    detect: [{ http: "http://127.0.0.1:${port}/", every: 200ms }]',
  ].join('\n');
  writeFileSync(bench.path('reknit.yaml'), file);
  expect(bench.run('config', 'check')).toMatchObject({
    code: 0,
    output: expect.stringMatching(/is right: 1 node, 1 component\n {2}web × 2/),
  });
  const running = bench.start('up', '-f', 'reknit.yaml');
  await running.said(/Ctrl-C stops the cluster/);
  const report = bench.json<{ health: string; members: unknown[]; instances: { name: string; state: string }[] }>('status');
  expect(report.health).toBe('healthy');
  expect(report.members).toHaveLength(1);
  expect(report.instances.map(({ name, state }) => [name, state])).toEqual([
    ['web-1', 'living'],
    ['web-2', 'living'],
  ]);
  process.kill(await pidAt(port + 1), 'SIGKILL');
  await running.said(/resolved +web-2/);
  // Its record is in the store, as that of any node.
  expect(bench.json<{ source: string; incidents: { subject: string }[] }>('incidents')).toMatchObject({
    source: 'store',
    incidents: [{ subject: 'web-2' }],
  });
  await stopInOrder(running);
  expect(bench.processes()).toEqual([]);
});

test('a file with mistakes starts nothing, and all of them are told', () => {
  writeFileSync(bench.path('reknit.yaml'), 'components:\n  web: { driver: process, command: node a | tee b, instances: 0 }\n');
  const checked = bench.run('config', 'check');
  expect(checked.code).toBe(2);
  expect(checked.errors.split('\n')).toEqual([
    expect.stringMatching(/^reknit\.yaml:2:36 {2}components\.web\.command has "\|", which only a shell understands/),
    expect.stringMatching(/^reknit\.yaml:2:63 {2}components\.web\.instances is 0: expected a whole number from 1 to 100/),
    '2 mistakes in reknit.yaml',
    '',
  ]);
  const report = JSON.parse(bench.run('config', 'check', '--json').output) as object;
  const schema = JSON.parse(
    readFileSync(new URL('../../packages/cli/schemas/config.schema.json', import.meta.url), 'utf8'),
  ) as object;
  expect(new Ajv2020().validate(schema, report)).toBe(true);
  const up = bench.run('up', '-f', 'reknit.yaml');
  expect(up.code).toBe(2);
  expect(up.errors).toMatch(/has 2 mistakes\n.*2:36[\s\S]*2:63[\s\S]*nothing was started/);
  expect(bench.processes()).toEqual([]);
  expect(bench.run('run', '--probe', 'http://', '--', 'a')).toMatchObject({
    code: 2,
    errors: expect.stringMatching(/--probe is "http:\/\/": expected a URL/),
  });
  expect(bench.run('run')).toMatchObject({
    code: 2,
    errors: expect.stringMatching(/there is nothing to run; name it behind two dashes/),
  });
});
