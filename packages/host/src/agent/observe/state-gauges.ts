// How the agent stands, read when somebody asks: who controls, what is held back, how each component is.
import type { EngineStatus } from '@reknit/recovery';
import type { Registry } from 'prom-client';
import { gauge, gauges } from './read-gauges.js';

const MS_PER_SECOND = 1000;
const US_PER_SECOND = 1_000_000;

/** prom-client's own process metrics come with a timer of ten milliseconds; an agent at rest should rest. */
function addProcessGauges(registry: Registry): void {
  gauge(registry, 'process_cpu_seconds_total', 'CPU time of the agent.', () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / US_PER_SECOND;
  });
  gauge(registry, 'process_resident_memory_bytes', 'Memory of the agent.', () => process.memoryUsage.rss());
  gauge(
    registry,
    'process_start_time_seconds',
    'When the agent started, since the epoch.',
    () => (performance.timeOrigin / MS_PER_SECOND) | 0,
  );
}

export function addStateGauges(registry: Registry, status: () => EngineStatus): void {
  addProcessGauges(registry);
  gauge(registry, 'reknit_agent_is_controller', 'Whether this agent is the controller.', () =>
    status().controller?.mine === true ? 1 : 0,
  );
  gauge(
    registry,
    'reknit_controller_epoch',
    'Epoch of the controller that is known here; 0: none is, and only reflexes act.',
    () => status().controller?.epoch ?? 0,
  );
  gauges(registry, 'reknit_open_incidents', 'Incidents that are not final, by phase.', ['phase'], () => {
    const phases = status().open.map(({ phase }) => phase.kind);
    return [...new Set(phases)].map((phase) => [{ phase }, phases.filter((each) => each === phase).length]);
  });
  gauges(registry, 'reknit_paused', 'What is only observed now, and until when, in seconds since the epoch.', ['scope'], () =>
    status().pauses.map(({ subject = 'everything', until }) => [{ scope: subject }, until / MS_PER_SECOND]),
  );
  gauges(
    registry,
    'reknit_mode',
    'What operators have set: 1 beside the mode of everything, or of a component.',
    ['scope', 'mode'],
    () =>
      status().modes.map(({ subject = 'everything', mode }) => [
        { scope: subject, mode: typeof mode === 'object' ? 'maintenance' : mode },
        1,
      ]),
  );
  gauges(
    registry,
    'reknit_held_back',
    'How many things (brakes, budgets, cooldowns, modes) keep the engine from its next act on a component; `why` names them.',
    ['subject'],
    () => status().subjects.map(({ subject, heldBy = [] }) => [{ subject }, heldBy.length]),
  );
  gauges(registry, 'reknit_kill_switch', 'How the kill switch stands: 1 beside what is true now.', ['state'], () => {
    const { killSwitch } = status();
    return killSwitch === undefined ? [] : [[{ state: killSwitch.state }, 1]];
  });
  gauges(registry, 'reknit_component_state', 'What the agent does with a component: 1 beside it.', ['subject', 'state'], () =>
    status().subjects.map(({ subject, state }) => [{ subject, state }, 1]),
  );
  gauges(
    registry,
    'reknit_component_restarts',
    'Restarts of a component since it last held: what is spent of its budget.',
    ['subject'],
    () => status().subjects.map(({ subject, restarts }) => [{ subject }, restarts]),
  );
}
