// Real processes: identity, zombies, children that outlive their parent, and the fatal end.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ProcessExit, ProcessIdentity } from '../../src/index.js';
import { createNodeProcesses } from '../../src/node/index.js';
import { parseProcessStatus, toProcessState } from '../../src/node/process-status.js';
import { BUILT, build, endChildren, runScript } from './child.js';

const processes = createNodeProcesses();
let directory: string;
let logFile: string;
const started: ProcessIdentity[] = [];

beforeAll(build);
beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'reknit-processes-'));
  logFile = `${directory}/log`;
});
afterEach(() => {
  endChildren();
  for (const identity of started.splice(0)) processes.signal(identity, 'SIGKILL');
  fs.rmSync(directory, { recursive: true });
});

function spawn(command: string, ...args: string[]): { identity: ProcessIdentity; exit: Promise<ProcessExit> } {
  let resolve: (exit: ProcessExit) => void;
  const exit = new Promise<ProcessExit>((done) => {
    resolve = done;
  });
  const identity = processes.spawn({ command, args, env: { GREETING: 'hello' }, logFile }, (ended) => resolve(ended));
  started.push(identity);
  return { identity, exit };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate);
}

const gone = (identity: ProcessIdentity): Promise<void> => new Promise((resolve) => void processes.watch(identity, resolve));

test('a child runs in a session of its own, appends to its log, and its exit is told', async () => {
  fs.writeFileSync(logFile, 'before\n');
  const { identity, exit } = spawn('sh', '-c', 'echo $GREETING; echo $PPID >&2; cut -d" " -f6 /proc/$$/stat; exit 3');
  expect(await exit).toEqual({ code: 3, signal: undefined });
  expect(fs.readFileSync(logFile, 'utf8').split('\n')).toEqual(['before', 'hello', `${process.pid}`, `${identity.pid}`, '']);
  expect(processes.state(identity)).toBe('gone');
});

test('a child runs where it was told to', async () => {
  const exit = new Promise<ProcessExit>((done) => {
    started.push(processes.spawn({ command: 'pwd', args: [], cwd: directory, logFile }, done));
  });
  await exit;
  expect(fs.readFileSync(logFile, 'utf8').trim()).toBe(fs.realpathSync(directory));
});

test('a stopped process is told from a running one, and a killed one from both', async () => {
  const { identity, exit } = spawn('sleep', '60');
  expect(processes.state(identity)).toBe('running');
  expect(processes.signal(identity, 'SIGSTOP')).toBe(true);
  await until(() => processes.state(identity) === 'stopped');
  expect(processes.signal(identity, 'SIGKILL')).toBe(true);
  expect(await exit).toEqual({ code: undefined, signal: 'SIGKILL' });
  expect(processes.signal(identity, 'SIGTERM')).toBe(false);
  expect(processes.identify(identity.pid)).toBeUndefined();
});

test('a later holder of a pid is never taken for the process', async () => {
  const { identity } = spawn('sleep', '60');
  const earlier = { pid: identity.pid, startTime: identity.startTime - 1 };
  expect(processes.state(earlier)).toBe('gone');
  expect(processes.signal(earlier, 'SIGKILL')).toBe(false);
  await gone(earlier);
  expect(processes.state(identity)).toBe('running');
});

test('a zombie is gone, whatever kill -0 says', async () => {
  // It ends only once its parent is one that never asks for its exit: a shell might have done so.
  const child = 'until [ "$(cat /proc/$PPID/comm)" = sleep ]; do :; done; echo $$';
  spawn('sh', '-c', `sh -c '${child}' & exec sleep 60`);
  await until(() => /^\d+\n/.test(fs.readFileSync(logFile, 'utf8')));
  const zombie = processes.identify(Number(fs.readFileSync(logFile, 'utf8')));
  await gone(zombie!);
  expect(process.kill(zombie!.pid, 0)).toBe(true);
  expect(processes.state(zombie!)).toBe('gone');
});

test('a command that cannot be started is an error at once', () => {
  expect(() => spawn('/no/such/command')).toThrow(/cannot start "\/no\/such\/command"/);
});

test('children do not hold their parent, and live and log on after it was killed', async () => {
  const script = (rest: string): string => `
    const { createNodeProcesses } = await import('${BUILT}');
    const args = ['-c', 'while kill -0 $PPID 2>&-; do sleep 0.01; [ $(cut -d" " -f4 /proc/$$/stat) = $0 ] || break; done; echo orphan; exec sleep 60', String(process.pid)];
    const child = createNodeProcesses().spawn({ command: 'sh', args, logFile: '${logFile}' }, () => {});
    console.log(JSON.stringify(child));
    ${rest}
  `;
  const ending = runScript(script(''));
  const first = JSON.parse((await ending.line())!) as ProcessIdentity;
  started.push(first);
  expect(await ending.exited).toEqual([0, null]);
  const killed = runScript(script('setInterval(() => {}, 1000)'));
  const second = JSON.parse((await killed.line())!) as ProcessIdentity;
  started.push(second);
  killed.process.kill('SIGKILL');
  await until(() => fs.readFileSync(logFile, 'utf8') === 'orphan\norphan\n');
  expect([first, second].map((identity) => processes.state(identity))).toEqual(['running', 'running']);
  const watched = gone(second);
  processes.signal(second, 'SIGKILL');
  await watched;
});

test('fatal says one line, runs its hook, and no other code any more', async () => {
  const child = runScript(`
    const { createNodeRuntime } = await import('${BUILT}');
    const onFatal = () => { console.log('hook'); throw new Error('a faulty hook'); };
    const { fatal } = createNodeRuntime({ log: { log() {} }, onFatal });
    process.on('exit', () => console.log('exit handler'));
    process.nextTick(() => console.log('next tick'));
    try { fatal('the disk lies', new Error('EIO')); } catch { console.log('caught'); } finally { console.log('finally'); }
  `);
  let errors = '';
  child.process.stderr!.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  expect(await child.line()).toBe('hook');
  expect(await child.line()).toBeUndefined();
  expect(await child.exited).toEqual([70, null]);
  expect(errors.trimEnd().split('\n')).toHaveLength(1);
  expect(JSON.parse(errors)).toMatchObject({ level: 'fatal', message: 'the disk lies', pid: child.pid });
});

test('the status of a process is read whatever its name', () => {
  const fields = (letter: string, threads: number): string =>
    `42 (a) Z 1 (b) ${letter} 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 ${threads} 18 777 20`;
  expect(parseProcessStatus(fields('S', 3))).toEqual({ letter: 'S', threads: 3, startTime: 777 });
  const states = [...'RSDZXTtI'].map((letter) => toProcessState(parseProcessStatus(fields(letter, 1))));
  expect(states).toEqual(['running', 'running', 'blocked', 'gone', 'gone', 'stopped', 'stopped', 'running']);
  expect(toProcessState(parseProcessStatus(fields('Z', 2)))).toBe('blocked');
});
