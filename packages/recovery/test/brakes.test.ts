// What holds the engine back, and what it never holds back.
import { describe, expect, it } from 'vitest';
import { type BrakeQuestion, brakesOn, type Kin } from '../src/recover/brakes.js';
import { components, resolved } from './support/components.js';
import { POLICY } from './support/skills.js';

const kin = (subject: string, state: 'well' | 'unwell' | 'under repair', group = 'store'): Kin => ({
  subject,
  group,
  isWell: state === 'well',
  isUnderRepair: state === 'under repair',
});

const question = (given: Partial<BrakeQuestion> = {}): BrakeQuestion => ({
  subject: 'n1',
  action: 'restart',
  severity: 5,
  at: 1_000_000,
  policy: POLICY,
  kin: [kin('n1', 'unwell'), kin('n2', 'well'), kin('n3', 'well')],
  past: [],
  ...given,
});

describe('the brakes on who still serves', () => {
  it('let one repair go when all others are well', () => {
    expect(brakesOn(question())).toEqual([]);
  });

  it('hold a second repair of one failure domain, and name who is first', () => {
    const brakes = brakesOn(question({ kin: [kin('n1', 'unwell'), kin('n2', 'under repair'), kin('n3', 'well')] }));
    expect(brakes.join()).toContain('n2 of store is under repair');
  });

  it('leave a repair of another failure domain to go on', () => {
    expect(brakesOn(question({ kin: [...question().kin, kin('web.1', 'under repair', 'web')] }))).toEqual([]);
  });

  it('hold when too much is under way at once, wherever', () => {
    const busy = [kin('web.1', 'under repair', 'web'), kin('db.1', 'under repair', 'db')];
    expect(brakesOn(question({ kin: [...question().kin, ...busy] })).join()).toContain('2 repairs are under way (web.1, db.1)');
  });

  it('hold when most of a group is unwell: then what they share is sick, or the observer', () => {
    const brakes = brakesOn(question({ kin: [kin('n1', 'unwell'), kin('n2', 'unwell'), kin('n3', 'unwell')] }));
    expect(brakes.join()).toContain('3 of 3 of store are unwell at once');
  });

  it('never leave voters without a majority, and let a step-down pass that takes nobody away', () => {
    const given = { kin: [kin('n1', 'unwell'), kin('n2', 'unwell'), kin('n3', 'well')] };
    expect(brakesOn(question(given)).join()).toContain('1 of 3 voters would be left, no majority');
    expect(brakesOn(question({ ...given, action: 'step-down' }))).toEqual([]);
  });

  it('name all that hold at once', () => {
    const past = [{ fault: 'unhealthy', severity: 5, closedAt: 999_000, cooldownMs: 60_000 }] as const;
    expect(brakesOn(question({ past, kin: [kin('n1', 'unwell'), kin('n2', 'under repair'), kin('n3', 'well')] }))).toHaveLength(
      3,
    );
  });
});

describe('a cooldown', () => {
  const past = [{ fault: 'unhealthy', severity: 5, closedAt: 990_000, cooldownMs: 60_000 }] as const;

  it('holds the next repair of the same gravity, and says for how long', () => {
    expect(brakesOn(question({ past })).join()).toContain('the cooldown after its repair (unhealthy) lasts another 50 s');
  });

  it('of a minor repair never delays a graver one', () => {
    expect(brakesOn(question({ past, severity: 6 }))).toEqual([]);
  });

  it('is over when it is over', () => {
    expect(brakesOn(question({ past, at: 1_050_000 }))).toEqual([]);
  });
});

describe('the engine', () => {
  it('mends one after the other of a group that answers and is ill, and why names the brake', async () => {
    const all = await components({ actions: [] }, (_subject, by) => by === 'restart');
    all.ill.add('n1').add('n2');
    all.world.onStart = (subject) => void all.ill.delete(subject);
    await all.world.clock.until(() => all.world.starts.length === 4);
    const held = all.agent.engine.status().subjects.filter(({ heldBy }) => heldBy !== undefined);
    expect(held).toHaveLength(1);
    expect(all.agent.engine.why(held[0]!.subject).now.join()).toMatch(/not acted on: .*is under repair: 1 at a time/);
    const incidents = await resolved(all);
    expect(incidents.map(({ phase }) => phase.kind)).toEqual(['resolved', 'resolved']);
    const [first, second] = incidents.map(({ runs }) => runs[0]!.startedAt).sort((a, b) => a - b);
    expect(second! - first!).toBeGreaterThan(300);
  });

  it('restarts its own dead children whatever holds: all at once, though their group is under repair', async () => {
    const all = await components({ actions: [] }, () => false);
    for (const subject of all.world.subjects) all.world.kill(subject);
    await all.world.clock.advance(50);
    expect(all.world.starts).toHaveLength(6);
  });

  it('asks a human once the declared budget of repairs is spent', async () => {
    const all = await components(
      {
        actions: [],
        policy: () => ({ group: 'web', voters: undefined, cooldownMs: 0, budget: { repairs: 2, withinMs: 600_000 } }),
      },
      (_subject, by) => by === 'restart',
    );
    for (let round = 0; round < 3; round++) {
      all.ill.add('n2');
      await all.world.clock.advance(10_000);
    }
    expect(all.agent.engine.incidents().map(({ phase }) => phase.kind)).toEqual(['resolved', 'resolved', 'escalated']);
    expect(all.agent.engine.incidents()[2]?.phase).toMatchObject({ reason: 'the budget of 2 repairs in 600 s is spent' });
  });
});
