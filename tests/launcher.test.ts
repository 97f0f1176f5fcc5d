import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { digestSources, isCheckout, isStale, withLock } from '../packages/cli/bin/build-if-stale.mjs';

let root: string;
const write = (path: string, text: string): void => {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), text);
};

const writePackage = (): void => {
  write('packages/next/tsconfig.json', '{}');
  write('packages/next/src/index.ts', '');
};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'reknit-launcher-'));
  write('tsconfig.base.json', '{}');
  write('packages/base/tsconfig.json', '{}');
  write('packages/base/src/index.ts', 'export {};');
  write('packages/base/dist/index.js', '');
  write('dist/.built', digestSources(root));
});
afterEach(() => rmSync(root, { recursive: true }));

test('an unchanged checkout is not built again', () => {
  expect(isCheckout(root)).toBe(true);
  expect(isStale(root)).toBe(false);
});

test('an installed package without sources is no checkout', () => {
  rmSync(join(root, 'packages/base/src'), { recursive: true });
  expect(isCheckout(root)).toBe(false);
});

test.each([
  ['a changed source', () => write('packages/base/src/index.ts', 'export const a = 1;')],
  ['a source restored to an older time', () => utimesSync(join(root, 'packages/base/src/index.ts'), 1, 1)],
  ['a new source', () => write('packages/base/src/deep/new.ts', '')],
  ['a deleted source', () => rmSync(join(root, 'packages/base/src/index.ts'))],
  ['a removed build', () => rmSync(join(root, 'packages/base/dist'), { recursive: true })],
  ['a new package', writePackage],
  ['a changed setting of the compiler', () => write('tsconfig.base.json', '{ }')],
])('%s makes the build stale', (_what, change) => {
  change();
  expect(isStale(root)).toBe(true);
});

test('the lock of a dead launcher is taken over', async () => {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  write('dist/.build-lock', String(child.pid));
  expect(withLock(join(root, 'dist'), () => 'done')).toBe('done');
  expect(existsSync(join(root, 'dist/.build-lock'))).toBe(false);
});

test('two launchers at once never build at the same time', async () => {
  const module = new URL('../packages/cli/bin/build-if-stale.mjs', import.meta.url).href;
  const script = `
    import { appendFileSync } from 'node:fs';
    import { withLock } from '${module}';
    const note = (text) => appendFileSync('${root}/notes', text);
    withLock('${root}/dist', () => { note('<'); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20); note('>'); });`;
  const children = [1, 2, 3].map(() => spawn(process.execPath, ['--input-type=module', '-e', script]));
  await Promise.all(children.map((child) => once(child, 'exit')));
  expect(readFileSync(join(root, 'notes'), 'utf8')).toBe('<><><>');
});
