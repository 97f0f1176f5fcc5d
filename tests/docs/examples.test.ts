// Each folder below examples/ is a program with tests of its own; they run as their readers would run them.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './snippets.js';

const RUN_MS_MAX = 50_000;

test.each(readdirSync(join(root, 'examples')))('the tests of the example %s pass', (name) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--test'], {
    cwd: join(root, 'examples', name),
    encoding: 'utf8',
    timeout: RUN_MS_MAX,
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  expect({ status, failures: stdout.match(/^not ok.*$/gm), stderr }).toEqual({ status: 0, failures: null, stderr: '' });
});
