// `reknit up` with real processes: what it keeps, what it finds again, and what it leaves behind.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Client, createClient } from '../../packages/client/src/index.js';
import { freePortBlock, killQuietly, type Running, Workbench } from '../support/reknit-command.js';

interface Status {
  readonly health: string;
  readonly members: readonly {
    readonly name: string;
    readonly endpoint: string;
    readonly role: string;
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

test('Ctrl-C ends all processes; the next run needs no flags and has every key', async () => {
  const first = await up('--client-port', String(port));
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

test('without a quorum, incidents are told by the agent, and status says that the store is unavailable', async () => {
  const running = await up('--client-port', String(port));
  const { agent, members } = bench.json<Status>('status');
  process.kill(agent!.pid, 'SIGSTOP');
  for (const { process: node } of members.slice(0, 2)) killQuietly(node.pid);
  process.kill(agent!.pid, 'SIGCONT');
  await running.said(/resolved/);
  killQuietly(agent!.pid);
  await running.kill();
  for (const { process: node } of bench.json<Status>('status').members) if (node !== undefined) killQuietly(node.pid);
  const gone = bench.run('status', '--json');
  expect(gone.code).toBe(3);
  expect(JSON.parse(gone.output)).toMatchObject({ health: 'unreachable', agent: null });
  expect(bench.json<Incidents>('incidents')).toMatchObject({ source: 'journal' });
});
