// The agent's metrics as one text. Loaded after the agent has begun its work: the library is not needed for that.
import type { EngineStatus } from '@reknit/recovery';
import { Registry } from 'prom-client';
import type { EventLog } from '../event-log.js';
import { IncidentMeters } from './incident-meters.js';
import { addSignalGauges, type SignalSource } from './signal-gauges.js';
import { addStateGauges } from './state-gauges.js';

export interface MetricsSource extends SignalSource {
  readonly events: EventLog;
  readonly status: () => EngineStatus;
}

export interface MetricsText {
  readonly contentType: string;
  readonly text: string;
}

export function createAgentMetrics(source: MetricsSource): () => Promise<MetricsText> {
  const { events, status } = source;
  const registry = new Registry();
  const meters = new IncidentMeters(registry, status().since);
  addStateGauges(registry, status);
  addSignalGauges(registry, source);
  // With what it has told before.
  events.follow(0, (event) => meters.note(event));
  return async () => ({ contentType: registry.contentType, text: await registry.metrics() });
}
