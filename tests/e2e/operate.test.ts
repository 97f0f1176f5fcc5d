// What an operator does by hand, with real processes: restart, pause, resume, the kill switch.
import { rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { requireShape } from '../support/json-shapes.js';
import { killQuietly, Workbench } from '../support/reknit-command.js';

interface Status {
  readonly health: string;
  readonly members: readonly {
    readonly name: string;
    readonly process: { readonly pid: number | null; readonly state: string };
  }[];
  readonly pauses: readonly { readonly subject?: string; readonly by: string; readonly until: number }[];
  readonly killSwitch: { readonly path: string; readonly state: string };
}

let bench: Workbench;
beforeEach(() => {
  bench = new Workbench();
});
afterEach(() => bench.close());

function processOf(name: string): Status['members'][number]['process'] {
  const { members } = bench.json<Status>('status');
  return members.find((member) => member.name === name)!.process;
}

test('a node is restarted on request, verified and told; what cannot be done is said in one line', async () => {
  await bench.up();
  const before = processOf('n2');
  const restarted = bench.run('restart', 'n2');
  expect(restarted, restarted.errors).toMatchObject({
    code: 0,
    output: expect.stringMatching(/✔ n2 is restarted .* and verified/),
  });
  const after = processOf('n2');
  expect(after.state).toBe('living');
  expect(after.pid).not.toBe(before.pid);
  const answer = bench.json<{ readonly incident: { readonly phase: { readonly kind: string } } }>('restart', 'n3');
  requireShape('restart', answer);
  expect(answer.incident.phase.kind).toBe('resolved');
  expect(bench.run('restart', 'n9')).toMatchObject({
    code: 2,
    errors: 'reknit: there is no component "n9"; there are n1, n2, n3\n',
  });
  expect(bench.run('restart', 'n1', '--endpoints', '127.0.0.1:1')).toMatchObject({
    code: 3,
    errors: expect.stringMatching(/^reknit: no agent.*\n$/),
  });
  expect(bench.run('pause', '--for', '10')).toMatchObject({
    code: 2,
    errors: expect.stringMatching(/^reknit: --for is "10"; .*10m.*\n$/),
  });
});

test('while healing is paused a killed node stays down and everybody can see why; when it is resumed the node is healed', async () => {
  const running = await bench.up();
  const { pid } = processOf('n1');
  const paused = bench.json<Pick<Status, 'pauses'>>('pause', 'n1', '--for', '10m');
  requireShape('pauses', paused);
  expect(paused.pauses).toMatchObject([{ subject: 'n1' }]);
  const killed = running.output.length;
  killQuietly(pid!);
  await running.said(/diagnose +n1/, killed);
  const held = bench.json<Status>('status');
  requireShape('status', held);
  expect(held.health).toBe('degraded');
  expect(held.members[0]!.process.state).not.toBe('living');
  expect(bench.run('status').output).toMatch(/paused +healing of n1, by .*reknit resume n1/);
  expect(bench.run('why', 'n1').output).toMatch(/paused/);
  expect(bench.json('resume')).toEqual({ format: 1, pauses: [] });
  await running.said(/resolved +n1/, killed);
  expect(processOf('n1').state).toBe('living');
});

test('while the kill switch is thrown nothing is done, and once it is released what is open is done', async () => {
  const running = await bench.up();
  const { killSwitch } = bench.json<Status>('status');
  expect(killSwitch.state).toBe('absent');
  writeFileSync(killSwitch.path, '');
  const killed = running.output.length;
  killQuietly(processOf('n2').pid!);
  await running.said(/diagnose +n2/, killed);
  expect(bench.run('status').output).toMatch(/kill switch +thrown: the agent only observes; release it with {2}rm /);
  expect(bench.run('why').output).toMatch(/kill switch .* is present/);
  expect(bench.run('restart', 'n2')).toMatchObject({
    code: 1,
    errors: expect.stringMatching(/^reknit: n2 is not restarted: .*kill switch.*\n$/),
  });
  expect(bench.run('restart', 'n3')).toMatchObject({
    code: 1,
    errors: expect.stringMatching(/^reknit: a restart of n3 would leave 1 of 3, no majority.*--force.*\n$/),
  });
  rmSync(killSwitch.path);
  await running.said(/resolved +n2/, killed);
});
