// Where and with what a result was measured: a figure without it says nothing.
import { execFileSync } from 'node:child_process';
import { statfsSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const TMPFS = 0x0102_1994;

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGigabytes: number;
  readonly kernel: string;
  readonly node: string;
  /** With `+` behind it when the checkout held changes. */
  readonly commit: string;
  /** Of the last minute, when the run began: others' work shows in the figures. */
  readonly loadBefore: number;
  readonly disk: string;
}

export function describeMachine(dataDirectory: string): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    kernel: `${type()} ${release()}`,
    node: process.version,
    commit: `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain') === '' ? '' : '+'}`,
    loadBefore: Math.round(loadavg()[0]! * 100) / 100,
    disk: diskOf(dataDirectory),
  };
}

/** In memory a sync costs nothing: what is measured there says nothing of a disk. */
export const isInMemory = (directory: string): boolean => statfsSync(directory).type === TMPFS;

function diskOf(directory: string): string {
  try {
    return execFileSync('df', ['--output=fstype,source', directory], { encoding: 'utf8' })
      .split('\n')[1]!
      .replace(/\s+/g, ' ')
      .trim();
  } catch {
    return 'unknown';
  }
}

function git(...words: readonly string[]): string {
  try {
    return execFileSync('git', words, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'unknown';
  }
}
