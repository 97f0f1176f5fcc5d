import type { EngineEvent, Incident } from '@reknit/recovery';
import { expect, test } from 'vitest';
import { IncidentWatch } from '../src/load/await-incident.js';
import { healedIncident } from './support.js';

const told = (incident: Incident): EngineEvent => ({ sequence: 1, at: 0, text: '', about: { kind: 'progress', incident } });

test('the incident of exactly that process is waited for until it is closed', async () => {
  const closed = healedIncident();
  const process = closed.patient.process!;
  const watch = new IncidentWatch();
  const waiting = watch.closed(process, 60_000);
  watch.note(told({ ...closed, id: 'other', patient: { process: { ...process, startTime: 1 } } }));
  watch.note(told({ ...closed, phase: { kind: 'detected', at: 0 } }));
  expect(watch.open.map(({ id }) => id)).toEqual([closed.id]);
  watch.note(told(closed));
  expect(await waiting).toEqual(closed);
  expect(watch.open).toEqual([]);
});

test('once the time is up, what is known is told', async () => {
  const incident = { ...healedIncident(), phase: { kind: 'detected', at: 0 } } as const;
  const watch = new IncidentWatch();
  expect(await watch.closed(incident.patient.process!, 1)).toBeUndefined();
  watch.note(told(incident));
  expect((await watch.closed(incident.patient.process!, 1))?.phase.kind).toBe('detected');
});
