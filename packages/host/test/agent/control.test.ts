import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { utf8Encode } from '@reknit/base';
import type { EngineEvent } from '@reknit/recovery';
import { createNodeRuntime } from '@reknit/runtime/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { agentDirectory, controlAddress, writeAgentFile } from '../../src/agent/agent-files.js';
import { connectAgent } from '../../src/agent/connect-agent.js';
import { asCommand, type Command } from '../../src/agent/control-protocol.js';
import { type ControlServer, startControlServer } from '../../src/agent/control-server.js';
import { EventLog } from '../../src/agent/event-log.js';

const SECRET = 'a secret of the test cluster';
const runtime = createNodeRuntime({ log: { log: () => undefined } });

let directory: string;
let server: ControlServer;
let events: EventLog;
let executed: Command[];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'reknit-control-'));
  mkdirSync(agentDirectory(directory), { recursive: true });
  events = new EventLog();
  executed = [];
  const address = controlAddress(directory);
  server = await startControlServer({
    network: runtime.network,
    clock: runtime.clock,
    address,
    secret: utf8Encode(SECRET),
    events,
    execute: (command) => {
      executed.push(command);
      if (command.kind === 'incident') return Promise.reject(new Error('no such incident'));
      return Promise.resolve([]);
    },
  });
  offer(SECRET);
});
afterEach(() => {
  server.close();
  rmSync(directory, { recursive: true, force: true });
});

function offer(secret: string): void {
  const secretFile = join(directory, 'secret');
  writeFileSync(secretFile, secret);
  writeAgentFile(directory, { process: runtime.processes.self, address: controlAddress(directory), secretFile });
}

const event = (sequence: number): EngineEvent => ({
  sequence,
  at: sequence,
  text: `event ${sequence}`,
  about: { kind: 'decision' },
});

describe('the control socket', () => {
  it('answers each command to whoever asked it', async () => {
    const connection = await connectAgent(directory);
    const [incidents, refused] = await Promise.allSettled([connection.incidents(), connection.incident('x')]);
    expect(incidents).toEqual({ status: 'fulfilled', value: [] });
    expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'refused', message: 'no such incident' } });
    connection.close();
  });

  it('executes nothing for a client that does not know the secret', async () => {
    offer('another secret, also long');
    await expect(connectAgent(directory)).rejects.toMatchObject({ code: 'not-authenticated' });
    expect(executed).toEqual([]);
  });

  it.each([
    { kind: 'restart', subject: 'n1', by: 'x' },
    { kind: 'restart', subject: 'n1', by: 'x', force: 'yes' },
    { kind: 'pause', by: 'x', forMs: -1 },
    { kind: 'pause', by: 'x', forMs: 5, subject: 7 },
    { kind: 'resume' },
    { kind: 'toString' },
    null,
  ])('refuses what is no command: %j', (words) => {
    expect(asCommand(words)).toBeUndefined();
  });

  it('takes the known parts of a command and no others', () => {
    expect(asCommand({ kind: 'pause', by: 'x', forMs: 5, more: 1 })).toEqual({ kind: 'pause', by: 'x', forMs: 5 });
    expect(asCommand({ kind: 'resume', by: 'x', subject: 'n1' })).toEqual({ kind: 'resume', by: 'x', subject: 'n1' });
  });

  it('executes nothing before the proof', async () => {
    const closed = new Promise((resolve) => {
      const session = runtime.network.connect(controlAddress(directory), {
        onOpen: () => session.send([utf8Encode(JSON.stringify({ id: 1, command: { kind: 'stop-all', by: 'nobody' } }))]),
        onFrame: () => undefined,
        onClose: resolve,
      });
    });
    await closed;
    expect(executed).toEqual([]);
  });

  it('tells a follower what it missed, then what happens, once each and in order', async () => {
    for (const sequence of [1, 2, 3]) events.add(event(sequence));
    const connection = await connectAgent(directory);
    const seen: number[] = [];
    const five = new Promise<void>((resolve) => {
      void connection.subscribe(({ sequence }) => {
        seen.push(sequence);
        if (sequence === 3) for (const next of [4, 5]) events.add(event(next));
        if (sequence === 5) resolve();
      }, 1);
    });
    await five;
    expect(seen).toEqual([2, 3, 4, 5]);
    connection.close();
  });

  it('says that no agent runs when none has, and when it has ended', async () => {
    server.close();
    await expect(connectAgent(directory)).rejects.toMatchObject({ code: 'not-running' });
    await expect(connectAgent(join(directory, 'elsewhere'))).rejects.toMatchObject({ code: 'not-running' });
  });

  it('fits a socket for a data directory of any depth', () => {
    const address = controlAddress(`/${'deep/'.repeat(60)}`);
    expect(address.length).toBeLessThan(107);
    expect(address).not.toBe(controlAddress(`/${'deep/'.repeat(61)}`));
  });
});
