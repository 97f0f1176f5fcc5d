// Debian's etcd as one member of its own: the engine's view of the store must work on any etcd.
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { freePorts } from '../../../../tests/support/ports.js';

export const etcdIsInstalled: boolean = spawnSync('etcd', ['--version']).status === 0;

export interface EtcdServer {
  readonly endpoint: string;
  close(): Promise<void>;
}

export async function startEtcd(directory: string): Promise<EtcdServer> {
  const [clientPort, peerPort] = await freePorts(2);
  const endpoint = `http://127.0.0.1:${clientPort}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  const flags = {
    name: 'm',
    'data-dir': join(directory, 'etcd'),
    'listen-client-urls': endpoint,
    'advertise-client-urls': endpoint,
    'listen-peer-urls': peer,
    'initial-advertise-peer-urls': peer,
    'initial-cluster': `m=${peer}`,
    'log-level': 'error',
  };
  const child = spawn(
    'etcd',
    Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
    { stdio: 'ignore' },
  );
  const ended = new Promise<void>((resolve) => void child.once('exit', () => resolve()));
  for (let attempt = 0; attempt < 200; attempt++) {
    const isHealthy = await fetch(`${endpoint}/health`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isHealthy) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    endpoint,
    close: () => {
      child.kill('SIGKILL');
      return ended;
    },
  };
}
