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
    data: 'here',
    cluster: { nodes: 5, protocol: 'raft', clientPort: 3000, portStep: 4, dashboardPort: 8000 },
    components: [],
  });
  expect(await read('# nothing yet\n')).toEqual({ cluster: {}, components: [] });
});

test.each([
  ['- a', /reknit\.yaml:1:1 {2}it is a list: expected a map/],
  ['components: []', /1:13 {2}components is a list: expected a map of components by their names/],
  ['node: 3', /1:1 {2}node is not known here: did you mean "nodes"\?; nothing was started/],
  ['nodes: 0', /1:8 {2}nodes is 0: expected a whole number from 1 to 9/],
  ['nodes: "3"', /nodes is "3": expected a whole number/],
  ['protocol: pbft\nnodes: 0', /has 2 mistakes\n.*1:11 {2}protocol is "pbft": expected raft, paxos, zab.*\n.*2:8 {2}nodes/],
  ['data: []', /data is a list: expected a directory/],
  ['a: [', /it is not YAML: /],
])('%s is refused', async (yaml, says) => {
  await expect(read(yaml)).rejects.toThrow(says);
});

test('what is not given has a default, and ports end at 65535', () => {
  expect(completeSettings({ nodes: 1 })).toMatchObject({ nodes: 1, clientPort: 2379, portStep: 10 });
  expect(() => completeSettings({ clientPort: 65_520 })).toThrow(/would reach 65541; choose a lower/);
});
