// How a human is told: a webhook or a command. Both get the same JSON, and a key by which they can drop what comes twice.
import { spawn } from 'node:child_process';
import type { Millis } from '@reknit/base';
import type { HumanPage, PageChannel } from '@reknit/recovery';
import type { PageSpec } from './agent-config.js';

/** A pager service that takes longer is asked again. */
const WEBHOOK_TIMEOUT_MS: Millis = 10_000;
const COMMAND_TIMEOUT_MS: Millis = 30_000;

export function channelOf(spec: PageSpec): PageChannel {
  if ('webhook' in spec) return { name: `webhook ${new URL(spec.webhook).host}`, send: (page) => post(spec.webhook, page) };
  const [command, ...args] = spec.command;
  return { name: `command ${command}`, send: (page) => run(command, args, page) };
}

const asText = (page: HumanPage): string => JSON.stringify({ format: 1, ...page });

async function post(url: string, page: HumanPage): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': page.key },
    body: asText(page),
    signal: AbortSignal.timeout(WEBHOOK_TIMEOUT_MS),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`it answered ${response.status}`);
}

function run(command: string, args: readonly string[], page: HumanPage): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['pipe', 'ignore', 'ignore'],
      env: { ...process.env, REKNIT_PAGE_KEY: page.key, REKNIT_INCIDENT: page.incident },
      timeout: COMMAND_TIMEOUT_MS,
    });
    child.on('error', reject);
    child.on('exit', (code, signal) =>
      code === 0 ? resolve() : reject(new Error(`it ended with ${signal ?? `exit code ${code}`}`)),
    );
    // It may end without having read.
    child.stdin.on('error', () => undefined);
    child.stdin.end(asText(page));
  });
}
