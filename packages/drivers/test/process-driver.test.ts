// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is what stands in a declaration
import { existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Boot, DetectSpec, Order, ProcessEnd } from '@reknit/recovery';
import type { ProcessIdentity } from '@reknit/runtime';
import { createNodeRuntime } from '@reknit/runtime/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePorts } from '../../../tests/support/ports.js';
import { createInstruments, LOG_DEFAULTS, type ProcessComponent, ProcessDriver } from '../src/index.js';
import { rotate } from '../src/process/rotate.js';
import { type Scratch, scratchDirectory } from './support/scratch.js';

const PROGRAM = fileURLToPath(new URL('./support/fake-component.mjs', import.meta.url));
const runtime = createNodeRuntime({ log: { log: () => undefined } });

let scratch: Scratch;
let ports: readonly number[];
const started: ProcessIdentity[] = [];
const drivers: ProcessDriver[] = [];

beforeEach(async () => {
  scratch = scratchDirectory();
  ports = await freePorts(3);
});
afterEach(() => {
  for (const driver of drivers.splice(0)) driver.end();
  for (const process of started.splice(0)) endGroup(process.pid);
  scratch.remove();
});

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}

const HEALTH: DetectSpec = {
  kind: 'probe',
  probe: {
    kind: 'http',
    name: 'health',
    url: 'http://127.0.0.1:${port}/health',
    method: 'GET',
    headers: {},
    expectStatus: [{ from: 200, to: 299 }],
  },
  everyMs: 50,
  timeoutMs: 500,
  failures: 2,
};

function componentOf(changed: Partial<ProcessComponent> = {}, ...flags: readonly string[]): ProcessComponent {
  return {
    driver: 'process',
    name: 'web',
    instances: 2,
    command: [process.execPath, PROGRAM, '--port', '${port}', ...flags],
    cwd: scratch.path,
    env: { GREETING: 'I am ${subject}' },
    ports,
    stop: { signal: 'SIGTERM', graceMs: 5000 },
    log: LOG_DEFAULTS,
    config: [],
    detect: [HEALTH],
    verify: { probes: [] },
    policy: { mode: 'active', dependsOn: [], maxConcurrent: 1, group: 'web' },
    ...changed,
  };
}

function driverOf(component: ProcessComponent): ProcessDriver {
  const driver = new ProcessDriver({
    runtime,
    components: [component],
    directory: `${scratch.path}/agent`,
    instruments: createInstruments(),
  });
  drivers.push(driver);
  return driver;
}

function start(
  driver: ProcessDriver,
  subject = 'web-1',
  token = 'token',
): { process: ProcessIdentity; ended: Promise<ProcessEnd> } {
  let end: (end: ProcessEnd) => void = () => undefined;
  const ended = new Promise<ProcessEnd>((resolve) => (end = resolve));
  const process = driver.start(subject, token, end);
  started.push(process);
  return { process, ended };
}

async function ready(driver: ProcessDriver, subject = 'web-1'): Promise<Boot> {
  for (let attempt = 0; attempt < 500; attempt++) {
    const boot = await driver.identify(subject, 500);
    if (boot !== undefined) return boot;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`${subject} did not become ready: ${driver.lastWords(subject)}`);
}

const ask = async (port: number | undefined, path: string): Promise<Record<string, unknown>> =>
  (await (await fetch(`http://127.0.0.1:${port}${path}`)).json()) as Record<string, unknown>;

const isAlive = (pid: number): boolean =>
  runtime.processes.identify(pid) !== undefined && runtime.processes.state(runtime.processes.identify(pid)!) !== 'gone';

const order = (process: ProcessIdentity | undefined, step = 0): Order => ({
  incident: 'web-1-abc',
  step,
  attempt: 1,
  epoch: undefined,
  expiresAt: Number.MAX_SAFE_INTEGER,
  process,
});

