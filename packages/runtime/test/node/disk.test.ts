// What only real files can show: modes, full disks, and locks that end with their holder.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { DiskError } from '../../src/index.js';
import { createNodeDisk } from '../../src/node/index.js';
import { BUILT, build, endChildren, runScript } from './child.js';

const disk = createNodeDisk();
let directory: string;

beforeAll(build);
beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'reknit-disk-'));
});
afterEach(() => {
  endChildren();
  fs.rmSync(directory, { recursive: true });
});

const LOCKER = `
  const { createNodeDisk } = await import('${BUILT}');
  console.log(createNodeDisk().lock(process.argv[1]));
  setInterval(() => {}, 1000);
`;

test('files and directories are for this user only', () => {
  disk.makeDirectory(`${directory}/a/b`);
  disk.open(`${directory}/a/b/f`, 'create').close();
  const modes = ['a', 'a/b', 'a/b/f'].map((name) => fs.statSync(`${directory}/${name}`).mode & 0o777);
  expect(modes).toEqual([0o700, 0o700, 0o600]);
});

test('preallocated space is occupied', () => {
  const file = disk.open(`${directory}/f`, 'create');
  file.preallocate(3_000_000);
  file.close();
  expect(fs.statSync(`${directory}/f`).blocks * 512).toBeGreaterThanOrEqual(3_000_000);
});

test('a write that meets a full disk fails as such and poisons the file', async () => {
  const file = disk.open('/dev/full', 'write');
  const error = await new Promise<DiskError | undefined>((done) => file.writeAndSync(0, [new Uint8Array(10)], done));
  expect(error).toMatchObject({ name: 'DiskError', code: 'no-space', path: '/dev/full' });
  expect(() => file.write(0, new Uint8Array(1))).toThrow(/failed sync/);
  file.close();
});

test('many chunks, more than the kernel takes at once, arrive in order', async () => {
  const file = disk.open(`${directory}/f`, 'create');
  const chunks = Array.from({ length: 5000 }, (_, index) => Uint8Array.of(index & 255, index >> 8));
  expect(await new Promise((done) => file.writeAndSync(0, chunks, done))).toBeUndefined();
  expect(file.read(0, 20_000)).toEqual(Uint8Array.from(chunks.flatMap((chunk) => [...chunk])));
  file.close();
});

test('a lock is refused while its holder lives, even stopped, and free as soon as it was killed', async () => {
  const lock = `${directory}/lock`;
  const holder = runScript(LOCKER, lock);
  expect(await holder.line()).toBe('true');
  expect(fs.readFileSync(lock, 'utf8')).toBe(`${holder.pid}\n`);
  expect(disk.lock(lock)).toBe(false);
  expect(disk.lock(`${directory}/../${path.basename(directory)}/lock`)).toBe(false);
  holder.process.kill('SIGSTOP');
  expect(disk.lock(lock)).toBe(false);
  holder.process.kill('SIGKILL');
  await holder.exited;
  expect(disk.lock(lock)).toBe(true);
  expect(fs.readFileSync(lock, 'utf8')).toBe(`${process.pid}\n`);
});

test('of many that race for the lock of a killed process one gets it', async () => {
  // Another name: this process still holds the other one, in a directory whose inode number may be used again.
  const lock = `${directory}/raced-lock`;
  const holder = runScript(LOCKER, lock);
  await holder.line();
  holder.process.kill('SIGKILL');
  await holder.exited;
  const rivals = Array.from({ length: 4 }, () => runScript(LOCKER, lock));
  const answers = await Promise.all(rivals.map((rival) => rival.line()));
  expect(answers.sort()).toEqual(['false', 'false', 'false', 'true']);
});
