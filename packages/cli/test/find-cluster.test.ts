import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { findCluster } from '../src/cluster/find-cluster.js';
import { rememberUp } from '../src/cluster/last-up.js';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'reknit-state-'));
  vi.stubEnv('XDG_STATE_HOME', home);
  vi.stubEnv('REKNIT_ENDPOINTS', '');
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true, force: true });
});

const last = { dataDir: '/d', endpoints: ['http://127.0.0.1:1', 'http://127.0.0.1:2'] };

test('--endpoints wins over REKNIT_ENDPOINTS, which wins over the last up', () => {
  rememberUp(last);
  expect(findCluster(undefined)).toEqual(last);
  vi.stubEnv('REKNIT_ENDPOINTS', 'http://a:3');
  expect(findCluster(undefined)).toEqual({ endpoints: ['http://a:3'], dataDir: undefined });
  expect(findCluster('b:4,c:5')).toEqual({ endpoints: ['http://b:4', 'http://c:5'], dataDir: undefined });
});

test('endpoints of the last up lead to its directory', () => {
  rememberUp(last);
  expect(findCluster('127.0.0.1:2').dataDir).toBe('/d');
});

test('without any of them the command says how to name one', () => {
  expect(() => findCluster(undefined)).toThrow(/no cluster is known here; start one with .* --endpoints/);
  expect(() => findCluster('a')).toThrow(/--endpoints holds "a"; write HOST:PORT/);
});
