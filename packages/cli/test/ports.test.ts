import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LAYOUT_DEFAULTS, planLayout } from '../src/cluster/layout.js';
import { freeBlock, holderOf, isFree, requireFreePorts } from '../src/cluster/ports.js';

let server: Server;
let port: number;
beforeEach(async () => {
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
afterEach(() => void server.close());

test('a listening port is not free, and its holder is found', async () => {
  expect(await isFree(port)).toBe(false);
  expect(holderOf(port)?.pid).toBe(process.pid);
});

test('a layout with a used port is refused with the port and the pid, unless the node that holds it is ours', async () => {
  const layout = planLayout({ ...LAYOUT_DEFAULTS, nodes: 1, clientPort: port }, 'cluster');
  await expect(requireFreePorts(layout, new Set())).rejects.toThrow(
    new RegExp(`port ${port} is already in use by .* \\(pid ${process.pid}\\); `),
  );
  await expect(requireFreePorts(layout, new Set(['n1']))).resolves.toBeUndefined();
});

test('a block that holds a used port is passed over', async () => {
  const first = await freeBlock(port, 1, 10);
  expect(first).toBeGreaterThan(port);
  expect(await isFree(first)).toBe(true);
});