describe('the process driver', () => {
  it('runs each instance on its own port, with its environment, where it was told to', async () => {
    const driver = driverOf(componentOf());
    expect(driver.subjects).toEqual(['web-1', 'web-2']);
    for (const subject of driver.subjects) start(driver, subject, `token of ${subject}`);
    const boots = await Promise.all(driver.subjects.map((subject) => ready(driver, subject)));
    expect(boots.map(({ bootId, incarnation }) => [bootId, incarnation])).toEqual([
      ['token of web-1', 'web-1'],
      ['token of web-2', 'web-2'],
    ]);
    expect(await ask(ports[1], '/')).toEqual({
      pid: boots[1]!.process.pid,
      port: `${ports[1]}`,
      greeting: 'I am web-2',
      cwd: scratch.path,
    });
    expect(driver.endpoint('web-2')).toBe(`http://127.0.0.1:${ports[1]}`);
    expect(driver.lastWords('web-1')).toBe('serving');
    expect(await driver.probe('web-1', 500)).toEqual({ connect: 'accepted', health: 'good' });
  });

  it('learns of a kill from the kernel at once, and what it had started ends with it', async () => {
    const driver = driverOf(componentOf({}, '--worker'));
    const { process: leader, ended } = start(driver);
    await ready(driver);
    const worker = Number(/worker (\d+)/.exec(readFileSync(`${scratch.path}/agent/web-1.log`, 'utf8'))?.[1]);
    expect(isAlive(worker)).toBe(true);
    process.kill(leader.pid, 'SIGKILL');
    expect(await ended).toEqual({ exit: { signal: 'SIGKILL' }, source: 'kernel exit notice' });
    await expect.poll(() => isAlive(worker)).toBe(false);
    expect(await driver.identify('web-1', 500)).toBeUndefined();
    expect(await driver.probe('web-1', 500)).toEqual({ connect: 'not-tried', health: 'silent' });
  });

  it('asks the whole group to end, also when it was stopped, and ends after the grace who does not', async () => {
    const driver = driverOf(componentOf());
    const first = start(driver);
    await ready(driver);
    process.kill(first.process.pid, 'SIGSTOP');
    expect(await driver.stop('web-1', first.process, 5000)).toBe('terminated');
    expect((await first.ended).exit).toEqual({ code: 0 });
    expect(driver.lastWords('web-1')).toBe('ended in order');
    expect(await driver.stop('web-1', first.process, 5000)).toBe('already-gone');
    const stubborn = driverOf(componentOf({ name: 'api', stop: { signal: 'SIGTERM', graceMs: 50 } }, '--ignore-term'));
    const second = start(stubborn, 'api-1');
    await ready(stubborn, 'api-1');
    expect(await stubborn.stop('api-1', second.process, 5000)).toBe('killed');
    expect((await second.ended).exit).toEqual({ signal: 'SIGKILL' });
  });

  it('sends the signal that was declared', async () => {
    const driver = driverOf(componentOf({ stop: { signal: 'SIGINT' } }));
    const { process: leader } = start(driver);
    await ready(driver);
    expect(await driver.stop('web-1', leader, 5000)).toBe('terminated');
    expect(driver.lastWords('web-1')).toBe('interrupted');
  });

  it('fences a hanging one, and answers once the kernel confirms the end of its whole group', async () => {
    const driver = driverOf(componentOf({}, '--worker'));
    const { process: leader } = start(driver);
    await ready(driver);
    void ask(ports[0], '/hang').catch(() => undefined);
    await expect.poll(async () => (await driver.probe('web-1', 100)).health).toBe('silent');
    expect(await driver.probe('web-1', 100)).toEqual({ connect: 'accepted', health: 'silent' });
    const worker = Number(/worker (\d+)/.exec(readFileSync(`${scratch.path}/agent/web-1.log`, 'utf8'))?.[1]);
    expect(await driver.fence('web-1', leader, 5000)).toBe('gone');
    expect(isAlive(worker)).toBe(false);
  });

  it('adopts what an earlier agent started, by the mark in its environment, and by no other agent’s', async () => {
    const { process: leader } = start(driverOf(componentOf({}, '--worker')), 'web-1', 'the token');
    const successor = driverOf(componentOf());
    expect(await ready(successor)).toEqual({ process: leader, bootId: 'the token', incarnation: 'web-1' });
    expect(successor.findLaunched('web-1', 'the token')).toEqual(leader);
    expect(successor.findLaunched('web-1', 'another token')).toBeUndefined();
    const stranger = new ProcessDriver({
      runtime,
      components: [componentOf()],
      directory: `${scratch.path}/other`,
      instruments: createInstruments(),
    });
    drivers.push(stranger);
    expect(await stranger.identify('web-1', 500)).toBeUndefined();
    const gone = new Promise<ProcessEnd>((resolve) => successor.watch('web-1', leader, resolve));
    process.kill(leader.pid, 'SIGKILL');
    expect((await gone).exit).toBeUndefined();
  });

  it('ends what a dead one left behind before anybody begins in its place', async () => {
    // Started by an agent that is gone since: nobody here is told of its end.
    const logFile = `${scratch.path}/early.log`;
    const env = { REKNIT_INSTANCE: `web-1@${scratch.path}/agent` };
    const leader = runtime.processes.spawn(
      { command: process.execPath, args: [PROGRAM, '--port', `${ports[0]}`, '--worker'], env, logFile },
      () => undefined,
    );
    started.push(leader);
    await expect.poll(() => readFileSync(logFile, 'utf8')).toMatch(/serving/);
    const worker = Number(/worker (\d+)/.exec(readFileSync(logFile, 'utf8'))?.[1]);
    process.kill(leader.pid, 'SIGKILL');
    await expect.poll(() => isAlive(leader.pid)).toBe(false);
    expect(isAlive(worker)).toBe(true);
    expect(await driverOf(componentOf()).identify('web-1', 500)).toBeUndefined();
    await expect.poll(() => isAlive(worker)).toBe(false);
  });

  it('leaves alone what an earlier agent started and nobody declares any more, and says so', async () => {
    const { process: leader } = start(driverOf(componentOf()), 'web-2');
    const said: string[] = [];
    const log = { log: (_level: string, text: string) => void said.push(text) };
    const successor = new ProcessDriver({
      runtime: { ...runtime, log },
      components: [componentOf({ instances: 1 })],
      directory: `${scratch.path}/agent`,
      instruments: createInstruments(),
    });
    drivers.push(successor);
    expect(await successor.identify('web-1', 500)).toBeUndefined();
    expect(said).toEqual([`web-2 still runs (pid ${leader.pid}), and is declared no more: end it with  kill ${leader.pid}`]);
    expect(isAlive(leader.pid)).toBe(true);
  });

  it('is not ready before its probe is good, and says what it says', async () => {
    const driver = driverOf(componentOf());
    start(driver);
    await ready(driver);
    await ask(ports[0], '/sick');
    expect(await driver.identify('web-1', 500)).toBeUndefined();
    expect(await driver.probe('web-1', 500)).toEqual({ connect: 'accepted', health: 'bad' });
    await ask(ports[0], '/well');
    expect(await driver.identify('web-1', 500)).toBeDefined();
  });

  it('takes a component without probes for well while it lives and is not stopped', async () => {
    const driver = driverOf(componentOf({ detect: [], ports: [] }));
    const { process: leader } = start(driver);
    expect(await driver.identify('web-1', 500)).toMatchObject({ process: leader });
    expect(await driver.probe('web-1', 500)).toEqual({ connect: 'not-tried', health: 'good' });
    process.kill(leader.pid, 'SIGSTOP');
    await expect.poll(() => driver.state(leader)).toBe('stopped');
    expect(await driver.probe('web-1', 500)).toEqual({ connect: 'not-tried', health: 'silent' });
    expect(driver.checks('web-1')).toEqual(new Set(['identity', 'metrics', 'soak']));
  });

  it('verifies by what was declared', async () => {
    const ready1 = {
      kind: 'http',
      name: 'ready',
      url: 'http://127.0.0.1:${port}/health',
      method: 'GET',
      headers: {},
      expectStatus: [{ from: 200, to: 200 }],
    } as const;
    const driver = driverOf(componentOf({ verify: { probes: [{ probe: ready1, timeoutMs: 500 }] } }));
    start(driver);
    await ready(driver);
    expect(driver.checks('web-1')).toContain('own');
    expect(await driver.verify('web-1', 1000)).toEqual({ kind: 'good', detail: 'answered well: ready' });
    await ask(ports[0], '/sick');
    expect(await driver.verify('web-1', 1000)).toMatchObject({ kind: 'wait', detail: expect.stringMatching(/^ready: /) });
  });

  it('moves an instance to a port that is free, once for each order, and remembers it', async () => {
    const driver = driverOf(componentOf());
    const { process: leader } = start(driver);
    await ready(driver);
    expect(driver.actions('web-1')).toEqual(new Set(['relocate']));
    const there = { kind: 'done', detail: `web-1 moves from port ${ports[0]} to ${ports[2]}` };
    expect(await driver.act('web-1', 'relocate', order(leader))).toEqual(there);
    expect(isAlive(leader.pid)).toBe(false);
    expect(driver.endpoint('web-1')).toBe(`http://127.0.0.1:${ports[2]}`);
    expect(await driver.act('web-1', 'relocate', order(leader))).toMatchObject({ kind: 'done' });
    expect(driver.endpoint('web-1')).toBe(`http://127.0.0.1:${ports[2]}`);
    start(driver, 'web-1', 'elsewhere');
    await ready(driver);
    expect(await ask(ports[2], '/')).toMatchObject({ port: `${ports[2]}` });
    expect(driverOf(componentOf()).endpoint('web-1')).toBe(`http://127.0.0.1:${ports[2]}`);
    expect(driverOf(componentOf()).endpoint('web-2')).toBe(`http://127.0.0.1:${ports[1]}`);
  });

  it('says that it cannot move where there is no port', async () => {
    const driver = driverOf(componentOf({ ports: ports.slice(0, 2) }));
    expect(driver.actions('web-1')).toEqual(new Set());
    expect(await driver.act('web-1', 'relocate', order(undefined))).toMatchObject({ kind: 'not-here' });
    expect(await driver.act('web-1', 'rebuild', order(undefined))).toMatchObject({ kind: 'nowhere' });
  });

  it('knows since when it runs another command, and goes back to the last one that was ready', async () => {
    const sound = componentOf({ name: 'api', instances: 2 });
    const before = driverOf(sound);
    expect(before.surroundings('api-1').changedAt).toBeUndefined();
    const { process: leader } = start(before, 'api-1');
    await ready(before, 'api-1');
    expect(before.actions('api-1')).not.toContain('roll-back');
    await before.fence('api-1', leader, 5000);
    const broken = { ...sound, command: [...sound.command, '--code', '3'] };
    const driver = driverOf(broken);
    expect(driver.surroundings('api-1').changedAt).toBeGreaterThan(0);
    expect((await start(driver, 'api-1').ended).exit).toEqual({ code: 3 });
    expect(driver.actions('api-1')).toContain('roll-back');
    expect(await driver.act('api-1', 'roll-back', order(undefined))).toMatchObject({ kind: 'done' });
    expect(await driver.act('api-1', 'roll-back', order(undefined))).toMatchObject({ kind: 'done' });
    start(driver, 'api-1', 'again');
    await ready(driver, 'api-1');
    // The next agent with the same declaration stays with what works; a new declaration is tried.
    expect(driverOf(broken).actions('api-2')).not.toContain('roll-back');
    const another = driverOf({ ...sound, command: [...sound.command, '--code', '4'] });
    expect((await start(another, 'api-2').ended).exit).toEqual({ code: 4 });
  });

  it('has nothing to go back to where nothing ever was ready', async () => {
    const driver = driverOf(componentOf({ command: ['false'] }));
    expect(driver.actions('web-1')).not.toContain('roll-back');
    expect(await driver.act('web-1', 'roll-back', order(undefined))).toMatchObject({ kind: 'nowhere' });
  });

  it('takes a file that it reads for a change once that is written anew', () => {
    const file = `${scratch.path}/app.json`;
    writeFileSync(file, '1');
    utimesSync(file, 1000, 1000);
    const component = componentOf({ config: [file, `${scratch.path}/none.json`] });
    const driver = driverOf(component);
    expect(driver.surroundings('web-1').changedAt).toBeUndefined();
    utimesSync(file, 2000, 2000);
    expect(driver.surroundings('web-1').changedAt).toBe(2_000_000);
    expect(driverOf(component).surroundings('web-1').changedAt).toBe(2_000_000);
  });

  it('never touches what it only observes', async () => {
    const { process: leader } = start(driverOf(componentOf()));
    const observer = driverOf(componentOf({ name: 'seen', instances: 1, ports: [], detect: [], observe: { pid: leader.pid } }));
    expect(await observer.identify('seen-1', 500)).toMatchObject({ process: leader });
    expect(await observer.fence('seen-1', leader, 100)).toBe('still-there');
    expect(await observer.stop('seen-1', leader, 100)).toBe('still-there');
    expect(() => observer.start('seen-1', 'token', () => undefined)).toThrow(/only observed/);
    expect(observer.state(leader)).toBe('running');
  });

  it('says why it cannot be started at all', () => {
    const driver = driverOf(componentOf({ command: ['/no/such/program'] }));
    expect(() => driver.start('web-1', 'token', () => undefined)).toThrow(/no\/such\/program/);
    const lost = driverOf(componentOf({ name: 'lost', cwd: '/no/such/directory' }));
    expect(() => lost.start('lost-1', 'token', () => undefined)).toThrow(/working directory/);
  });
});

