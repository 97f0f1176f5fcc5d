import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createMemoryDisk } from '../src/index.js';
import { createNodeRuntime } from '../src/node/index.js';
import { createWorld } from '../src/simulated/index.js';
import { describeRuntime, type Harness } from './compliance.js';

const log = { log: (): void => {} };

async function nodeHarness(address: (directory: string) => Promise<string>): Promise<Harness> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'reknit-runtime-'));
  const runtime = createNodeRuntime({ log });
  return {
    client: runtime,
    server: runtime,
    directory,
    address: () => address(directory),
    until: async (condition) => {
      while (!condition()) await new Promise(setImmediate);
    },
    dispose: () => fs.rmSync(directory, { recursive: true }),
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** As a cluster within one process has it. */
async function memoryHarness(): Promise<Harness> {
  const harness = await nodeHarness(async () => `127.0.0.1:${await freePort()}`);
  const disk = createMemoryDisk(harness.client.clock.soon);
  disk.makeDirectory(harness.directory);
  const runtime = { ...harness.client, disk };
  return { ...harness, client: runtime, server: runtime };
}

async function simulatedHarness(): Promise<Harness> {
  const world = createWorld({ seed: 7 });
  const client = world.machine('a').boot();
  const server = world.machine('b').boot();
  client.disk.makeDirectory('/data');
  let port = 0;
  return {
    client,
    server,
    directory: '/data',
    address: async () => `b:${++port}`,
    until: async (condition) => {
      while (!condition()) if (!world.step()) throw new Error('nothing is left to happen');
    },
    dispose: () => {},
  };
}

describeRuntime('node, over TCP', () => nodeHarness(async () => `127.0.0.1:${await freePort()}`));
describeRuntime('node, over TCP on every loopback address', () => nodeHarness(async () => `localhost:${await freePort()}`));
describeRuntime('node, over a Unix socket', () => nodeHarness(async (directory) => `unix:${directory}/socket`));
describeRuntime('node, with a disk in memory', memoryHarness);
describeRuntime('simulated', simulatedHarness);
