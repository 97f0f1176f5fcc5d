// `reknit up` with real processes: what it keeps, what it finds again, and what it leaves behind.
import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Client, createClient } from '../../packages/client/src/index.js';
import { requireShape } from '../support/json-shapes.js';
import { freePortBlock } from '../support/ports.js';
import { killQuietly, type Running, Workbench } from '../support/reknit-command.js';

interface Status {
  readonly health: string;
  readonly members: readonly {
    readonly name: string;
    readonly endpoint: string;
    readonly role: string;
    readonly replica: { readonly protocol: string; readonly roundName: string; readonly phase: string | null };
    readonly process: { readonly pid: number };
  }[];
  readonly agent: { readonly pid: number } | null;
}
interface Incidents {
  readonly source: string;
  readonly incidents: readonly { readonly subject: string; readonly phase: { readonly kind: string } }[];
}

let bench: Workbench;
let port: number;
beforeEach(async () => {
  bench = new Workbench();
  port = await freePortBlock();
});
afterEach(() => bench.close());

const READY = /Ctrl-C stops the cluster/;

async function up(...words: readonly string[]): Promise<Running> {
  const running = bench.start('up', '--data', 'c', ...words);
  await running.said(READY);
  return running;
}

async function withClient<Result>(use: (client: Client) => Promise<Result>): Promise<Result> {
  const client = createClient({ endpoints: [`127.0.0.1:${port}`, `127.0.0.1:${port + 10}`, `127.0.0.1:${port + 20}`] });
  try {
    return await use(client);
  } finally {
    client.close();
  }
}

const put = (key: string, value: string): Promise<unknown> => withClient((client) => client.kv.put({ key, value }));
const get = (key: string): Promise<string | undefined> =>
  withClient(async (client) => {
    const { kvs } = await client.kv.range({ key });
    return kvs[0] === undefined ? undefined : new TextDecoder().decode(kvs[0].value);
  });

const pidsOf = (status: Status): Record<string, number> =>
  Object.fromEntries(status.members.map(({ name, process }) => [name, process.pid]));

test('the protocol is chosen once: status names it in its own words, a restart keeps it, a switch changes it for good', async () => {
  const first = await up('--client-port', `${port}`, '--protocol', 'zab');
  await put('kept', 'yes');
  const status = bench.json<Status>('status');
  requireShape('status', status);
  const { members } = status;
  expect(members.map(({ replica }) => [replica.protocol, replica.roundName])).toEqual(Array(3).fill(['zab', 'epoch']));
  expect(members.find(({ role }) => role === 'leader')?.replica.phase).toBe('broadcast');
  expect(bench.run('status').output).toMatch(/protocol +epoch/);
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  expect(metrics).toMatch(
    /reknit_replica_info\{keyspace="default",protocol="zab",round_name="epoch",role="\w+",phase="broadcast"\} 1/,
  );
  first.signal('SIGINT');
  await first.ended();
  expect(bench.run('up', '--data', 'c', '--protocol', 'raft')).toMatchObject({
    code: 2,
    errors: expect.stringContaining('began with --protocol zab, not raft; leave --protocol out to run it'),
  });
  const second = await up();
  expect(await get('kept')).toBe('yes');
  const switched = bench.run('protocol', 'switch', 'raft');
  expect(switched, switched.errors).toMatchObject({ code: 0 });
  second.signal('SIGINT');
  await second.ended();
  const third = await up();
  expect(third.output).toContain('began with zab and has been switched to raft');
  const after = bench.json<Status>('status').members;
  expect(after.map(({ replica }) => [replica.protocol, replica.roundName])).toEqual(Array(3).fill(['raft', 'term']));
  expect(await get('kept')).toBe('yes');
});

test('Ctrl-C ends all processes; the next run needs no flags and has every key', async () => {
  writeFileSync(bench.path('reknit.yaml'), `data: c\nclientPort: ${port}\n`);
  const first = bench.start('up', '-f', 'reknit.yaml');
  await first.said(READY);
  await put('kept', 'yes');
  first.signal('SIGINT');
  expect(await first.ended()).toMatchObject({ code: 0, errors: '' });
  expect(bench.processes()).toEqual([]);
  await up();
  expect(await get('kept')).toBe('yes');
  expect(bench.run('up', '--data', 'c', '--nodes', '5')).toMatchObject({
    code: 2,
    errors: expect.stringMatching(/^reknit: the cluster in \S+ has --nodes 3, not 5; leave --nodes out .*\n$/),
  });
});

