import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createNodeClock, createNodeDisk } from '@reknit/runtime/node';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openWal, type Wal } from '../src/index.js';
import { appendOf, contentOf, entryOf, identityOf } from './support.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'reknit-wal-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function open(): Wal {
  const onFatal = (error: Error): void => {
    throw error;
  };
  const runtime = { disk: createNodeDisk(), clock: createNodeClock() };
  const opened = openWal(runtime, {
    directory: join(directory, 'wal'),
    incarnation: 'node',
    segmentBytes: 64 * 1024,
    cacheBytes: 0,
    onFatal,
  });
  if (!opened.ok) throw new Error(opened.hint);
  return opened.wal;
}

it('on a real disk, a log that rolls over many segments and drops some of them is all there after a restart', async () => {
  const wal = open();
  wal.createGroup(identityOf(1), { index: 0, round: 0 });
  for (let index = 1; index <= 500; index++) {
    const append = appendOf(1, { entries: [entryOf(index, 1, `${index} `.repeat(200))] });
    if (index % 4 === 0) await new Promise<void>((durable) => wal.append([append], durable));
    else wal.append([append], () => {});
    if (index === 300) await new Promise<void>((durable) => wal.setBase({ ...identityOf(1), index: 200, round: 1 }, durable));
  }
  const content = contentOf(wal, 1);
  expect(content).toHaveLength(300);
  const { segments } = wal.statistics();
  expect(segments).toBeGreaterThan(2);
  expect(readdirSync(join(directory, 'wal')).length).toBeLessThanOrEqual(segments + 1);
  wal.close();
  const again = open();
  expect(contentOf(again, 1)).toEqual(content);
  again.close();
});
