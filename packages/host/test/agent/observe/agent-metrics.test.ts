import {
  amend,
  type EngineEvent,
  type EngineStatus,
  enter,
  type Incident,
  incidentId,
  openIncident,
  type Signal,
} from '@reknit/recovery';
import { expect, test } from 'vitest';
import { EventLog } from '../../../src/agent/event-log.js';
import { createAgentMetrics, type MetricsSource } from '../../../src/agent/observe/agent-metrics.js';
import { fieldsOf, levelOf } from '../../../src/agent/observe/event-line.js';
import { startMetricsServer } from '../../../src/agent/observe/metrics-server.js';

const STARTED_AT = 100;
const status: EngineStatus = {
  observer: 'agent of here',
  since: STARTED_AT,
  subjects: [{ subject: 'n1', endpoint: 'http://127.0.0.1:1', state: 'living', restarts: 2, heldBy: ['one at a time'] }],
  open: [],
  pauses: [{ subject: 'n1', until: 5000, by: 'someone' }],
  modes: [{ mode: { kind: 'maintenance', until: 9000 }, by: 'someone' }],
  killSwitch: { path: '/kill-switch', state: 'absent' },
};

const probe: Signal = {
  kind: 'probe',
  name: 'health',
  at: 1,
  outcome: 'bad',
  detail: '503',
  tookMs: 250,
  failuresInARow: 4,
  failing: true,
};
const sourceOf = (events: EventLog): MetricsSource => ({
  events,
  status: () => status,
  subjects: ['n1'],
  signals: () => [probe],
});

const opening = {
  subject: 'n1',
  onset: 200,
  onsetSource: 'kernel exit notice',
  evidence: 'gone',
  observers: [],
  patient: {},
} as const;
const opened = openIncident({ ...opening, phase: { kind: 'detected', at: 210 } }, incidentId('n1', 'b', 200));
const boot = { process: { pid: 7, startTime: 70 }, bootId: 'b', incarnation: 'i' };

function verified(): Incident {
  const run = { step: 0, action: 'restart', attempt: 1, delayMs: 0, outcome: 'succeeded' } as const;
  const runs = [
    { ...run, startedAt: 40, endedAt: 50 },
    { ...run, startedAt: 300, endedAt: 400 },
  ];
  const reading = { check: 'canary', attempt: 1, at: 500, ok: true, detail: '' } as const;
  return amend(enter(opened, { kind: 'verifying', at: 450, by: 'engine', boot }), {
    runs,
    readings: [reading],
    moments: { redundancyRestored: 1200 },
  });
}

let sequence = 0;
const phaseOf = (incident: Incident): EngineEvent => ({
  sequence: ++sequence,
  at: incident.phase.at,
  subject: incident.subject,
  text: 'told',
  about: { kind: 'phase', phase: incident.phase.kind, incident },
});

const resolved = (): Incident => enter(verified(), { kind: 'resolved', at: 1300, by: 'engine', boot });

test('incidents are counted by class and outcome, their times in seconds, also what was told before', async () => {
  const events = new EventLog();
  events.add(phaseOf(opened));
  const render = createAgentMetrics(sourceOf(events));
  events.add(phaseOf(verified()));
  events.add(phaseOf(resolved()));
  const { text } = await render();
  expect(text).toContain('reknit_incident_phases_total{phase="detected"} 1');
  expect(text).toContain('reknit_incidents_total{subject="n1",fault="not-diagnosed",outcome="resolved",by="engine"} 1');
  expect(text).toContain('reknit_mttr_seconds_sum{fault="not-diagnosed"} 1');
  expect(text).toContain('reknit_mttd_seconds_sum{fault="not-diagnosed"} 0.01');
  expect(text).not.toContain('reknit_mttm_seconds_sum{');
});

test('a step counts once, however often its record is told, and not when an earlier agent made it', async () => {
  const events = new EventLog();
  const render = createAgentMetrics(sourceOf(events));
  for (const incident of [verified(), verified(), resolved()]) events.add(phaseOf(incident));
  const { text } = await render();
  expect(text).toContain('reknit_recovery_steps_total{action="restart",outcome="succeeded"} 1');
  expect(text).toContain('reknit_verification_readings_total{check="canary",ok="true"} 1');
});

test('restraints and components are told as they stand when asked', async () => {
  const { text } = await createAgentMetrics(sourceOf(new EventLog()))();
  expect(text).toContain('reknit_agent_is_controller 0');
  expect(text).toContain('reknit_paused{scope="n1"} 5');
  expect(text).toContain('reknit_kill_switch{state="absent"} 1');
  expect(text).toContain('reknit_component_state{subject="n1",state="living"} 1');
  expect(text).toContain('reknit_component_restarts{subject="n1"} 2');
  expect(text).toContain('reknit_mode{scope="everything",mode="maintenance"} 1');
  expect(text).toContain('reknit_held_back{subject="n1"} 1');
});

test('what detectors have concluded is told as they stand when asked', async () => {
  const { text } = await createAgentMetrics(sourceOf(new EventLog()))();
  expect(text).toContain('reknit_signal_bad{subject="n1",signal="probe health"} 1');
  expect(text).toContain('reknit_probe_duration_seconds{subject="n1",probe="health"} 0.25');
  expect(text).toContain('reknit_probe_failures_in_a_row{subject="n1",probe="health"} 4');
});

test('a port that is taken costs the port, not the metrics', async () => {
  const render = async () => ({ contentType: 'text/plain', text: 'one' });
  const first = await startMetricsServer({ wanted: [], render });
  const second = await startMetricsServer({ wanted: [new URL(first.url!).host], render });
  expect(second.url).not.toBe(first.url);
  expect(await (await fetch(second.url!)).text()).toBe('one');
  expect((await fetch(second.url!.replace('/metrics', '/'))).status).toBe(404);
  first.close();
  second.close();
});

test('a log line names the incident, its phase and verdict, and is as loud as it matters', () => {
  expect(fieldsOf(phaseOf(opened))).toMatchObject({ event: 'phase', subject: 'n1', incident: opened.id, phase: 'detected' });
  expect(levelOf(phaseOf(opened))).toBe('warn');
  expect(levelOf(phaseOf(resolved()))).toBe('info');
  expect(levelOf(phaseOf(enter(verified(), { kind: 'escalated', at: 1300, reason: 'no' })))).toBe('error');
});
