// What stands beside an event's text in the agent's log, for tools that filter by it.
import type { EngineEvent, PhaseKind } from '@reknit/recovery';
import type { LogLevel } from '@reknit/runtime';

/** What an operator wants to be woken by, and what is worth a look in the morning. */
const LEVELS: Partial<Readonly<Record<PhaseKind, LogLevel>>> = { escalated: 'error', suspected: 'warn', detected: 'warn' };

export const levelOf = ({ about }: EngineEvent): LogLevel => (about.kind === 'phase' ? (LEVELS[about.phase] ?? 'info') : 'info');

export function fieldsOf({ sequence, subject, about }: EngineEvent): Readonly<Record<string, unknown>> {
  const common = { event: about.kind, sequence, ...(subject === undefined ? {} : { subject }) };
  if (about.kind === 'decision') return common;
  const { id, phase, attempt, diagnosis, cause } = about.incident;
  return {
    ...common,
    incident: id,
    phase: phase.kind,
    attempt,
    ...(diagnosis === undefined ? {} : { verdict: diagnosis.verdict, confidence: diagnosis.confidence }),
    ...(cause.kind === 'incident' ? { cause: cause.id } : {}),
  };
}
