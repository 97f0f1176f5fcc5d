import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { completeSettings, readSettingsFile } from '../src/cluster/settings.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'reknit-settings-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const read = (yaml: string): Promise<object> => {
  const path = join(directory, 'reknit.yaml');
  writeFileSync(path, yaml);
  return readSettingsFile(path);
};

test('every setting can come from the file', async () => {
  const yaml = 'nodes: 5\nprotocol: raft\ndata: here\nclientPort: 3000\nportStep: 4\ndashboardPort: 8000\n';
  expect(await read(yaml)).toEqual({
    nodes: 5,
    protocol: 'raft',
    data: 'here',
    clientPort: 3000,
    portStep: 4,
    dashboardPort: 8000,
  });
  expect(await read('# nothing yet\n')).toEqual({});
});

test.each([
  ['- a', /not a map of settings/],
  ['components: []', /"components"; it comes with a later version/],
  ['node: 3', /unknown setting "node"; there are nodes, protocol/],
  ['nodes: 0', /nodes 0; use a whole number from 1 to 9/],
  ['nodes: "3"', /nodes "3"; use a whole number/],
  ['protocol: pbft', /protocol "pbft"; use raft or paxos or zab/],
  ['data: 7', /data 7; name a directory/],
  ['a: [', /is not YAML: [^\n]+; mend that line/],
])('%s is refused', async (yaml, says) => {
  await expect(read(yaml)).rejects.toThrow(says);
});

test('what is not given has a default, and ports end at 65535', () => {
  expect(completeSettings({ nodes: 1 })).toMatchObject({ nodes: 1, clientPort: 2379, portStep: 10 });
  expect(() => completeSettings({ clientPort: 65_520 })).toThrow(/would reach 65541; choose a lower/);
});
