// Real `reknit node` processes on free loopback ports, without any agent: for tests that look at the store from outside.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts } from './ports.js';

const LAUNCHER = fileURLToPath(new URL('../../packages/cli/bin/reknit.mjs', import.meta.url));
const READY = 'ready to serve client requests';
const READY_WITHIN_MS = 30_000;

export interface NodeFlags {
  readonly [flag: string]: string;
}

export interface RealNode {
  readonly name: string;
  readonly clientPort: number;
  readonly peerPort: number;
  readonly dataDirectory: string;
}

export class RealCluster {
  readonly directory: string = mkdtempSync(join(tmpdir(), 'reknit-test-'));
  readonly nodes: RealNode[];
  /** Those that came later. */
  readonly #joined: Set<RealNode> = new Set();
  readonly #flags: NodeFlags;
  readonly #processes: Map<string, ChildProcess> = new Map();

  private constructor(ports: readonly number[], flags: NodeFlags) {
    this.#flags = flags;
    this.nodes = Array.from({ length: ports.length / 2 }, (_, at) => ({
      name: `n${at + 1}`,
      clientPort: ports[2 * at]!,
      peerPort: ports[2 * at + 1]!,
      dataDirectory: join(this.directory, `n${at + 1}`),
    }));
  }

  /** Resolves when every node has said that it is ready. */
  static async start(size: number, flags: NodeFlags = {}): Promise<RealCluster> {
    const cluster = new RealCluster(await freePorts(2 * size), flags);
    await Promise.all(cluster.nodes.map((node) => cluster.startNode(node)));
    return cluster;
  }

  /** A node that is to join; announced and started by the test. */
  async newcomer(name: string): Promise<RealNode> {
    const [clientPort, peerPort] = await freePorts(2);
    const node = { name, clientPort: clientPort!, peerPort: peerPort!, dataDirectory: join(this.directory, name) };
    this.nodes.push(node);
    this.#joined.add(node);
    return node;
  }

  peerUrl({ peerPort }: RealNode): string {
    return `http://127.0.0.1:${peerPort}`;
  }

  get endpoints(): string {
    return this.nodes.map(({ clientPort }) => `127.0.0.1:${clientPort}`).join(',');
  }

  argumentsOf(node: RealNode): readonly string[] {
    const peerUrl = (peer: RealNode): string => `http://127.0.0.1:${peer.peerPort}`;
    const flags: NodeFlags = {
      name: node.name,
      'data-dir': node.dataDirectory,
      'listen-client-urls': `http://127.0.0.1:${node.clientPort}`,
      'listen-peer-urls': peerUrl(node),
      'initial-advertise-peer-urls': peerUrl(node),
      'initial-cluster': this.nodes.map((peer) => `${peer.name}=${peerUrl(peer)}`).join(','),
      ...(this.#joined.has(node) ? { 'initial-cluster-state': 'existing' } : {}),
      ...this.#flags,
    };
    return Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  }

  async startNode(node: RealNode): Promise<void> {
    const child = spawn(process.execPath, [LAUNCHER, 'node', ...this.argumentsOf(node)], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#processes.set(node.name, child);
    await saidReady(node.name, child);
  }

  /** As `kill -9`; resolves when the process is gone. */
  async kill(node: RealNode, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#processes.get(node.name);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
  }

  exitRecord(node: RealNode): unknown {
    return JSON.parse(readFileSync(join(node.dataDirectory, 'exit.json'), 'utf8'));
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => this.kill(node)));
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function saidReady(name: string, child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    const timer = setTimeout(
      () => reject(new Error(`${name} is not ready after ${READY_WITHIN_MS} ms:\n${output}`)),
      READY_WITHIN_MS,
    );
    child.stderr?.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-10_000);
      if (!output.includes(READY)) return;
      clearTimeout(timer);
      resolve();
    });
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      reject(new Error(`${name} ended (${code ?? signal}) before it was ready:\n${output}`));
    });
  });
}
