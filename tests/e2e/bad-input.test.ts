// Whatever cannot be done is refused in one line with cause and cure, with an exit code that is not 0, and changes nothing.
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePortBlock } from '../support/ports.js';
import { type Ended, Workbench } from '../support/reknit-command.js';

let bench: Workbench;
beforeEach(() => {
  bench = new Workbench();
});
afterEach(() => bench.close());

/** One line, with a cure, and no directory made. */
function refused({ code, output, errors }: Ended, exitCode: number, says: RegExp): void {
  expect(errors).toMatch(/^reknit: [^\n]+; [^\n]+\n$/);
  expect(errors).toMatch(says);
  expect(output).not.toContain('Error');
  expect(code).toBe(exitCode);
}

test('malformed flags, wrong protocols, unknown settings', () => {
  refused(bench.run('up', '--nodes', 'three'), 2, /--nodes is "three"; use a whole number/);
  refused(bench.run('up', '--protocol', 'pbft'), 2, /--protocol is "pbft"; use raft or paxos or zab/);
  refused(bench.run('up', '--client-port', '65530'), 2, /would reach 65551/);
  refused(bench.run('up', '--bogus'), 2, /unknown option '--bogus'/);
  refused(bench.run('up', '-f', 'missing.yaml'), 2, /cannot read missing.yaml: there is no such file/);
  writeFileSync(bench.path('a.yaml'), 'components:\n  - db\n');
  refused(bench.run('up', '-f', 'a.yaml'), 2, /a\.yaml:2:3 {2}components is a list: expected a map[^\n]+; nothing was started/);
  writeFileSync(bench.path('b.yaml'), 'nodes: many\n');
  refused(bench.run('up', '-f', 'b.yaml'), 2, /b\.yaml:1:8 {2}nodes is "many": expected a whole number/);
  writeFileSync(bench.path('c.yaml'), 'nodes: [\n');
  refused(bench.run('up', '-f', 'c.yaml'), 2, /is not YAML/);
  refused(bench.run('status', '--endpoints', 'nonsense'), 2, /--endpoints holds "nonsense"; write HOST:PORT/);
  refused(bench.run('status'), 3, /no cluster is known here/);
  expect(bench.run('statsu')).toMatchObject({ code: 2, errors: 'reknit: unknown command "statsu"; did you mean "status"?\n' });
  expect(readdirSync(bench.directory).sort()).toEqual(['a.yaml', 'b.yaml', 'c.yaml']);
});

test('a used port is named with its holder', async () => {
  const port = await freePortBlock();
  const holder = createServer().listen(port + 11, '127.0.0.1');
  await once(holder, 'listening');
  const ended = bench.run('up', '--client-port', String(port));
  holder.close();
  refused(ended, 1, new RegExp(`port ${port + 11} is already in use by \\S+ \\(pid ${process.pid}\\); .*--client-port`));
  expect(existsSync(bench.path('.reknit'))).toBe(false);
});

test('directories that cannot be written, or that are not ours', () => {
  writeFileSync(bench.path('file'), '');
  refused(bench.run('up', '--data', join('file', 'below')), 1, /cannot write to .*not a directory; choose another/);
  refused(bench.run('up', '--data', 'file'), 1, /cannot write to .*a file stands in its place; choose another/);
  mkdirSync(bench.path('foreign', 'n1'), { recursive: true });
  refused(bench.run('up', '--data', 'foreign'), 2, /holds "n1" but no cluster.json/);
  expect(readdirSync(bench.path('foreign'))).toEqual(['n1']);
  mkdirSync(bench.path('broken'));
  writeFileSync(bench.path('broken', 'cluster.json'), '{');
  refused(bench.run('up', '--data', 'broken'), 2, /does not describe a cluster/);
});

test("the data directory of a node of another cluster is refused with the node's own words", async () => {
  const port = await freePortBlock(60);
  for (const [at, name] of ['a', 'b'].entries()) {
    const running = bench.start('up', '--data', name, '--nodes', '1', '--client-port', String(port + 10 * at));
    await running.said(/Ctrl-C stops/);
    running.signal('SIGINT');
    await running.ended();
  }
  const moved = spawnSync('sh', ['-c', 'rm -rf b/n1 && cp -r a/n1 b/n1'], { cwd: bench.directory });
  expect(moved.status).toBe(0);
  const ended = bench.run('up', '--data', 'b');
  refused(ended, 1, /n1 cannot start: /);
  expect(bench.processes()).toEqual([]);
});

test('a disk without room for the nodes is refused before anything is written', async () => {
  const disk = bench.path('disk');
  mkdirSync(disk);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', disk]);
  if (mounted.status !== 0) return expect(process.getuid?.(), 'only root may mount a small disk').not.toBe(0);
  try {
    refused(
      bench.run('up', '--data', join('disk', 'c'), '--client-port', String(await freePortBlock())),
      1,
      /16.0 MiB free, and 3 nodes need/,
    );
    expect(readdirSync(disk)).toEqual([]);
  } finally {
    spawnSync('umount', [disk]);
  }
});
