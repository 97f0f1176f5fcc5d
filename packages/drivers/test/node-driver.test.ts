import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Boot, Driver, ProcessEnd } from '@reknit/recovery';
import { createNodeRuntime } from '@reknit/runtime/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePortBlock } from '../../../tests/support/ports.js';
import { createNodeDriver } from '../src/index.js';
import { type Scratch, scratchDirectory } from './support/scratch.js';

const FAKE_NODE = fileURLToPath(new URL('./support/fake-node.mjs', import.meta.url));
const secret = Buffer.from('a secret of the test cluster');
const runtime = createNodeRuntime({ log: { log: () => undefined } });

let scratch: Scratch;
let port: number;
const started: Boot['process'][] = [];

beforeEach(async () => {
  scratch = scratchDirectory();
  port = await freePortBlock(1);
});
afterEach(() => {
  for (const process of started.splice(0)) runtime.processes.signal(process, 'SIGKILL');
  scratch.remove();
});

function driverWith(...extra: readonly string[]): Driver {
  const args = [
    FAKE_NODE,
    '--name',
    'n1',
    '--port',
    `${port}`,
    '--data-dir',
    scratch.path,
    '--secret-hex',
    secret.toString('hex'),
    ...extra,
  ];
  const node = {
    name: 'n1',
    command: process.execPath,
    args,
    clientUrl: `http://127.0.0.1:${port}`,
    dataDir: scratch.path,
    logFile: `${scratch.path}/n1.log`,
  };
  return createNodeDriver({ runtime, nodes: [node], secret });
}

function start(driver: Driver, token = 'token'): { process: Boot['process']; ended: Promise<ProcessEnd> } {
  let end: (end: ProcessEnd) => void = () => undefined;
  const ended = new Promise<ProcessEnd>((resolve) => (end = resolve));
  const process = driver.start('n1', token, end);
  started.push(process);
  return { process, ended };
}

