// What each command over the control socket does. What it refuses is told with the reason.
import { unreachable } from '@reknit/base';
import type { Engine, Incident, Mode } from '@reknit/recovery';
import type { Runtime } from '@reknit/runtime';
import { AgentError } from './agent-error.js';
import type { Command, Results } from './control-protocol.js';

export async function executeCommand(
  engine: Engine,
  runtime: Runtime,
  command: Exclude<Command, { kind: 'subscribe' }>,
  stop: () => void,
): Promise<Results[keyof Results]> {
  switch (command.kind) {
    case 'status':
      return { ...engine.status(), process: runtime.processes.self };
    case 'incidents':
      return engine.incidents();
    case 'incident':
      return findIncident(engine.incidents(), command.id);
    case 'why':
      requireSubject(engine, command.subject);
      return engine.why(command.subject);
    case 'planned-stop': {
      requireSubject(engine, command.subject);
      return { outcome: (await engine.plannedStop(command.subject, command.forMs, command.by))! };
    }
    case 'restart':
      requireSubject(engine, command.subject);
      return { incident: await engine.restart(command.subject, command) };
    case 'mend':
      requireSubject(engine, command.subject);
      return { incident: await engine.mend(command.subject, command) };
    case 'approve':
      return { incident: await engine.approve(findIncident(engine.incidents(), command.id).id, command) };
    case 'reject':
      return { incident: engine.reject(findIncident(engine.incidents(), command.id).id, command, command.reason) };
    case 'acknowledge':
      return { incident: engine.acknowledge(findIncident(engine.incidents(), command.id).id, command.by) };
    case 'mode':
      requireSubject(engine, command.subject);
      return { modes: engine.setMode({ ...command, mode: modeIn(command) }) };
    case 'pause':
      requireSubject(engine, command.subject);
      return { pauses: engine.pause(command) };
    case 'resume':
      requireSubject(engine, command.subject);
      return { pauses: engine.resume(command) };
    case 'stop-all': {
      const outcomes = await engine.stopAll(command.by);
      // The answer leaves first.
      runtime.clock.after(STOP_AFTER_ANSWER_MS, stop);
      return { outcomes: Object.fromEntries(outcomes) };
    }
    default:
      return unreachable(command);
  }
}

function modeIn({ mode, until }: Extract<Command, { kind: 'mode' }>): Mode | undefined {
  if (mode === 'declared') return undefined;
  if (mode !== 'maintenance') return mode;
  if (until === undefined) throw new AgentError('refused', 'a maintenance has an end: say until when');
  return { kind: mode, until };
}

const STOP_AFTER_ANSWER_MS = 50;

function findIncident(incidents: readonly Incident[], id: string): Incident {
  const exact = incidents.find((incident) => incident.id === id);
  if (exact !== undefined) return exact;
  const matching = incidents.filter((incident) => incident.id.startsWith(id));
  const [only, second] = matching;
  if (only === undefined) throw new AgentError('refused', `no incident ${id} is known here; list them with  reknit incidents`);
  if (second !== undefined)
    throw new AgentError(
      'refused',
      `${matching.length} incidents begin with ${id}: ${matching.map((each) => each.id).join(', ')}`,
    );
  return only;
}

function requireSubject(engine: Engine, subject: string | undefined): void {
  const names = engine.status().subjects.map((each) => each.subject);
  if (subject === undefined || names.includes(subject)) return;
  throw new AgentError('refused', `no component "${subject}" is known here; there are ${names.join(', ')}`);
}
