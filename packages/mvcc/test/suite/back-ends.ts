// Every behaviour is tested over both kinds of pages.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryPagesHome, type PagesHome } from '@reknit/mvcc';
import { lmdbPagesHome } from '@reknit/mvcc/lmdb';
import { afterAll } from 'vitest';

export interface BackEnd {
  readonly name: string;
  newHome(): PagesHome;
}

export function backEnds(): readonly BackEnd[] {
  const directories: string[] = [];
  afterAll(() => {
    for (const directory of directories) rmSync(directory, { recursive: true, force: true });
  });
  const newLmdb = (): PagesHome => {
    const directory = mkdtempSync(join(tmpdir(), 'reknit-mvcc-'));
    directories.push(directory);
    return lmdbPagesHome({ directory });
  };
  return [
    { name: 'memory', newHome: () => memoryPagesHome() },
    { name: 'LMDB', newHome: newLmdb },
  ];
}
