import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DiskError, DiskFile } from '@reknit/runtime';
import { createNodeRuntime } from '@reknit/runtime/node';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type SickDisk, sickDisk } from '../../src/member/sick-disk.js';

let directory: string;
let now: number;
let timers: { readonly at: number; readonly run: () => void }[];
let sick: SickDisk;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'reknit-sick-'));
  now = 0;
  timers = [];
  const clock = {
    now: () => now,
    wall: () => now,
    soon: (run: () => void) => run(),
    after: (delay: number, run: () => void) => {
      timers.push({ at: now + delay, run });
      return { cancel: () => undefined };
    },
  };
  sick = sickDisk(createNodeRuntime({ log: { log: () => undefined } }).disk, clock);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const written = (file: DiskFile): Promise<DiskError | undefined> =>
  new Promise((resolve) => file.writeAndSync(0, [Uint8Array.of(1, 2)], resolve));

test('a full disk takes nothing that needs room, keeps what it has room for, and is well again', () => {
  const file = sick.disk.open(join(directory, 'log'), 'create');
  file.preallocate(4096);
  sick.fill(100);
  expect(sick.disk.freeBytes(directory)).toBe(0);
  expect(() => file.preallocate(8192)).toThrow(/no space left/);
  expect(() => file.write(4095, Uint8Array.of(1, 2))).toThrow(/no space left/);
  file.write(0, Uint8Array.of(1));
  now = 100;
  file.preallocate(8192);
  expect(sick.disk.freeBytes(directory)).toBeGreaterThan(0);
  file.close();
});

test('one sync fails, and the next one does not', async () => {
  const file = sick.disk.open(join(directory, 'log'), 'create');
  sick.failNextSync();
  expect(await written(file)).toMatchObject({ code: 'io' });
  expect(await written(file)).toBeUndefined();
  file.close();
});

test('a slow disk is done with a write so much later', async () => {
  const file = sick.disk.open(join(directory, 'log'), 'create');
  sick.slow(40, 100);
  const late = written(file);
  await expect.poll(() => timers.length).toBe(1);
  expect(timers[0]?.at).toBe(40);
  timers[0]?.run();
  expect(await late).toBeUndefined();
  now = 100;
  expect(await written(file)).toBeUndefined();
  file.close();
});
