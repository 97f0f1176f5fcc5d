import { DiskError, type Runtime } from '@reknit/runtime';
import { createWorld, ProcessEndedError } from '@reknit/runtime/simulated';
import { describe, expect, it } from 'vitest';
import { deriveCluster } from '../src/cluster/identity.js';
import { DataDirectory } from '../src/data-directory.js';
import { writeInstallNote } from '../src/install-notes.js';
import { RESERVE } from '../src/reserve.js';

interface Ground {
  readonly runtime: Runtime;
  readonly directory: DataDirectory;
}

const cluster = deriveCluster([{ name: 'n1', peerUrls: ['http://n1:2380'] }], 'token');
const genesis = { branch: '0123456789abcdef', voters: {}, protocol: 'raft', started: true } as const;
const configuration = { version: 1, epoch: 1, protocol: 'raft', members: [], removed: [], requests: [] } as const;
const position = { branch: genesis.branch, epoch: 1, index: 7, round: 1 };

const NOTES: readonly (readonly [string, (ground: Ground) => void])[] = [
  ['genesis.json', ({ directory }) => directory.writeGenesis(genesis)],
  ['configuration.json', ({ directory }) => directory.writeConfiguration(configuration)],
  ['prepared-default.json', ({ directory }) => directory.writePrepared('default', { epoch: 2, plan: 'a', protocol: 'raft' })],
  ['removed.json', ({ directory }) => directory.entomb({ reason: 'it was removed', epoch: 2, index: 7 })],
  ['installing-default.json', ({ runtime }) => writeInstallNote(runtime, '/data', 'default', position)],
];

describe.each(NOTES)('a running member whose disk refuses %s', (name, write) => {
  it.each(['no-space', 'io'] as const)('ends at once: %s (durability, rule 8)', (code) => {
    const world = createWorld({ seed: 1 });
    const machine = world.machine('n1');
    const causes: unknown[] = [];
    const runtime = machine.boot({ onFatal: (reason, cause) => causes.push(reason, cause) });
    const directory = DataDirectory.open(runtime, '/data', cluster, cluster.members[0]!);
    if (code === 'io') machine.disk.failNextSync();
    else {
      runtime.disk.remove(`/data/${RESERVE}`);
      machine.disk.capacityBytes = machine.disk.usedBytes();
    }
    expect(() => write({ runtime, directory })).toThrow(ProcessEndedError);
    expect(causes).toEqual([expect.stringContaining(`/data/${name}`), expect.any(DiskError)]);
    expect(causes[1]).toMatchObject({ code });
  });
});

it.each(NOTES)('On a full disk %s takes the place of what was reserved', (name, write) => {
  const machine = createWorld({ seed: 1 }).machine('n1');
  const runtime = machine.boot();
  const directory = DataDirectory.open(runtime, '/data', cluster, cluster.members[0]!);
  machine.disk.capacityBytes = machine.disk.usedBytes();
  write({ runtime, directory });
  expect(runtime.disk.exists(`/data/${name}`)).toBe(true);
});

it('a note that is to go and whose removal the disk does not keep ends the process, too', () => {
  const world = createWorld({ seed: 1 });
  const machine = world.machine('n1');
  const runtime = machine.boot();
  runtime.disk.makeDirectory('/data');
  writeInstallNote(runtime, '/data', 'default', position);
  machine.disk.failNextSync();
  expect(() => writeInstallNote(runtime, '/data', 'default', undefined)).toThrow(ProcessEndedError);
});