describe('an output log', () => {
  it('is set aside when it is too large, and who appends to it goes on at its beginning', () => {
    mkdirSync(`${scratch.path}/logs`);
    const file = `${scratch.path}/logs/a.log`;
    const limits = { bytesMax: 10, keep: 2 };
    for (const text of ['first, too long', 'second, too long', 'third, too long']) {
      writeFileSync(file, text, { flag: 'a' });
      expect(rotate(file, limits)).toBe(true);
    }
    writeFileSync(file, 'short', { flag: 'a' });
    expect(rotate(file, limits)).toBe(false);
    const [now, younger, older] = [file, `${file}.1`, `${file}.2`].map((path) => readFileSync(path, 'utf8'));
    expect([now, younger, older]).toEqual(['short', 'third, too long', 'second, too long']);
    expect(existsSync(`${file}.3`)).toBe(false);
    expect(rotate(`${file}.none`, limits)).toBe(false);
  });

  it('is only emptied where nothing is to be kept', () => {
    const file = `${scratch.path}/b.log`;
    writeFileSync(file, 'much too long for it');
    expect(rotate(file, { bytesMax: 10, keep: 0 })).toBe(true);
    expect(readFileSync(file, 'utf8')).toBe('');
    expect(existsSync(`${file}.1`)).toBe(false);
  });
});
