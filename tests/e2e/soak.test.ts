// A short soak: the long one is `npm run soak`.
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Workbench } from '../support/reknit-command.js';

let bench: Workbench;
beforeEach(() => {
  bench = new Workbench();
});
afterEach(() => bench.close());

test('a node killed, one stopped, one cut off, then all killed at once, under checked load: all healed, nothing lost, nothing stale', async () => {
  const soak = fileURLToPath(new URL('../../scripts/soak.mjs', import.meta.url));
  const ended = await bench.startScript(soak, '--rounds', '3', '--all', '1', '--faults', 'kill,stop,cut').ended();
  expect(ended, ended.output + ended.errors).toMatchObject({ code: 0 });
  expect(ended.output).toMatch(/4\/4 {2}kill -9 n1, n2, n3/);
});
