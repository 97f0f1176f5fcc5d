// Agents and nodes as real processes: the nodes are fakes that prove who they are, the store is the test's.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Incident } from '@reknit/recovery';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
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
    expect(now).toEqual(['n2: parked']);
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
