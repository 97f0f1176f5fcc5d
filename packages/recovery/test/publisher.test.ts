import { describe, expect, it } from 'vitest';
import { Publisher } from '../src/incidents/publisher.js';
import {
  decodeIncident,
  encodeIncident,
  enter,
  type Incident,
  incidentKey,
  type KeyValue,
  openIncident,
  type PutIf,
  type StoreClient,
  StoreError,
} from '../src/index.js';
import { ManualClock } from './support/manual-clock.js';

const opened = (id: string): Incident =>
  openIncident(
    {
      subject: 'n1',
      phase: { kind: 'detected', at: 1 },
      onset: 1,
      onsetSource: 'kernel exit notice',
      evidence: '',
      observers: [],
      patient: {},
    },
    id,
  );
const diagnosed = (incident: Incident): Incident => enter(incident, { kind: 'diagnosed', at: 2 });
const planned = (incident: Incident): Incident => enter(diagnosed(incident), { kind: 'planned', at: 3 });

class Store {
  readonly values: Map<string, KeyValue> = new Map();
  revision = 1;
  /** What happens to the next calls, instead of an answer. */
  readonly faults: ('unavailable' | 'answer-lost')[] = [];

  readonly client = {
    putIf: async (_keyspace: string, key: string, value: string, modRevision: number): Promise<PutIf> => {
      const fault = this.faults.shift();
      if (fault === 'unavailable') throw new StoreError('unavailable', 'no leader');
      const current = this.values.get(key);
      if ((current?.modRevision ?? 0) !== modRevision) return { written: false, current };
      const revision = ++this.revision;
      this.values.set(key, { value, modRevision: revision, createRevision: current?.createRevision ?? revision });
      if (fault === 'answer-lost') throw new StoreError('unknown-outcome', 'connection lost');
      return { written: true, modRevision: this.revision };
    },
  } as unknown as StoreClient;

  incident(id: string): Incident | undefined {
    const stored = this.values.get(incidentKey(id));
    return stored === undefined ? undefined : decodeIncident(stored.value);
  }
}

function publisherOver(store: Store) {
  const clock = new ManualClock();
  const published: [string, number][] = [];
  const further: Incident[] = [];
  const publisher = new Publisher(clock, store.client, {
    onPublished: (id, change) => void published.push([id, change]),
    onFurther: (incident) => void further.push(incident),
  });
  return { clock, publisher, published, further };
}

describe('the publisher', () => {
  it('brings every incident to the store once it can be written, the latest change of each', async () => {
    const store = new Store();
    store.faults.push(...Array.from({ length: 8 }, () => 'unavailable' as const));
    const { clock, publisher } = publisherOver(store);
    publisher.publish(opened('a'));
    await clock.advance(10);
    publisher.publish(planned(opened('a')));
    publisher.publish(diagnosed(opened('b')));
    await clock.advance(60_000);
    expect(store.incident('a')?.phase.kind).toBe('planned');
    expect(store.incident('b')?.phase.kind).toBe('diagnosed');
  });

  it('learns of its own write whose answer was lost', async () => {
    const store = new Store();
    store.faults.push('answer-lost');
    const { clock, publisher, published } = publisherOver(store);
    publisher.publish(opened('a'));
    await clock.advance(1000);
    const written = store.revision;
    expect(published).toEqual([['a', 1]]);
    publisher.publish(diagnosed(opened('a')));
    await clock.advance(1000);
    expect(store.incident('a')?.phase.kind).toBe('diagnosed');
    expect(store.revision).toBe(written + 1);
  });

  it('never takes a record back: a further copy in the store is taken over', async () => {
    const store = new Store();
    const ahead = planned(opened('a'));
    store.values.set(incidentKey('a'), { value: encodeIncident(ahead), modRevision: 7, createRevision: 7 });
    const { clock, publisher, further } = publisherOver(store);
    publisher.publish(diagnosed(opened('a')));
    await clock.advance(60_000);
    expect(store.incident('a')).toEqual(ahead);
    expect(further).toEqual([ahead]);
  });

  it('overwrites what is not an incident', async () => {
    const store = new Store();
    store.values.set(incidentKey('a'), { value: 'noise', modRevision: 7, createRevision: 7 });
    const { clock, publisher } = publisherOver(store);
    publisher.publish(opened('a'));
    await clock.advance(1000);
    expect(store.incident('a')).toEqual(opened('a'));
  });

  it('writes nothing after its end', async () => {
    const store = new Store();
    store.faults.push('unavailable');
    const { clock, publisher } = publisherOver(store);
    publisher.publish(opened('a'));
    await clock.advance(10);
    publisher.end();
    await clock.advance(60_000);
    expect(store.incident('a')).toBeUndefined();
  });
});
