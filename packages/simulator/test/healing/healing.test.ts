// The recovery engine over whole simulated machines. CI kills agents at some of their effects; `npm run soak:healing` at all.
import { type HealingFault, type HealingReport, runHealing } from '@reknit/simulator';
import { describe, expect, test } from 'vitest';

/** Coprime to nothing in particular: over the protocols and faults every part of a recovery is met. */
const STRIDE = 11;

const verdicts = ({ incidents }: HealingReport): readonly (string | undefined)[] =>
  incidents.map(({ diagnosis }) => diagnosis?.verdict);

describe.each(['raft', 'paxos', 'zab'] as const)('healing of a cluster on %s', (protocol) => {
  const cases: readonly { readonly kind: HealingFault; readonly verdict: string }[] = [
    { kind: 'crash', verdict: 'crash' },
    { kind: 'hang', verdict: 'hang' },
    { kind: 'crash-all', verdict: 'crash' },
  ];

  test.each(cases)(
    '$kind is named, mended once and verified, wherever the agent that mends it is killed',
    async ({ kind, verdict }) => {
      const faults = [{ kind, whom: 'controller' }] as const;
      const whole = await runHealing({ seed: 1, protocol, faults, doom: { atEffect: 1e6, againAfter: undefined } });
      expect(whole.violations).toEqual([]);
      expect(new Set(verdicts(whole))).toEqual(new Set([verdict]));
      for (let atEffect = 1; atEffect <= whole.effects; atEffect += STRIDE) {
        const againAfter = atEffect % 2 === 0 ? 200 : 15_000;
        const cut = await runHealing({ seed: 1, protocol, faults, doom: { atEffect, againAfter } });
        expect(cut.violations, `killed at effect ${atEffect}, back after ${againAfter} ms`).toEqual([]);
      }
    },
  );

  test('a machine that lost power comes back, and its agent starts the member', async () => {
    const { violations, deeds } = await runHealing({ seed: 2, protocol, faults: [{ kind: 'power-loss', whom: 'other' }] });
    expect(violations).toEqual([]);
    expect(deeds.map(({ kind }) => kind)).toEqual(['start', 'start', 'start', 'start']);
  });

  test('nothing is done to a cluster that is well', async () => {
    const { violations, deeds, incidents } = await runHealing({ seed: 3, protocol, faults: [], quietFor: 120_000 });
    expect(violations).toEqual([]);
    expect(deeds.map(({ kind }) => kind)).toEqual(['start', 'start', 'start']);
    expect(incidents).toEqual([]);
  });
});

/** Between the adoption of a process and its first answer the agent was killed: what it had known of that boot was forgotten. */
test.each([5, 6])(
  'a member that hangs while a killed agent comes back is not taken for one that starts (effect %i)',
  async (atEffect) => {
    const faults = [{ kind: 'hang', whom: 'other' }] as const;
    const { violations, incidents } = await runHealing({ seed: 1, faults, doom: { atEffect, againAfter: 200 } });
    expect(violations).toEqual([]);
    expect(incidents.map(({ diagnosis }) => diagnosis?.verdict)).toEqual(['hang']);
  },
);

test('the same seed gives the same run, promises and all', async () => {
  const run = () => runHealing({ seed: 5, faults: [{ kind: 'hang', whom: 'other' }], doom: { atEffect: 12, againAfter: 200 } });
  expect(await run()).toEqual(await run());
});
