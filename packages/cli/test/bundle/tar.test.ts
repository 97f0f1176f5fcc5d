import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type TarFile, tar } from '../../src/bundle/tar.js';

const file = (path: string, content: string): TarFile => ({ path, content: Buffer.from(content), modifiedAt: 1_700_000_000_000 });

test('the tar of this machine reads back what was packed, also empty, odd and long ones', () => {
  const files = [
    file('b/empty', ''),
    file('b/one block', 'x'.repeat(512)),
    file('b/odd', 'y'.repeat(1025)),
    file('b/names/ä.txt', 'ö\n'),
    file(`${'deep/'.repeat(30)}${'n'.repeat(60)}`, 'deep'),
  ];
  const directory = mkdtempSync(join(tmpdir(), 'reknit-tar-'));
  writeFileSync(join(directory, 'a.tar'), tar(files));
  const { status, stderr, stdout } = spawnSync('tar', ['-xvf', 'a.tar'], { cwd: directory, encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout.trim().split('\n')).toHaveLength(files.length);
  for (const { path, content } of files) expect(readFileSync(join(directory, path))).toEqual(content);
  rmSync(directory, { recursive: true });
});

test('a path that no header can hold is refused, not cut', () => {
  expect(() => tar([file('n'.repeat(101), '')])).toThrow(/path/);
});
