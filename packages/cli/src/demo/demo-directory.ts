// Where the demo lives. Its data is worth nothing, so an earlier demo's directory is replaced; a directory that is not a demo's
// is never touched, and neither is a demo that somebody still watches.
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Processes, ProcessIdentity } from '@reknit/runtime';
import { CliError } from '../cli-error.js';
import { findAgent } from '../cluster/agent-keeper.js';
import { cannotWrite, readLayout } from '../cluster/layout.js';
import { markStopping } from '../cluster/stop-mark.js';
import { EXIT } from '../exit-codes.js';
import { sleep } from '../sleep.js';

const GONE_WITHIN_MS = 20_000;
const GONE_POLL_MS = 20;

const watcherPath = (dataDir: string): string => join(dataDir, 'demo.json');

/** Empties it. @param say told what was found there */
export async function prepareDirectory(directory: string, processes: Processes, say: (text: string) => void): Promise<string> {
  const dataDir = resolve(directory);
  if (!hasEntries(dataDir)) return dataDir;
  if (readLayout(dataDir)?.purpose !== 'demo') {
    throw new CliError(`${dataDir} is not empty and holds no demo`, 'name another directory with --data', EXIT.usage);
  }
  const watcher = readWatcher(dataDir);
  if (watcher !== undefined && processes.state(watcher) !== 'gone') {
    throw new CliError(`a demo runs there already (pid ${watcher.pid}, ${dataDir})`, 'end it with Ctrl-C, or use another --data');
  }
  if (await stopLeftOver(dataDir, processes)) say('an earlier demo was still running without anyone watching it: it was stopped');
  try {
    rmSync(dataDir, { recursive: true, force: true });
  } catch (error) {
    throw cannotWrite(dataDir, error);
  }
  return dataDir;
}

/** Says that this process watches the demo. */
export function claim(dataDir: string, { self }: Processes): void {
  writeFileSync(watcherPath(dataDir), `${JSON.stringify(self)}\n`);
}

async function stopLeftOver(dataDir: string, processes: Processes): Promise<boolean> {
  const agent = await findAgent(dataDir);
  if (agent === undefined) return false;
  const { process, subjects } = await agent.status();
  const living = [process, ...subjects.flatMap((subject) => subject.process ?? [])];
  markStopping(dataDir);
  await agent.stopAll('a new demo');
  const deadline = performance.now() + GONE_WITHIN_MS;
  while (living.some((identity) => processes.state(identity) !== 'gone') && performance.now() < deadline)
    await sleep(GONE_POLL_MS);
  return true;
}

function readWatcher(dataDir: string): ProcessIdentity | undefined {
  try {
    // Written by `claim` alone.
    return JSON.parse(readFileSync(watcherPath(dataDir), 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}

function hasEntries(directory: string): boolean {
  if (statSync(directory, { throwIfNoEntry: false }) === undefined) return false;
  try {
    return readdirSync(directory).length > 0;
  } catch (error) {
    throw cannotWrite(directory, error);
  }
}
