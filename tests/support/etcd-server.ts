// One member of etcd itself: the judge of tests that hold a client's behaviour to etcd's. Not part of any suite by default.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from './ports.js';
import type { StoreUnderTest } from './store-under-test.js';

const READY = /ready to serve client requests/;
const READY_WITHIN_MS = 20_000;

export async function startEtcd(): Promise<StoreUnderTest> {
  const directory = mkdtempSync(join(tmpdir(), 'reknit-judge-'));
  const [clientPort, peerPort] = await freePorts(2);
  const clientUrl = `http://127.0.0.1:${clientPort}`;
  const peerUrl = `http://127.0.0.1:${peerPort}`;
  const flags = {
    name: 'judge',
    'data-dir': directory,
    'listen-client-urls': clientUrl,
    'advertise-client-urls': clientUrl,
    'listen-peer-urls': peerUrl,
    'initial-advertise-peer-urls': peerUrl,
    'initial-cluster': `judge=${peerUrl}`,
  };
  const child = spawn(
    'etcd',
    Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const gone = once(child, 'exit');
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('etcd is not ready')), READY_WITHIN_MS);
    child.once('error', reject);
    child.stderr.on('data', (chunk: Buffer) => {
      if (!READY.test(chunk.toString())) return;
      clearTimeout(timer);
      resolve();
    });
  });
  return {
    endpoints: [`127.0.0.1:${clientPort}`],
    stop: async () => {
      child.kill('SIGKILL');
      await gone;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
