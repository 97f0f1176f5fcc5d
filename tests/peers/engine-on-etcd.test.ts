// The engine's records in Debian's etcd, unchanged: incidents, the controller's election, and what becomes of an incident
// whose agent dies. The patients are real members of Reknit; etcd's own command line is the witness.
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startEtcd } from '../support/etcd-server.js';
import { freePorts } from '../support/ports.js';
import { type Running, Workbench } from '../support/reknit-command.js';
import type { StoreUnderTest } from '../support/store-under-test.js';

const run = promisify(execFile);
const LAUNCHER = fileURLToPath(new URL('../../packages/cli/bin/reknit.mjs', import.meta.url));

interface Kept {
  readonly id: string;
  readonly subject: string;
  readonly owner: string;
  readonly phase: { readonly kind: string };
  readonly diagnosis?: { readonly verdict: string };
}

interface Status {
  readonly members: readonly { readonly process: { readonly pid: number } }[];
  readonly agent: { readonly store: readonly string[] };
}

const POLL = { timeout: 30_000, interval: 100 };

describe('the engine over an existing etcd', () => {
  let etcd: StoreUnderTest;
  let bench: Workbench;

  beforeEach(async () => {
    etcd = await startEtcd();
    bench = new Workbench();
  });
  afterEach(async () => {
    await bench.close();
    await etcd.stop();
  });

  const etcdctl = async (...words: string[]): Promise<string> => {
    const env = { ...process.env, ETCDCTL_API: '3' };
    return (await run('etcdctl', ['--endpoints', etcd.endpoints[0]!, ...words], { env, timeout: 20_000 })).stdout;
  };
  const keysOf = async (prefix: string): Promise<readonly string[]> =>
    (await etcdctl('get', prefix, '--prefix', '--keys-only')).split('\n').filter((key) => key !== '');
  const valuesOf = async <Value>(prefix: string): Promise<readonly Value[]> =>
    (await etcdctl('get', prefix, '--prefix', '--print-value-only'))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Value);

  it('keeps incidents and elects the controller there, and commands read them from there', async () => {
    const [port] = await freePorts(1);
    const up = bench.start('up', '--nodes', '1', '--client-port', String(port), '--store', etcd.endpoints[0]!, '--json');
    await up.said(/"kind":"ready"/);
    const { members, agent } = bench.json<Status>('status');
    expect(agent.store).toEqual([`http://${etcd.endpoints[0]}`]);
    await expect.poll(async () => (await keysOf('reknit-')).some((key) => key.endsWith('/reknit/controller')), POLL).toBe(true);
    process.kill(members[0]!.process.pid, 'SIGKILL');
    await up.said(/resolved: /);
    const [prefix] = (await keysOf('reknit-'))[0]!.split('/');
    await expect.poll(async () => (await valuesOf<Kept>(`${prefix}/reknit/incidents/`))[0]?.phase.kind, POLL).toBe('resolved');
    const [kept] = await valuesOf<Kept>(`${prefix}/reknit/incidents/`);
    expect(kept).toMatchObject({ subject: 'n1', diagnosis: { verdict: 'crash' } });
    expect(bench.json('incidents')).toMatchObject({ source: 'store', total: 1, incidents: [{ id: kept!.id }] });
    up.signal('SIGINT');
    expect((await up.ended()).code).toBe(0);
    const again = bench.run('up', '--store', '127.0.0.1:1');
    expect([again.code, again.errors]).toEqual([2, expect.stringContaining('has --store')]);
  });

  it('keeps those of any program too, where no member of a store runs at all', async () => {
    const [port] = await freePorts(1);
    const program = `require('http').createServer((_, r) => r.end()).listen(${port})`;
    const web = { driver: 'process', command: [process.execPath, '-e', program], verify: [{ soak: '500ms' }] };
    writeFileSync(bench.path('reknit.yaml'), JSON.stringify({ components: { web } }));
    const up = bench.start('up', '-f', 'reknit.yaml', '--store', etcd.endpoints[0]!, '--data', bench.path('c'), '--json');
    await up.said(/"kind":"ready"/);
    await expect.poll(async () => (await keysOf('reknit-')).some((key) => key.endsWith('/reknit/controller')), POLL).toBe(true);
    const { instances } = bench.json<{ readonly instances: readonly { readonly pid: number }[] }>('status');
    process.kill(instances[0]!.pid, 'SIGKILL');
    await up.said(/resolved: /);
    expect(bench.json('incidents')).toMatchObject({ source: 'store', total: 1, incidents: [{ subject: 'web-1' }] });
    up.signal('SIGINT');
    expect((await up.ended()).code).toBe(0);
  });

  it('an incident whose agent dies is taken over and finished by another one', async () => {
    const secretFile = bench.path('secret');
    writeFileSync(secretFile, 'a secret that both of them know');
    const startAgent = async (name: string): Promise<{ readonly agent: Running; readonly node: string }> => {
      const config = await agentConfig(bench, name, {
        secretFile,
        store: { endpoints: [`http://${etcd.endpoints[0]}`], prefix: 'shared/' },
      });
      const agent = bench.start('agent', '--config', config, '--json');
      await agent.said(/"kind":"ready"/);
      return { agent, node: `node-of-${name}` };
    };
    const first = await startAgent('first');
    await expect.poll(() => keysOf('shared/reknit/controller'), POLL).toHaveLength(1);
    await startAgent('second');
    await expect.poll(() => keysOf('shared/reknit/agents/'), POLL).toHaveLength(2);
    const incident = async (): Promise<Kept | undefined> => (await valuesOf<Kept>('shared/reknit/incidents/'))[0];
    process.kill(pidOf(bench, first.node), 'SIGKILL');
    await expect.poll(async () => (await incident())?.phase.kind, POLL).toBe('verifying');
    expect(await incident()).toMatchObject({ subject: first.node, owner: 'first' });
    await first.agent.kill();
    await expect.poll(async () => (await incident())?.phase.kind, POLL).toBe('resolved');
    expect((await incident())?.owner).toBe('second');
    const [controller] = await valuesOf<{ readonly agentId: string }>('shared/reknit/controller');
    expect(controller?.agentId).toBe('second');
  });
});

/** An agent with one member of its own. Its soak is long enough to die in. */
async function agentConfig(bench: Workbench, name: string, settings: object): Promise<string> {
  const [clientPort, peerPort] = await freePorts(2);
  const directory = bench.path(name);
  const [clientUrl, peerUrl] = [`http://127.0.0.1:${clientPort}`, `http://127.0.0.1:${peerPort}`];
  const node = `node-of-${name}`;
  const flags = {
    name: node,
    'data-dir': `${directory}/${node}`,
    'listen-client-urls': clientUrl,
    'advertise-client-urls': clientUrl,
    'listen-peer-urls': peerUrl,
    'initial-advertise-peer-urls': peerUrl,
    'initial-cluster': `${node}=${peerUrl}`,
    'secret-file': bench.path('secret'),
  };
  mkdirSync(directory);
  const spec = {
    name: node,
    command: process.execPath,
    args: [LAUNCHER, 'node', ...Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`)],
    clientUrl,
    dataDir: flags['data-dir'],
    logFile: `${directory}/${node}.log`,
  };
  const config = `${directory}/config.json`;
  writeFileSync(config, JSON.stringify({ dataDir: directory, observer: name, soakMs: 4000, nodes: [spec], ...settings }));
  return config;
}

function pidOf(bench: Workbench, node: string): number {
  const [pid, ...more] = bench.processes(`--name=${node}`);
  if (pid === undefined || more.length > 0) throw new Error(`${more.length} processes of ${node}`);
  return pid;
}
