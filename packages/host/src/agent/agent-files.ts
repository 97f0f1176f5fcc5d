// Where an agent keeps what is its own, and how others find it: `agent.json` names the living agent's control address.
import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { ProcessIdentity } from '@reknit/runtime';
import { AgentError } from './agent-error.js';

export interface AgentFile {
  readonly process: ProcessIdentity;
  readonly address: string;
  readonly secretFile: string;
  /** Where its metrics were served. */
  readonly metricsUrl?: string;
}

/** The kernel's `sun_path`, with its closing zero. */
const SOCKET_PATH_MAX = 107;
/** As the members demand it. */
const SECRET_BYTES_MIN = 16;

export const agentDirectory = (dataDir: string): string => join(resolve(dataDir), 'agent');
export const journalDirectory = (dataDir: string): string => join(agentDirectory(dataDir), 'journal');
export const lockPath = (dataDir: string): string => join(agentDirectory(dataDir), 'lock');

/** Of the components that are no nodes: logs, and where instances were moved to. */
export const componentsDirectory = (dataDir: string): string => join(resolve(dataDir), 'components');

/** While this file is there, the agent only observes. */
export const killSwitchPath = (dataDir: string): string => join(agentDirectory(dataDir), 'kill-switch');

/** A deep data directory would not fit: its socket moves to the directory for temporary files, under a name of its own. */
export function controlAddress(dataDir: string): string {
  const path = join(agentDirectory(dataDir), 'control.sock');
  if (Buffer.byteLength(path) <= SOCKET_PATH_MAX) return `unix:${path}`;
  const digest = createHash('sha256').update(path).digest('hex').slice(0, 16);
  return `unix:${join(tmpdir(), `reknit-agent-${digest}.sock`)}`;
}

/** Complete or not there at all. */
export function writeAgentFile(dataDir: string, file: AgentFile): void {
  const path = join(agentDirectory(dataDir), 'agent.json');
  writeFileSync(`${path}.new`, `${JSON.stringify(file)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

export function readAgentFile(dataDir: string): AgentFile | undefined {
  try {
    // Written by `writeAgentFile` alone, whole.
    return JSON.parse(readFileSync(join(agentDirectory(dataDir), 'agent.json'), 'utf8')) as AgentFile;
  } catch {
    return undefined;
  }
}

export function readSecret(secretFile: string): Uint8Array {
  let secret: Uint8Array;
  try {
    secret = readFileSync(secretFile);
  } catch (cause) {
    throw new AgentError(
      'bad-config',
      `cannot read the secret file ${secretFile}: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
  if (secret.length < SECRET_BYTES_MIN) {
    throw new AgentError(
      'bad-config',
      `the secret in ${secretFile} is shorter than ${SECRET_BYTES_MIN} bytes: make one with  head -c 32 /dev/urandom > ${secretFile}`,
    );
  }
  return secret;
}
