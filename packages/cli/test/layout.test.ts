import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROTOCOL_NAMES } from '@reknit/host/embedded';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  LAYOUT_DEFAULTS,
  PROTOCOLS,
  planLayout,
  readLayout,
  refuseContradiction,
  secretPath,
  writeLayout,
} from '../src/cluster/layout.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'reknit-layout-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('node i serves clients on client-port + (i-1) × port-step and its peers on the next port', () => {
  const { nodes } = planLayout({ ...LAYOUT_DEFAULTS, nodes: 3, clientPort: 5000, portStep: 7 }, 'cluster');
  expect(nodes).toEqual([
    { name: 'n1', clientPort: 5000, peerPort: 5001 },
    { name: 'n2', clientPort: 5007, peerPort: 5008 },
    { name: 'n3', clientPort: 5014, peerPort: 5015 },
  ]);
});

test('what was written is read back; the secret is long and its owner’s only', () => {
  const layout = planLayout(LAYOUT_DEFAULTS, 'cluster');
  writeLayout(join(directory, 'a', 'b'), layout);
  expect(readLayout(join(directory, 'a', 'b'))).toEqual(layout);
  const secret = secretPath(join(directory, 'a', 'b'));
  expect(readFileSync(secret)).toHaveLength(32);
  expect(statSync(secret).mode & 0o777).toBe(0o600);
});

test('two clusters never share a token or a secret', () => {
  for (const name of ['a', 'b']) writeLayout(join(directory, name), planLayout(LAYOUT_DEFAULTS, 'cluster'));
  const [a, b] = ['a', 'b'].map((name) => join(directory, name)) as [string, string];
  expect(readLayout(a)?.token).not.toBe(readLayout(b)?.token);
  expect(readFileSync(secretPath(a))).not.toEqual(readFileSync(secretPath(b)));
});

test('node directories without a layout are somebody else’s, and stay as they are', () => {
  mkdirSync(join(directory, 'n2'));
  expect(() => writeLayout(directory, planLayout(LAYOUT_DEFAULTS, 'cluster'))).toThrow(
    /holds "n2" but no cluster.json.*; choose another/,
  );
  expect(readdirSync(directory)).toEqual(['n2']);
});

test('a directory that cannot be made leaves nothing behind', () => {
  writeFileSync(join(directory, 'file'), '');
  expect(() => writeLayout(join(directory, 'file', 'x'), planLayout(LAYOUT_DEFAULTS, 'cluster'))).toThrow(
    /cannot write to .*; choose another/,
  );
  mkdirSync(join(directory, 'taken', 'secret'), { recursive: true });
  expect(() => writeLayout(join(directory, 'taken'), planLayout(LAYOUT_DEFAULTS, 'cluster'))).toThrow(/holds "secret" but/);
  expect(readdirSync(join(directory, 'taken'))).toEqual(['secret']);
});

test('flags that contradict the cluster are refused by name, flags that agree are not', () => {
  const layout = planLayout(LAYOUT_DEFAULTS, 'cluster');
  expect(() => refuseContradiction('d', layout, { nodes: 3, clientPort: 2379 })).not.toThrow();
  expect(() => refuseContradiction('d', layout, { portStep: 2 })).toThrow(/has --port-step 10, not 2; leave --port-step out/);
});

test('the protocols that can be asked for are those that a node can run', () => {
  expect([...PROTOCOLS].sort()).toEqual([...PROTOCOL_NAMES].sort());
});

test('another protocol for a cluster that exists is refused with the way to change it', () => {
  const layout = planLayout({ ...LAYOUT_DEFAULTS, protocol: 'raft' }, 'cluster');
  expect(() => refuseContradiction(directory, layout, { protocol: 'raft' })).not.toThrow();
  expect(() => refuseContradiction(directory, layout, { protocol: 'zab' })).toThrow(
    /began with --protocol raft, not zab; leave --protocol out to run it, or change it while it runs with {2}reknit protocol switch zab/,
  );
});
