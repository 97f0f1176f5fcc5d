import { describe, expect, it } from 'vitest';
import { Views } from '../src/engine/views.js';
import { vitals } from './support/canonical-facts.js';
import { ManualClock } from './support/manual-clock.js';

const MEMBERS = ['n1', 'n2', 'n3'];

async function heardFor(ms: number, clock: ManualClock, views: Views, suspects: Readonly<Record<string, readonly string[]>>) {
  for (let left = ms; left > 0; left -= 250) {
    for (const [name, suspectedPeers] of Object.entries(suspects)) views.note(name, vitals({ suspectedPeers }));
    await clock.advance(250);
  }
}

describe('the word of members about each other', () => {
  it('is as old as it has stood without a break', async () => {
    const clock = new ManualClock();
    const views = new Views(clock);
    await heardFor(4000, clock, views, { n1: [], n2: [], n3: [] });
    await heardFor(1500, clock, views, { n1: ['n2'], n2: [], n3: [] });
    const word = (from: string, to: string) => views.reach(MEMBERS).find((each) => each.from === from && each.to === to);
    expect(word('n1', 'n2')).toMatchObject({ ok: false, forMs: 1500 });
    expect(word('n2', 'n1')).toMatchObject({ ok: true, forMs: 5500 });
    await heardFor(250, clock, views, { n1: [], n2: [], n3: [] });
    expect(word('n1', 'n2')).toMatchObject({ ok: true, forMs: 250 });
  });

  it('begins anew when who gave it was not heard for a while', async () => {
    const clock = new ManualClock();
    const views = new Views(clock);
    await heardFor(4000, clock, views, { n1: ['n2'], n2: [], n3: [] });
    await clock.advance(5000);
    expect(views.reach(MEMBERS)).toEqual([]);
    await heardFor(500, clock, views, { n1: ['n2'] });
    expect(views.reach(MEMBERS)).toEqual([
      { from: 'n1', to: 'n2', ok: false, forMs: 500 },
      { from: 'n1', to: 'n3', ok: true, forMs: 500 },
    ]);
  });
});

describe('the quorum', () => {
  it('is lost since the last moment in which a majority was heard', async () => {
    const clock = new ManualClock();
    const views = new Views(clock);
    await heardFor(3000, clock, views, { n1: [], n2: [], n3: [] });
    expect(views.quorum(MEMBERS)).toEqual({ voters: 3, reachable: 3, forMs: 0 });
    await heardFor(3000, clock, views, { n1: [], n2: [] });
    expect(views.quorum(MEMBERS)).toMatchObject({ reachable: 2, forMs: 0 });
    await heardFor(3000, clock, views, { n1: [] });
    expect(views.quorum(MEMBERS)).toEqual({ voters: 3, reachable: 1, forMs: 3250 });
  });

  it('that was never there is missing since this observer began', async () => {
    const clock = new ManualClock();
    const views = new Views(clock);
    await clock.advance(7000);
    expect(views.quorum(MEMBERS)).toEqual({ voters: 3, reachable: 0, forMs: 7000 });
  });
});
