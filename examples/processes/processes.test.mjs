// The whole story, as a reader would see it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

test('one is killed, one hangs, one leaks: each is named and mended, and only requests under way fail', () => {
  const main = fileURLToPath(new URL('main.mjs', import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [main], { encoding: 'utf8' });
  assert.equal(status, 0, `${stdout}\n${stderr}`);
  assert.match(stdout, /web-1 is killed\n {2}diagnosed {2}crash/);
  assert.match(stdout, /web-2 hangs\n {2}diagnosed {2}(hang|unhealthy)/);
  assert.match(stdout, /web-3 leaks\n {2}diagnosed {2}unhealthy/);
});
