// Agents and nodes as real processes: the nodes are fakes that prove who they are, the store is the test's.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Incident } from '@reknit/recovery';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { killSwitchPath } from '../../src/agent/agent-files.js';
import { bundleAgent, eventually, isAlive, Machine } from './support/machine.js';

const scratch = mkdtempSync(join(tmpdir(), 'reknit-agent-bundle-'));
let program: string;
let machine: Machine | undefined;

beforeAll(async () => {
  program = await bundleAgent(scratch);
});
afterEach(async () => {
  await machine?.remove();
  machine = undefined;
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

async function healthy(extra: Readonly<Record<string, readonly string[]>> = {}): Promise<Machine> {
  machine = await Machine.create({ program, extra });
  await machine.startAgent();
  await machine.allLiving();
  return machine;
}

describe('the agent', () => {
  it('brings a killed node back: diagnosed as a crash, restarted, verified, resolved', async () => {
    const here = await healthy();
    const killed = await here.pidOf('n1');
    process.kill(killed, 'SIGKILL');
    await here.told(/^n1: resolved/);
    const [incident] = await here.agent.incidents();
    expect(incident?.diagnosis?.verdict).toBe('crash');
    expect(incident?.patient.exit).toEqual({ signal: 'SIGKILL' });
    expect(incident?.phase).toMatchObject({ kind: 'resolved', by: 'engine' });
    expect(Object.keys(incident?.times ?? {}).sort()).toEqual(['mttd', 'mttm', 'mttr', 'mtta'].sort());
    expect(await here.pidOf('n1')).not.toBe(killed);
    await eventually(async () => stored(here, incident!.id)?.phase.kind === 'resolved');
    expect((await here.agent.incident(incident!.id.slice(0, 8))).id).toBe(incident!.id);
  });

  it('fences a node that was stopped, keeps what the kernel showed of it, and replaces it', async () => {
    const here = await healthy();
    const stopped = await here.pidOf('n2');
    process.kill(stopped, 'SIGSTOP');
    await here.told(/^n2: resolved/);
    const [incident] = await here.agent.incidents();
    expect(incident?.diagnosis?.verdict).toBe('hang');
    expect(incident?.runs.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual(['fence succeeded', 'restart succeeded']);
    expect(incident?.kept?.find(({ source }) => source === 'status')?.text).toContain('State: T');
    expect(incident?.moments.onsetSource).toBe('last heartbeat');
    expect(isAlive(stopped)).toBe(false);
    expect(await here.pidOf('n2')).not.toBe(stopped);
  });

  it('knows a blocked event loop from a hang by what its thread does, gives it time, then replaces it', async () => {
    const here = await healthy();
    const pid = await here.pidOf('n2');
    await here.block('n2', 120_000);
    await here.told(/^n2: resolved/);
    const [incident] = await here.agent.incidents();
    expect(incident?.diagnosis?.verdict).toBe('blocked-loop');
    expect(incident?.runs.at(-2)).toMatchObject({ action: 'fence', outcome: 'succeeded' });
    expect(await here.pidOf('n2')).not.toBe(pid);
  });

  it('only observes while the kill switch is there, and while it is paused', async () => {
    const here = await healthy();
    writeFileSync(killSwitchPath(here.directory), '');
    process.kill(await here.pidOf('n1'), 'SIGKILL');
    await here.told(/^n1: is down and not started: the kill switch .* is present/);
    expect((await here.agent.status()).killSwitch).toEqual({ path: killSwitchPath(here.directory), state: 'present' });
    expect((await here.agent.why()).now[0]).toContain('only observing: the kill switch');
    await expect(here.agent.restart('n2')).rejects.toMatchObject({ code: 'refused' });
    expect(await here.agent.pause(60_000, { by: 'the test' })).toMatchObject([{ by: 'the test' }]);
    rmSync(killSwitchPath(here.directory));
    expect((await here.agent.status()).subjects.find(({ subject }) => subject === 'n1')?.state).toBe('held');
    expect(await here.agent.resume()).toEqual([]);
    await here.told(/^n1: resolved/);
  });

  it('restarts a node when it is asked to, in order, and records it', async () => {
    const here = await healthy();
    const before = await here.pidOf('n3');
    const begun = await here.agent.restart('n3', { by: 'the test' });
    expect(begun.request).toEqual({ action: 'restart', by: 'the test' });
    await here.told(/^n3: resolved/);
    const incident = await here.agent.incident(begun.id);
    expect(incident.phase.kind).toBe('resolved');
    expect(incident.runs[0]).toMatchObject({ action: 'stop', outcome: 'succeeded' });
    expect(await here.pidOf('n3')).not.toBe(before);
    await expect(here.agent.restart('n9')).rejects.toMatchObject({ message: expect.stringContaining('no component "n9"') });
  });

  it('brings all back when all are killed at once', async () => {
    const here = await healthy();
    for (const name of ['n1', 'n2', 'n3']) process.kill(await here.pidOf(name), 'SIGKILL');
    for (const name of ['n1', 'n2', 'n3']) await here.told(new RegExp(`^${name}: resolved`));
    await here.allLiving();
  });

  it('does nothing about a planned stop, says why, and starts the node at its end', async () => {
    const here = await healthy();
    const before = await here.pidOf('n2');
    expect(await here.agent.plannedStop('n2', 1500, 'the test')).toBe('terminated');
    await here.told(/^n2: exit code 0 with planned stop mark by the test for another .*: planned-stop, nothing done/);
    expect(isAlive(before)).toBe(false);
    const { decisions, now } = await here.agent.why('n2');
    expect(now).toContain('n2: parked: stopped on purpose by the test');
    expect(decisions.at(-1)?.text).toContain('nothing done');
    await here.told(/^n2: the planned stop is over/);
    await here.allLiving();
    expect(await here.agent.incidents()).toEqual([]);
  });

  it('waits longer each time for a node that fails at once, and tells its last words', async () => {
    machine = await Machine.create({ program, extra: { n3: ['--exit-code', '1'] } });
    await machine.startAgent();
    await machine.told(/^n3: restart, attempt 4/);
    const incident = (await machine.agent.incidents())[0]!;
    const delays = incident.runs.map((run) => run.delayMs);
    expect(delays[0]).toBe(0);
    for (let at = 2; at < delays.length; at++) expect(delays[at]).toBeGreaterThan(delays[at - 1]!);
    expect(incident.diagnosis?.facts.lastWords).toBe('fatal: told to fail');
    expect(incident.diagnosis?.facts.exit).toEqual({ code: 1 });
  });

  it('killed itself leaves its nodes alive; the next agent adopts the same processes', async () => {
    const here = await healthy();
    const pids = await Promise.all(['n1', 'n2', 'n3'].map((name) => here.pidOf(name)));
    await here.endAgent('SIGKILL');
    expect(pids.every(isAlive)).toBe(true);
    await here.startAgent();
    await here.allLiving();
    expect(await Promise.all(['n1', 'n2', 'n3'].map((name) => here.pidOf(name)))).toEqual(pids);
    expect(await here.agent.incidents()).toEqual([]);
  });

  it('ended by a signal leaves its nodes alive too', async () => {
    const here = await healthy();
    const pid = await here.pidOf('n1');
    await here.endAgent('SIGTERM');
    expect(isAlive(pid)).toBe(true);
    await here.startAgent();
  });

  it('killed in the middle of an incident: the next agent finishes it under the same id', async () => {
    const here = await healthy();
    process.kill(await here.pidOf('n1'), 'SIGKILL');
    const detected = await here.told(/^n1: pid \d+ is gone/);
    await here.endAgent('SIGKILL');
    here.events.splice(0);
    await here.startAgent();
    await here.told(/^n1: resolved/);
    const incidents = await here.agent.incidents();
    expect(incidents.map((incident) => incident.id)).toEqual([detected.about.kind === 'phase' ? detected.about.incident.id : '']);
  });

  it('finds what died while no agent watched', async () => {
    const here = await healthy();
    const pid = await here.pidOf('n2');
    await here.endAgent('SIGKILL');
    process.kill(pid, 'SIGKILL');
    here.events.splice(0);
    await here.startAgent();
    await here.told(/^n2: resolved/);
    const [incident] = await here.agent.incidents();
    expect(incident?.moments.onsetSource).toBe('found dead');
  });

  it('adopted nodes are healed as its own children are', async () => {
    const here = await healthy();
    await here.endAgent('SIGKILL');
    await here.startAgent();
    await here.allLiving();
    process.kill(await here.pidOf('n3'), 'SIGKILL');
    await here.told(/^n3: resolved/);
  });

  it('stops all nodes on request and ends; the next agent starts them without an incident', async () => {
    const here = await healthy();
    const pids = await Promise.all(['n1', 'n2', 'n3'].map((name) => here.pidOf(name)));
    const { agent } = here;
    expect(await agent.stopAll('the test')).toEqual({ n1: 'terminated', n2: 'terminated', n3: 'terminated' });
    await agent.closed;
    expect(pids.some(isAlive)).toBe(false);
    await here.startAgent();
    await here.allLiving();
    expect(await here.agent.incidents()).toEqual([]);
  });
});

function stored(here: Machine, id: string): Incident | undefined {
  const last = here.storeWrites.findLast((write) => write.key === `reknit/incidents/${id}`);
  return last === undefined ? undefined : (JSON.parse(last.value) as Incident);
}