test('a killed agent is replaced and has its nodes again; after a kill of both, `up` finds them living', async () => {
  const first = await up('--client-port', String(port));
  const before = bench.json<Status>('status');
  killQuietly(before.agent!.pid);
  await first.said(/the agent is back/);
  const between = bench.json<Status>('status');
  expect(between.agent!.pid).not.toBe(before.agent!.pid);
  expect(pidsOf(between)).toEqual(pidsOf(before));
  await first.kill();
  killQuietly(between.agent!.pid);
  const second = await up();
  expect(pidsOf(bench.json<Status>('status'))).toEqual(pidsOf(before));
  second.signal('SIGTERM');
  expect(await second.ended()).toMatchObject({ code: 0 });
  expect(bench.processes()).toEqual([]);
});

test('all nodes killed at once come back by themselves with everything that was acknowledged', async () => {
  const running = await up('--client-port', String(port));
  for (let at = 0; at < 50; at++) await put(`k${at}`, `v${at}`);
  const before = bench.json<Status>('status');
  const from = running.output.length;
  for (const { process } of before.members) killQuietly(process.pid);
  for (const { name } of before.members) await running.said(new RegExp(`resolved +${name}`), from);
  for (let at = 0; at < 50; at++) expect(await get(`k${at}`)).toBe(`v${at}`);
  expect(bench.json<Status>('status')).toMatchObject({ health: 'healthy' });
  const { source, incidents } = bench.json<Incidents>('incidents');
  expect(source).toBe('store');
  expect(incidents.map(({ subject, phase }) => `${subject} ${phase.kind}`).sort()).toEqual([
    'n1 resolved',
    'n2 resolved',
    'n3 resolved',
  ]);
});

test('what the store cannot tell is told by the agent, and without one by its journal; status says which of them is missing', async () => {
  const running = await up('--client-port', String(port));
  const { agent, members } = bench.json<Status>('status');
  const [n1, n2, n3] = members.map(({ process: node }) => node.pid) as [number, number, number];
  killQuietly(n1);
  await running.said(/resolved/);
  const healed = bench.json<Status>('status');
  const healedN1 = expect.objectContaining({ subject: 'n1', phase: expect.objectContaining({ kind: 'resolved' }) });
  expect(bench.run('pause', '--for', '10m')).toMatchObject({ code: 0 });
  for (const pid of [pidsOf(healed).n1!, n2]) process.kill(pid, 'SIGSTOP');
  expect(bench.run('status', '--json')).toMatchObject({ code: 1, output: expect.stringContaining('"unavailable"') });
  expect(bench.json<Incidents>('incidents')).toMatchObject({ source: 'agent', incidents: expect.arrayContaining([healedN1]) });
  await running.kill();
  killQuietly(agent!.pid);
  for (const pid of [pidsOf(healed).n1!, n2, n3]) killQuietly(pid);
  expect(bench.run('status', '--json')).toMatchObject({ code: 3, output: expect.stringContaining('"unreachable"') });
  expect(bench.json<Incidents>('incidents')).toMatchObject({ source: 'journal', incidents: expect.arrayContaining([healedN1]) });
  expect(bench.run('why', 'n1')).toMatchObject({ code: 0, output: expect.stringContaining('no agent answers here') });
});

test('each --json has the shape of its schema', async () => {
  const running = bench.start('up', '--data', 'c', '--client-port', String(port), '--json');
  const ready: { nodes: { pid: number }[] } = JSON.parse(await running.said(/^\{"kind":"ready".*$/m));
  killQuietly(ready.nodes[0]!.pid);
  await running.said(/"phase":"resolved"/);
  const { incidents } = bench.json<{ incidents: { id: string }[] }>('incidents');
  for (const words of [['status'], ['incidents'], ['incident', incidents[0]!.id], ['why'], ['why', 'n1']]) {
    requireShape(words[0]!, bench.json(...words));
  }
  running.signal('SIGINT');
  const { output } = await running.ended();
  for (const line of output.trim().split('\n')) requireShape('up', JSON.parse(line));
});
