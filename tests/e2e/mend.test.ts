// What operators do beside restarting, with real processes: compare replicas, have a node's data anew, approve and reject plans.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { requireShape } from '../support/json-shapes.js';
import { killQuietly, Workbench } from '../support/reknit-command.js';

interface Answer {
  readonly incident: {
    readonly id: string;
    readonly phase: { readonly kind: string; readonly fingerprint?: string };
    readonly runs: readonly { readonly action: string; readonly outcome?: string }[];
    readonly approval?: { readonly by: string };
  };
}

let bench: Workbench;
beforeEach(() => {
  bench = new Workbench();
});
afterEach(() => bench.close());

const pidOf = (name: string): number => {
  const { members } = bench.json<{
    readonly members: readonly { readonly name: string; readonly process: { readonly pid: number } }[];
  }>('status');
  return members.find((member) => member.name === name)!.process.pid;
};

test('a node has its data anew from its peers under a new identity; all replicas then hold the same', async () => {
  await bench.up();
  const members = (): string => bench.run('member', 'list').output;
  const before = /n2 +([0-9a-f]{16})/.exec(members())?.[1];
  const repaired = bench.json<Answer>('repair', 'n2');
  requireShape('restart', repaired);
  expect(repaired.incident.phase.kind).toBe('resolved');
  expect(repaired.incident.runs.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual(['rebuild succeeded']);
  const after = /n2 +([0-9a-f]{16}) +voter/.exec(members())?.[1];
  expect(after).toMatch(/^[0-9a-f]{16}$/);
  expect(after).not.toBe(before);
  const compared = bench.json<{ readonly verdict: string }>('check');
  requireShape('check', compared);
  expect(compared.verdict).toBe('equal');
});

test('in passive mode a dead node stays down until its plan is approved; another plan than the one that stands is refused', async () => {
  const running = await bench.up();
  const modes = bench.json('mode', 'passive', 'n3');
  requireShape('modes', modes);
  expect(modes).toMatchObject({ modes: [{ subject: 'n3', mode: 'passive' }] });
  killQuietly(pidOf('n3'));
  await running.said(/waits for an approval/);
  const waiting = bench.json<{ readonly incidents: readonly Answer['incident'][] }>('incidents').incidents.at(-1)!;
  expect(waiting.phase).toMatchObject({ kind: 'awaiting-approval', fingerprint: expect.stringMatching(/^[0-9a-f]{8}$/) });
  expect(bench.run('approve', waiting.id, '--plan', '00000000')).toMatchObject({
    code: 1,
    errors: expect.stringMatching(/^reknit: the plan is another one now .*\n$/),
  });
  const approved = bench.json<Answer>('approve', waiting.id, '--plan', waiting.phase.fingerprint!);
  requireShape('restart', approved);
  expect(approved.incident).toMatchObject({ phase: { kind: 'resolved' }, approval: { by: expect.any(String) } });
  expect(bench.run('approve', waiting.id)).toMatchObject({ code: 1, errors: expect.stringMatching(/nothing of n3 waits/) });
  expect(bench.run('mode', 'maintenance')).toMatchObject({ code: 2, errors: expect.stringMatching(/a maintenance has an end/) });
});

test('a rejected plan leaves the node down until somebody restarts it by hand, which is recognised', async () => {
  const running = await bench.up();
  bench.run('mode', 'passive');
  killQuietly(pidOf('n3'));
  await running.said(/waits for an approval/);
  const { id } = bench.json<{ readonly incidents: readonly Answer['incident'][] }>('incidents').incidents.at(-1)!;
  const rejected = bench.json<Answer>('reject', id, '--reason', 'its machine is being replaced');
  expect(rejected.incident.phase.kind).toBe('rejected');
  expect(bench.run('why', 'n3').output).toMatch(/its machine is being replaced/);
  expect(bench.run('restart', 'n3')).toMatchObject({ code: 0 });
  expect(bench.json<Answer>('incident', id).incident.phase).toMatchObject({ kind: 'resolved', by: 'operator' });
});
