// What `reknit node` says when it cannot start: one line with cause and cure, an exit code, and nothing changed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePorts } from './support/ports.js';
import { RealCluster } from './support/real-cluster.js';

const LAUNCHER = fileURLToPath(new URL('../packages/cli/bin/reknit.mjs', import.meta.url));

const mount = (...words: string[]): boolean => spawnSync('mount', words).status === 0;

/** A file system of a known size needs root. */
function mayMount(): boolean {
  const place = mkdtempSync(join(tmpdir(), 'reknit-mount-'));
  const mounted = mount('-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', place);
  if (mounted) spawnSync('umount', [place]);
  rmSync(place, { recursive: true });
  return mounted;
}

interface Ended {
  readonly code: number | null;
  readonly lines: readonly string[];
}

function node(...flags: string[]): Ended {
  const { status, stderr } = spawnSync(process.execPath, [LAUNCHER, 'node', ...flags], { encoding: 'utf8', timeout: 30_000 });
  const lines = stderr.split('\n').filter((line) => line !== '' && line !== 'building…' && !line.startsWith('{'));
  return { code: status, lines };
}

/** Of every file below, by name. */
function contentOf(directory: string): Record<string, string> {
  const content: Record<string, string> = {};
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort()) {
    const path = join(directory, name);
    if (statSync(path).isFile()) content[name] = createHash('sha256').update(readFileSync(path)).digest('hex');
  }
  return content;
}

describe('a node that cannot start', () => {
  let directory: string;
  let client: number;
  let peer: number;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'reknit-start-'));
    [client, peer] = (await freePorts(2)) as [number, number];
  });

  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const flags = (dataDirectory: string, ...more: string[]): string[] => [
    '--data-dir',
    dataDirectory,
    `--listen-client-urls=http://127.0.0.1:${client}`,
    `--listen-peer-urls=http://127.0.0.1:${peer}`,
    `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
    ...more,
  ];

  it('names a malformed flag and touches nothing', () => {
    const data = join(directory, 'never');
    const cases: readonly (readonly [readonly string[], string])[] = [
      [['--election-timeout', 'soon'], 'invalid value "soon" for flag -election-timeout'],
      [['--protocol', 'pbft'], 'invalid value "pbft" for flag -protocol: use raft'],
      [['--election-timeout', '200'], 'must be at least 5 × --heartbeat-interval'],
      [['--initial-cluster', 'n1'], 'each member is NAME=http://HOST:PORT'],
      [['--initial-cluster', 'other=http://127.0.0.1:1'], 'is not in --initial-cluster'],
      [['--listen-client-urls', 'http://0.0.0.0:2379'], 'beyond loopback without TLS'],
      [['--secret-file', join(directory, 'no-such-file')], 'cannot read --secret-file'],
      [['--bogus'], 'flag provided but not defined: -bogus'],
    ];
    for (const [words, says] of cases) {
      const ended = node(...flags(data), ...words);
      expect(ended, words.join(' ')).toMatchObject({ code: 2, lines: [expect.stringContaining(says)] });
    }
    expect(readdirSync(directory)).not.toContain('never');
  });

  it('says it as a JSON line, with a code for programs, when asked for one', () => {
    const schema = JSON.parse(readFileSync(new URL('../packages/cli/schemas/node.schema.json', import.meta.url), 'utf8'));
    const { status, stderr } = spawnSync(process.execPath, [LAUNCHER, 'node', '--json', '--bogus'], { encoding: 'utf8' });
    const line: unknown = JSON.parse(stderr.split('\n').find((text) => text.startsWith('{'))!);
    expect(status).toBe(2);
    expect(line).toMatchObject({ level: 'error', code: 'usage', msg: expect.stringContaining('-bogus') });
    expect(new Ajv2020().validate(schema, line)).toBe(true);
  });

  it('names a port that is in use', async () => {
    const holder: Server = createServer().listen(client, '127.0.0.1');
    await new Promise((listening) => holder.once('listening', listening));
    const ended = node(...flags(join(directory, 'port')));
    await new Promise((closed) => holder.close(closed));
    expect(ended).toMatchObject({ code: 1, lines: [expect.stringContaining(`127.0.0.1:${client} is already in use`)] });
    expect(readdirSync(directory)).not.toContain('port');
    expect(ended.lines[0]).toContain('choose another with --listen-client-urls');
  });

  it('names a peer port that is in use', async () => {
    const holder: Server = createServer().listen(peer, '127.0.0.1');
    await new Promise((listening) => holder.once('listening', listening));
    const ended = node(...flags(join(directory, 'peer-port')));
    await new Promise((closed) => holder.close(closed));
    expect(ended).toMatchObject({ code: 1, lines: [expect.stringContaining(`cannot listen for peers on 127.0.0.1:${peer}`)] });
    expect(readdirSync(directory)).not.toContain('peer-port');
  });

  it('names a data directory that cannot be one', () => {
    const file = join(directory, 'a-file');
    writeFileSync(file, 'not a directory');
    expect(node(...flags(file))).toMatchObject({
      code: 1,
      lines: [expect.stringContaining(`cannot use the data directory ${file}`)],
    });
    const foreign = join(directory, 'foreign');
    mkdirSync(foreign);
    writeFileSync(join(foreign, 'holiday.jpg'), 'precious');
    expect(node(...flags(foreign))).toMatchObject({
      code: 1,
      lines: [expect.stringContaining('holds holiday.jpg but no identity.json')],
    });
    expect(readdirSync(foreign)).toContain('holiday.jpg');
  });
});

describe.runIf(mayMount())('a node on a full disk', () => {
  const disk = join(tmpdir(), `reknit-full-${process.pid}`);

  beforeAll(() => {
    mkdirSync(disk);
    mount('-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk);
  });

  afterAll(() => {
    spawnSync('umount', [disk]);
    rmSync(disk, { recursive: true });
  });

  it('says so, and what to do', async () => {
    const [client, peer] = (await freePorts(2)) as [number, number];
    const urls = [`--listen-client-urls=http://127.0.0.1:${client}`, `--listen-peer-urls=http://127.0.0.1:${peer}`];
    const ended = node('--data-dir', join(disk, 'data'), ...urls);
    expect(ended).toMatchObject({ code: 1, lines: [expect.stringMatching(/no space left.*free some space on its disk/)] });
  });
});

