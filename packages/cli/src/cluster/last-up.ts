// The last cluster that this user started, so that commands need not be told which one they are about.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

export interface LastUp {
  /** Absolute. */
  readonly dataDir: string;
  readonly endpoints: readonly string[];
}

function statePath(): string {
  const { XDG_STATE_HOME } = process.env;
  const base = XDG_STATE_HOME?.startsWith('/') ? XDG_STATE_HOME : join(homedir(), '.local', 'state');
  return join(base, 'reknit', 'last-up.json');
}

/** Best effort: a cluster runs without it, and commands can be told with --endpoints. */
export function rememberUp(up: LastUp): void {
  try {
    mkdirSync(dirname(statePath()), { recursive: true });
    writeFileSync(statePath(), `${JSON.stringify(up)}\n`);
  } catch {
    // A home that cannot be written to.
  }
}

export function readLastUp(): LastUp | undefined {
  try {
    const value: Partial<LastUp> | null = JSON.parse(readFileSync(statePath(), 'utf8'));
    if (typeof value?.dataDir !== 'string' || !Array.isArray(value.endpoints)) return undefined;
    return { dataDir: value.dataDir, endpoints: value.endpoints.map(String) };
  } catch {
    return undefined;
  }
}
