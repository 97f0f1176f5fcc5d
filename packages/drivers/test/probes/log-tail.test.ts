import { appendFileSync, mkdirSync, readdirSync, renameSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LogTail, TailPosition } from '@reknit/recovery';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLogTail } from '../../src/probes/log-tail.js';
import { type Scratch, scratchDirectory } from '../support/scratch.js';

let scratch: Scratch;
let path: string;
const tails: LogTail[] = [];
beforeEach(() => {
  scratch = scratchDirectory();
  path = join(scratch.path, 'web.log');
});
afterEach(() => {
  for (const tail of tails.splice(0)) tail.close();
  scratch.remove();
});

function open(from: TailPosition | 'end' = 'end'): LogTail {
  const tail = createLogTail(path, from);
  tails.push(tail);
  return tail;
}

describe('the tail of a log', () => {
  test('begins at the end, and gives whole lines', () => {
    writeFileSync(path, 'old\n');
    const tail = open();
    expect(tail.read().lines).toEqual([]);
    appendFileSync(path, 'one\ntw');
    expect(tail.read().lines).toEqual(['one']);
    appendFileSync(path, 'o\n');
    expect(tail.read().lines).toEqual(['two']);
  });

  test('begins where it was told to, or anew if that place is gone', () => {
    writeFileSync(path, 'one\ntwo\nthr');
    const before = open({ file: 0, offset: 0 });
    expect(before.read().lines).toEqual(['one', 'two']);
    const { position } = before.read();
    appendFileSync(path, 'ee\n');
    expect(open(position!).read().lines).toEqual(['three']);
    truncateSync(path, 0);
    appendFileSync(path, 'new\n');
    expect(open(position!).read().lines).toEqual(['new']);
  });

  test('a file that appears later is read from its beginning', () => {
    const tail = open();
    expect(tail.read()).toEqual({ lines: [], skippedBytes: 0, position: undefined });
    writeFileSync(path, 'first\n');
    expect(tail.read().lines).toEqual(['first']);
  });

  test('nothing is lost when the file is renamed and a new one takes its name', () => {
    writeFileSync(path, '');
    const tail = open();
    appendFileSync(path, 'a\n');
    renameSync(path, `${path}.1`);
    appendFileSync(`${path}.1`, 'b\nlast words');
    expect(tail.read().lines).toEqual(['a', 'b']);
    writeFileSync(path, 'c\n');
    expect(tail.read().lines).toEqual(['last words', 'c']);
    appendFileSync(path, 'd\n');
    expect(tail.read().lines).toEqual(['d']);
  });

  test('a file that shrank begins anew', () => {
    writeFileSync(path, 'a long line before\n');
    const tail = open();
    truncateSync(path, 0);
    appendFileSync(path, 'after\n');
    expect(tail.read().lines).toEqual(['after']);
  });

  test('a file that is removed and written again is found again', () => {
    writeFileSync(path, 'a\n');
    const tail = open();
    unlinkSync(path);
    expect(tail.read().lines).toEqual([]);
    writeFileSync(path, 'b\n');
    expect(tail.read().lines).toEqual(['b']);
  });

  test('of a flood the newest megabyte is read, and the rest is told', () => {
    writeFileSync(path, '');
    const tail = open();
    appendFileSync(path, 'x'.repeat(99).concat('\n').repeat(30_000));
    const { lines, skippedBytes } = tail.read();
    expect(skippedBytes).toBe(3_000_000 - 1024 * 1024);
    expect(lines.length).toBeGreaterThan(10_000);
    expect(new Set(lines)).toEqual(new Set(['x'.repeat(99)]));
  });

  test('a line without an end does not grow in memory: its beginning is told once', () => {
    writeFileSync(path, '');
    const tail = open();
    const told: string[] = [];
    for (let part = 0; part < 10; part++) {
      appendFileSync(path, 'y'.repeat(50_000));
      told.push(...tail.read().lines);
    }
    appendFileSync(path, '\nnext\n');
    told.push(...tail.read().lines);
    expect(told.map(({ length }) => length)).toEqual([65_536, 4]);
    expect(told.at(-1)).toBe('next');
  });

  test('characters of several bytes survive being read in two parts', () => {
    writeFileSync(path, '');
    const tail = open();
    const bytes = Buffer.from('内存不足\n');
    appendFileSync(path, bytes.subarray(0, 4));
    expect(tail.read().lines).toEqual([]);
    appendFileSync(path, bytes.subarray(4));
    expect(tail.read().lines).toEqual(['内存不足']);
  });

  test('a directory has no lines', () => {
    mkdirSync(path);
    expect(open().read().lines).toEqual([]);
  });

  test('closed, it holds no file', () => {
    writeFileSync(path, '');
    const held = (): number => readdirSync('/proc/self/fd').length;
    const before = held();
    const tail = open();
    tail.read();
    renameSync(path, `${path}.1`);
    writeFileSync(path, '');
    tail.read();
    expect(held()).toBe(before + 1);
    tail.close();
    expect(held()).toBe(before);
  });
});