describe('a node whose data directory is not its own, or damaged', () => {
  let cluster: RealCluster;

  beforeAll(async () => {
    cluster = await RealCluster.start(1);
  });

  afterAll(async () => {
    await cluster.stop();
  });

  it('is refused while another process uses the directory', () => {
    const first = cluster.nodes[0]!;
    const ended = node(...cluster.argumentsOf(first));
    expect(ended.code).toBe(1);
    expect(ended.lines[0]).toMatch(/in use/);
  });

  it('of another cluster or another member changes nothing', async () => {
    const first = cluster.nodes[0]!;
    await cluster.kill(first, 'SIGTERM');
    expect(cluster.exitRecord(first)).toMatchObject({ reason: 'signal SIGTERM' });
    const before = contentOf(first.dataDirectory);
    const foreign = node(...cluster.argumentsOf(first), '--initial-cluster-token=another');
    expect(foreign).toMatchObject({ code: 1, lines: [expect.stringContaining('belongs to cluster')] });
    const after = contentOf(first.dataDirectory);
    delete after['exit.json'];
    delete before['exit.json'];
    delete before.lock;
    delete after.lock;
    expect(after).toEqual(before);
  });

  it('with a damaged log is refused with the place, and the segment that is damaged is kept as it is', () => {
    const first = cluster.nodes[0]!;
    const log = join(first.dataDirectory, 'wal');
    const segment = readdirSync(log)
      .filter((name) => name.endsWith('.log'))
      .sort()[0]!;
    const damagedAt = flipByteOf(join(log, segment), 'reknit/members/');
    const before = writtenIn(join(log, segment));
    const ended = node(...cluster.argumentsOf(first));
    expect(ended.code).toBe(1);
    expect(ended.lines[0]).toContain('damaged');
    expect(ended.lines[0]).toContain(segment);
    // The end that was not yet known to be durable moves to a new segment; what is damaged stays where it is.
    const after = readFileSync(join(log, segment));
    expect(after.length).toBeGreaterThan(damagedAt);
    expect(before.subarray(0, after.length).equals(after.subarray(0, before.length))).toBe(true);
  });
});

/** Up to the zeroes that it was prepared with. */
function writtenIn(file: string): Buffer {
  const bytes = readFileSync(file);
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return bytes.subarray(0, end);
}

/** Damages an acknowledged entry: the one that holds this text. @returns where */
function flipByteOf(path: string, text: string): number {
  const offset = readFileSync(path).indexOf(text);
  expect(offset).toBeGreaterThan(0);
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.from('#'), 0, 1, offset);
  closeSync(file);
  return offset;
}
