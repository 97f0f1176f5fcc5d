// What `npm start` promises, with real processes: it ends well only if all is well.
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { requireShape } from '../support/json-shapes.js';
import { Workbench } from '../support/reknit-command.js';

const launcher = (name: string): string => fileURLToPath(new URL(`launchers/${name}.mjs`, import.meta.url));

let bench: Workbench;
beforeEach(() => {
  bench = new Workbench();
});
afterEach(() => bench.close());

const PROTOCOLS = ['raft', 'paxos', 'zab'];

test.each(PROTOCOLS)('a killed leader is healed, nothing is lost, and the demo leaves nothing behind (%s)', async (protocol) => {
  const ended = await bench.start('demo', '--once', '--seconds', '2', '--protocol', protocol).ended();
  expect(ended, ended.output + ended.errors).toMatchObject({ code: 0 });
  for (const phase of ['detect', 'diagnose', 'recover', 'verify', 'resolved']) expect(ended.output).toContain(phase);
  expect(ended.output).toMatch(/lost +0/);
  expect(ended.output).toMatch(/linearizable +yes/);
  expect(bench.processes()).toEqual([]);
});

test('one acknowledged write that was never sent makes the demo fail', async () => {
  const ended = await bench.startScript(launcher('dropped-write'), bench.path('demo')).ended();
  expect(ended.output).toContain('dropped a write');
  expect(ended, ended.output + ended.errors).toMatchObject({ code: 1 });
  expect(ended.output).toContain('resolved');
  expect(ended.output).toContain('Not in order');
  expect(bench.processes()).toEqual([]);
});

test('one stale read makes the demo fail', async () => {
  const ended = await bench.startScript(launcher('stale-read'), bench.path('demo')).ended();
  expect(ended.output).toContain('gave an older answer');
  expect(ended, ended.output + ended.errors).toMatchObject({ code: 1 });
  expect(ended.output).toContain('Not in order');
  expect(ended.output).toMatch(/stale +[1-9]/);
});

test('a demo whose watcher was killed is stopped by the next one, and a directory that is no demo is refused', async () => {
  const first = bench.start('demo', '--data', 'd');
  await first.said(/clients read and write/);
  await first.kill();
  const second = await bench.start('demo', '--once', '--seconds', '1', '--data', 'd', '--json').ended();
  expect(second.output).toContain('an earlier demo was still running');
  for (const line of second.output.trim().split('\n')) requireShape('demo', JSON.parse(line));
  expect(second, second.output + second.errors).toMatchObject({ code: 0 });
  expect(bench.run('demo', '--once', '--data', '.')).toMatchObject({
    code: 2,
    errors: expect.stringMatching(/^reknit: .* is not empty and holds no demo; .*--data\n$/),
  });
});
