import type { DetectSpec, ProbeSpec } from '@reknit/recovery';
import { expect, test } from 'vitest';
import { signOfLife } from '../src/process/heartbeat.js';

const declared = (probe: ProbeSpec): DetectSpec => ({ kind: 'probe', probe, everyMs: 1000, timeoutMs: 500, failures: 3 });
const tcp = declared({ kind: 'tcp', name: 'tcp', address: '127.0.0.1:80' });
const http = declared({
  kind: 'http',
  name: 'http',
  url: 'http://127.0.0.1:80/health',
  method: 'GET',
  headers: {},
  expectStatus: [{ from: 200, to: 399 }],
});
const command = declared({ kind: 'command', name: 'command', command: 'true', args: [], env: {} });

test('the sign of life is the application’s answer, before the kernel’s, before one that costs a process', () => {
  expect(signOfLife([command, tcp, http])).toBe(http);
  expect(signOfLife([command, tcp])).toBe(tcp);
  expect(signOfLife([command])).toBe(command);
  expect(signOfLife([])).toBeUndefined();
});
