import { describe, expect, it } from 'vitest';
import type { Incident } from '../src/index.js';
import { World } from './support/world.js';

const only = (incidents: readonly Incident[]): Incident => {
  expect(incidents).toHaveLength(1);
  return incidents[0]!;
};

describe('the engine', () => {
  it('starts what does not live, and opens no incident for it', async () => {
    const world = new World();
    const agent = await world.healthy();
    expect(world.starts.map((start) => start.subject)).toEqual(['n1', 'n2', 'n3']);
    expect(agent.engine.incidents()).toEqual([]);
  });

  it('brings a killed leader back, verifies it, and tells the four times', async () => {
    const world = new World();
    const agent = await world.healthy();
    world.kill('n1');
    await world.clock.advance(1);
    await agent.settled();
    const incident = only(agent.engine.incidents());
    expect(incident.phase.kind).toBe('resolved');
    expect(incident.diagnosis?.verdict).toBe('crash');
    expect(incident.history.map((step) => step.phase)).toEqual([
      'detected',
      'diagnosed',
      'planned',
      'recovering',
      'verifying',
      'resolved',
    ]);
    const { mttd, mtta, mttm, mttr } = incident.times;
    expect(mttd).toBeLessThanOrEqual(1);
    expect(mtta).toBeLessThan(20);
    expect(mttm).toBeGreaterThanOrEqual(40);
    expect(mttm).toBeLessThan(80);
    expect(mttr).toBeGreaterThan(80);
    expect(mttr).toBeLessThan(300);
  });

  it('resolves only while the verified boot is the living boot', async () => {
    const world = new World();
    const agent = await world.healthy();
    world.kill('n2');
    await world.clock.advance(1);
    await agent.settled();
    const { phase } = only(agent.engine.incidents());
    expect(phase).toMatchObject({ kind: 'resolved', by: 'engine', boot: { bootId: world.living('n2')?.bootId } });
  });

  it('needs no store for a reflex: all killed at once are all restarted before any of them serves', async () => {
    const world = new World({ bootMs: 400 });
    const agent = await world.healthy();
    const before = world.starts.length;
    for (const subject of world.subjects) world.kill(subject);
    await world.clock.advance(50);
    expect(
      world.starts
        .slice(before)
        .map((start) => start.subject)
        .sort(),
    ).toEqual(['n1', 'n2', 'n3']);
    await agent.settled();
    expect(agent.engine.incidents().map((incident) => incident.phase.kind)).toEqual(['resolved', 'resolved', 'resolved']);
  });

  it('never starts anything without an intent that is durable in the journal', async () => {
    const world = new World();
    world.onStart = (_subject, token) => {
      const durable = [...world.disk.files.values()].map((file) => new TextDecoder().decode(file.synced)).join('');
      expect(durable).toContain(`"token":"${token}"`);
    };
    const agent = await world.healthy();
    for (const subject of ['n3', 'n1']) world.kill(subject);
    await world.clock.advance(1);
    await agent.settled();
    expect(world.starts).toHaveLength(5);
  });

  it('brings the record of an incident into _system, where it only moves forward', async () => {
    const world = new World();
    const agent = await world.healthy();
    world.kill('n1');
    await world.clock.advance(1);
    await agent.settled();
    const writes = world.decodedWrites('reknit/incidents/') as Incident[];
    expect(writes.length).toBeGreaterThan(3);
    const changes = writes.map((incident) => incident.change);
    expect(changes).toEqual([...changes].sort((a, b) => a - b));
    expect(writes.at(-1)).toEqual(only(agent.engine.incidents()));
  });

  it('does nothing about a planned stop until its end, and says why', async () => {
    const world = new World();
    const agent = await world.healthy();
    const stopped = agent.engine.plannedStop('n2', 5000, 'operator');
    await world.clock.advance(100);
    expect(await stopped).toBe('terminated');
    await world.clock.advance(4000);
    expect(world.living('n2')).toBeUndefined();
    expect(agent.engine.incidents()).toEqual([]);
    expect(
      agent.engine
        .why('n2')
        .decisions.map((decision) => decision.text)
        .join('\n'),
    ).toMatch(/n2: exit code 0 with planned stop mark by operator for another .* s: planned-stop, nothing done/);
    await world.clock.advance(2000);
    await agent.settled();
    expect(world.living('n2')).toBeDefined();
    expect(agent.engine.incidents()).toEqual([]);
  });

  it('keeps a planned stop over its own restart', async () => {
    const world = new World();
    const first = await world.healthy();
    void first.engine.plannedStop('n2', 60_000, 'operator');
    await world.clock.advance(100);
    first.kill();
    const second = world.startAgent();
    await world.clock.advance(1000);
    expect(second.stateOf('n2')).toBe('parked');
    expect(world.living('n2')).toBeUndefined();
  });

  it('starts everything again after a stop of all, without an incident', async () => {
    const world = new World();
    const first = await world.healthy();
    void first.engine.stopAll('reknit down');
    await world.clock.advance(100);
    expect(world.processes.size).toBe(0);
    void first.engine.stop();
    first.kill();
    const second = await world.healthy();
    expect(second.engine.incidents()).toEqual([]);
  });

  it('waits longer before each restart of a node that ends again and again, and resolves once it holds', async () => {
    const world = new World({ failing: (subject, nth) => subject === 'n3' && nth > 0 && nth < 5 });
    const agent = await world.healthy();
    world.kill('n3');
    await world.clock.advance(1);
    await agent.settled();
    const starts = world.starts.filter((start) => start.subject === 'n3').map((start) => start.at);
    const gaps = starts.slice(2).map((at, index) => at - starts[index + 1]!);
    expect(gaps).toHaveLength(4);
    for (let at = 1; at < gaps.length; at++) expect(gaps[at]).toBeGreaterThan(gaps[at - 1]!);
    const incident = only(agent.engine.incidents());
    expect(incident.phase.kind).toBe('resolved');
    expect(incident.attempt).toBe(5);
  });

  it('opens the next attempt when the subject ends again during its soak', async () => {
    const world = new World();
    const agent = await world.healthy();
    world.kill('n2');
    await world.clock.until(() => world.events.some((event) => event.text.includes('redundancy: 3 of 3')));
    world.kill('n2');
    await world.clock.advance(1);
    await agent.settled();
    const incident = only(agent.engine.incidents());
    expect(incident.phase.kind).toBe('resolved');
    expect(incident.attempt).toBe(2);
  });

  it('ends a verification with the boot that it was about, however long the next one takes', async () => {
    const world = new World({ bootMs: 5000, settings: { verification: { soakMs: 300, timeoutMs: 2000, retryMs: 50 } } });
    const agent = await world.healthy();
    world.kill('n2');
    await world.clock.until(() => world.events.some((event) => event.text.includes('redundancy: 3 of 3')));
    world.kill('n2');
    await world.clock.advance(1);
    await agent.settled();
    expect(only(agent.engine.incidents()).phase).toMatchObject({
      kind: 'resolved',
      boot: { bootId: world.living('n2')?.bootId },
    });
  });

  it.each(['diagnosing', 'waiting'])('makes no incident of a node that was %s when all was stopped', async (state) => {
    const world = new World({ failing: (subject, nth) => state === 'waiting' && subject === 'n3' && nth === 1 });
    const first = await world.healthy();
    world.kill('n3');
    await world.clock.until(() => first.stateOf('n3') === state);
    void first.engine.stopAll('reknit down');
    await world.clock.advance(100);
    void first.engine.stop();
    first.kill();
    const second = await world.healthy();
    expect(second.engine.incidents().map((incident) => incident.phase.kind)).toEqual(['expired']);
  });

  it('recognises a mend made by hand', async () => {
    const world = new World({ failing: (subject, nth) => subject === 'n2' && nth === 1 });
    const agent = await world.healthy();
    world.kill('n2');
    await world.clock.until(() => agent.stateOf('n2') === 'waiting');
    world.launch('n2', 'by hand');
    await world.clock.advance(1);
    await agent.settled();
    expect(only(agent.engine.incidents()).phase).toMatchObject({ kind: 'resolved', by: 'operator' });
    expect(world.collisions).toBe(0);
  });

  it('asks a human when redundancy does not come back within the bound', async () => {
    const world = new World({ settings: { verification: { soakMs: 100, timeoutMs: 3000, retryMs: 50 } } });
    const agent = await world.healthy();
    agent.engine.pause({ subject: 'n3', forMs: 60_000, by: 'the test' });
    world.living('n3')!.silent = true;
    world.kill('n2');
    await world.clock.advance(10_000);
    const incident = agent.engine.incidents().find(({ subject }) => subject === 'n2');
    expect(incident?.phase).toMatchObject({ kind: 'escalated', reason: expect.stringContaining('waits for n3') });
    agent.engine.resume({ by: 'the test' });
    await world.clock.advance(120_000);
    expect(agent.engine.incidents().map(({ phase }) => phase)).toMatchObject([
      { kind: 'resolved', by: 'operator' },
      { kind: 'resolved', by: 'engine' },
    ]);
  });

  it('does not take a write load, under which followers are always a little behind, for lag', async () => {
    const world = new World();
    const agent = await world.healthy();
    world.underLoad = true;
    world.followersBehind = 3;
    world.kill('n2');
    await world.clock.advance(1);
    await agent.settled();
    expect(only(agent.engine.incidents()).phase.kind).toBe('resolved');
  });

  it('does not call a restarted node redundant that does not catch up', async () => {
    const world = new World({ settings: { verification: { soakMs: 100, timeoutMs: 3000, retryMs: 50 } } });
    const agent = await world.healthy();
    world.followersBehind = 3;
    world.kill('n2');
    await world.clock.advance(10_000);
    const incident = only(agent.engine.incidents());
    expect(incident.phase).toMatchObject({ kind: 'escalated', reason: expect.stringMatching(/[23] entries behind/) });
    expect(incident.times.mttr).toBeUndefined();
  });

  it('does not resolve while the state of a member differs, but asks a human', async () => {
    const world = new World();
    const agent = await world.healthy();
    world.diverged.add('n3');
    world.kill('n2');
    await world.clock.advance(10_000);
    expect(only(agent.engine.incidents()).phase).toMatchObject({
      kind: 'escalated',
      reason: expect.stringContaining('hashes differ'),
    });
  });

  it('carries out only the experiments of classes that the kernel leaves open', async () => {
    const world = new World();
    const agent = await world.healthy();
    world.kill('n2');
    await world.clock.advance(1);
    await agent.settled();
    const facts = only(agent.engine.incidents()).diagnosis?.facts;
    expect(facts).toMatchObject({ processState: 'gone', connect: 'refused' });
  });

  it('says that all is quiet, and since when', async () => {
    const world = new World();
    const agent = await world.healthy();
    await world.clock.advance(60_000);
    expect(agent.engine.why().now).toEqual([
      expect.stringMatching(/^all quiet for (59|60)(\.\d)? s: n1, n2, n3 live and answer$/),
    ]);
  });

  it('leaves its subjects alive when it stops', async () => {
    const world = new World();
    const agent = await world.healthy();
    void agent.engine.stop();
    await world.clock.advance(10_000);
    expect(world.processes.size).toBe(3);
    world.kill('n1');
    await world.clock.advance(10_000);
    expect(world.starts).toHaveLength(3);
  });
});