async function ready(driver: Driver): Promise<Boot> {
  for (let attempt = 0; attempt < 400; attempt++) {
    const boot = await driver.identify('n1', 500);
    if (boot !== undefined) return boot;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('the node did not become ready');
}

describe('the node driver', () => {
  it('starts a node that proves to be the process that was started', async () => {
    const driver = driverWith('--suspects', 'n9');
    const { process } = start(driver);
    const boot = await ready(driver);
    expect(boot.process).toEqual(process);
    expect(boot.incarnation).toBe('data-of-n1');
    const vitals = { loopDelayMs: 0, logSyncMs: 1, suspectedPeers: ['n9'] };
    expect(await driver.probe('n1', 500)).toEqual({ connect: 'accepted', health: 'good', vitals });
    expect(driver.lastWords('n1')).toBe('ready to serve client requests');
  });

  it('learns of a kill from the kernel at once, with the signal, and finds no exit journal', async () => {
    const driver = driverWith();
    const { process, ended } = start(driver);
    await ready(driver);
    runtime.processes.signal(process, 'SIGKILL');
    expect(await ended).toEqual({ exit: { signal: 'SIGKILL' }, source: 'kernel exit notice' });
    expect(driver.state(process)).toBe('gone');
    expect(await driver.probe('n1', 500)).toEqual({ connect: 'refused', health: 'silent' });
    expect(driver.exitMark('n1')).toBeUndefined();
  });

  it('fences a stopped node: shows what is seen of it, and answers once the kernel confirms its end', async () => {
    const driver = driverWith();
    const { process, ended } = start(driver);
    await ready(driver);
    runtime.processes.signal(process, 'SIGSTOP');
    await expect.poll(() => driver.state(process)).toBe('stopped');
    expect(driver.look(process).find(({ source }) => source === 'status')?.text).toContain('State: T');
    const before = driver.effort(process);
    expect(before?.ranMs).toBeGreaterThan(0);
    expect(driver.effort(process)).toEqual(before);
    expect(await driver.fence('n1', process, 5000)).toBe('gone');
    expect(await ended).toEqual({ exit: { signal: 'SIGKILL' }, source: 'kernel exit notice' });
    expect(await driver.fence('n1', process, 5000)).toBe('gone');
    expect(driver.effort(process)).toBeUndefined();
    expect(driver.look(process)).toEqual([]);
  });

  it('stops a node in order, which then says so itself', async () => {
    const driver = driverWith();
    const { process, ended } = start(driver);
    const boot = await ready(driver);
    expect(await driver.stop('n1', process, 5000)).toBe('terminated');
    expect((await ended).exit).toEqual({ code: 0 });
    expect(driver.exitMark('n1')).toMatchObject({ bootId: boot.bootId, pid: process.pid, reason: 'signal SIGTERM' });
    expect(await driver.stop('n1', process, 5000)).toBe('already-gone');
  });

  it('ends a node that ignores the request to end', async () => {
    const driver = driverWith('--ignore-term');
    const { process, ended } = start(driver);
    await ready(driver);
    expect(await driver.stop('n1', process, 50)).toBe('killed');
    expect((await ended).exit).toEqual({ signal: 'SIGKILL' });
  });

  it('tells the exit code, the exit journal and the last words of a node that fails', async () => {
    const driver = driverWith('--exit-code', '3');
    const { ended } = start(driver);
    expect((await ended).exit).toEqual({ code: 3 });
    expect(driver.exitMark('n1')?.reason).toBe('fatal: told to fail');
    expect(driver.lastWords('n1')).toBe('fatal: told to fail');
  });

  it.each([
    ['log-damaged', 'rot'],
    ['data-directory-foreign', 'wrong-directory'],
    ['lost-write', 'lost-write'],
    ['usage', 'config'],
  ])('a node that refuses to start with %s is a signal %s, until it is started again', async (code, alarm) => {
    const line = JSON.stringify({ level: 'error', ts: 'now', code, msg: 'the cause; the cure' });
    const node = {
      name: 'n1',
      command: '/bin/sh',
      args: ['-c', `echo '{"level":"info","msg":"starting"}'; echo '${line}'; exit 1`],
      clientUrl: `http://127.0.0.1:${port}`,
      dataDir: scratch.path,
      logFile: `${scratch.path}/n1.log`,
    };
    const driver = createNodeDriver({ runtime, nodes: [node], secret });
    expect((await start(driver).ended).exit).toEqual({ code: 1 });
    expect(driver.signals?.('n1')).toMatchObject([{ kind: 'store', alarm, detail: 'the cause; the cure' }]);
    expect(driver.lastWords('n1')).toBe('the cause; the cure');
    const { ended } = start(driver);
    expect(driver.signals?.('n1')).toEqual([]);
    await ended;
  });

  it('takes the tombstone of a removed member for the end of the node’s life', () => {
    const driver = driverWith();
    expect(driver.retired('n1')).toBeUndefined();
    writeFileSync(`${scratch.path}/removed.json`, '{"reason":"it was removed"}');
    expect(driver.retired('n1')).toContain('removed from the cluster');
  });

  it('takes nobody for its node who cannot prove it', async () => {
    const driver = driverWith('--lie');
    start(driver);
    for (let attempt = 0; attempt < 400; attempt++) {
      if ((await driver.probe('n1', 500)).health === 'good') break;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(await driver.identify('n1', 500)).toBeUndefined();
  });

  it('finds a process that was launched by an agent that is gone, by its token, and learns of its end', async () => {
    const driver = driverWith();
    const { process } = start(driver, 'incident-1/1/abcdef');
    expect(driver.findLaunched('n1', 'incident-1/1/abcdef')).toEqual(process);
    expect(driver.findLaunched('n1', 'incident-1/2/abcdef')).toBeUndefined();
    const gone = new Promise<ProcessEnd>((resolve) => driver.watch('n1', process, resolve));
    runtime.processes.signal(process, 'SIGKILL');
    expect((await gone).exit).toBeUndefined();
    expect(driver.findLaunched('n1', 'incident-1/1/abcdef')).toBeUndefined();
  });

  it('throws when the command cannot be started', () => {
    const node = {
      name: 'n1',
      command: '/no/such/program',
      args: [],
      clientUrl: 'http://127.0.0.1:1',
      dataDir: scratch.path,
      logFile: `${scratch.path}/n1.log`,
    };
    const driver = createNodeDriver({ runtime, nodes: [node], secret });
    expect(() => driver.start('n1', 'token', () => undefined)).toThrow(/no\/such\/program/);
  });

  it('tells a silent application from a refused connection', async () => {
    const silent = net.createServer().listen(port, '127.0.0.1');
    await new Promise((resolve) => silent.on('listening', resolve));
    expect(await driverWith().probe('n1', 60)).toEqual({ connect: 'accepted', health: 'silent' });
    silent.close();
  });

  it('tells an unhealthy answer from none', async () => {
    const sick = http
      .createServer((_request, response) => response.writeHead(503).end('{"health":"false"}'))
      .listen(port, '127.0.0.1');
    await new Promise((resolve) => sick.on('listening', resolve));
    expect(await driverWith().probe('n1', 5000)).toEqual({ connect: 'accepted', health: 'bad' });
    sick.close();
  });

  it('takes a stopped process for one that lives', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    const identity = runtime.processes.identify(child.pid!)!;
    started.push(identity);
    runtime.processes.signal(identity, 'SIGSTOP');
    await expect.poll(() => driverWith().state(identity)).toBe('stopped');
  });
});
