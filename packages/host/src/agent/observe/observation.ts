// How an agent is seen from outside: metrics on a port of its own, traces where the environment asks for them. What is needed
// for that is loaded once the agent has begun its work, and after that has had a moment for itself.
import type { Clock } from '@reknit/runtime';
import type { MetricsSource, MetricsText } from './agent-metrics.js';
import { startMetricsServer } from './metrics-server.js';
import type { Traces } from './traces.js';

export interface Observation {
  readonly metricsUrl: string | undefined;
  /** Resolves once what was to be sent is sent, or cannot be. */
  end(): Promise<void>;
}

export interface ObservationOptions extends MetricsSource {
  readonly clock: Clock;
  readonly observer: string;
  /** `host:port`, the dearest first. */
  readonly wanted: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** After the start's own work; the events until then are kept. */
const LOAD_AFTER_MS = 2000;
/** An agent that is told to end ends, collector or not. */
const LAST_SPANS_WITHIN_MS = 1000;

export async function startObservation(options: ObservationOptions): Promise<Observation> {
  const { clock, wanted, environment } = options;
  let metrics: Promise<() => Promise<MetricsText>> | undefined;
  const load = (): Promise<() => Promise<MetricsText>> => {
    metrics ??= import('./agent-metrics.js').then(({ createAgentMetrics }) => createAgentMetrics(options));
    return metrics;
  };
  const server = await startMetricsServer({ wanted, render: async () => (await load())() });
  let traces: Promise<Traces> | undefined;
  const timer = clock.after(LOAD_AFTER_MS, () => {
    void load();
    if (wantsTraces(environment)) traces = loadTraces(options);
  });
  return {
    metricsUrl: server.url,
    end: async () => {
      timer.cancel();
      server.close();
      await (await traces)?.end(LAST_SPANS_WITHIN_MS);
    },
  };
}

/** The names are OpenTelemetry's; the library reads the rest of them. */
const wantsTraces = (environment: ObservationOptions['environment']): boolean =>
  environment.OTEL_SDK_DISABLED !== 'true' &&
  [environment.OTEL_EXPORTER_OTLP_ENDPOINT, environment.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT].some(
    (endpoint) => endpoint !== undefined && endpoint !== '',
  );

const loadTraces = async ({ events, observer, clock }: ObservationOptions): Promise<Traces> =>
  (await import('./traces.js')).startTraces(events, observer, clock);
