// One trace per incident, by OTLP over HTTP (JSON): the root is the incident, below it a span for each phase and each step,
// with the times that the record holds. Told when the incident is closed, as a whole.
//
// Surprising: ids are computed from the incident's. So what follows a hand-over to a human, perhaps told by the next agent,
// joins the same trace.
import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { type Attributes, type Context, ROOT_CONTEXT, SpanStatusCode, TraceFlags, type Tracer, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { type Chapter, chapterOf, type Incident, isClosed, type Mark, type Span } from '@reknit/recovery';
import type { Clock } from '@reknit/runtime';
import type { EventLog } from '../event-log.js';

export interface Traces {
  /** Sends what has not been sent; waits no longer than so. */
  end(withinMs: number): Promise<void>;
}

const PREFIX = 'reknit.';
/** A trace is a dozen spans; what does not fit while no collector answers is dropped. */
const QUEUE_MAX = 2048;
/** Closed incidents are rare: there is nothing to wait for. */
const SEND_AFTER_MS = 200;
const SEND_TIMEOUT_MS = 5000;

/** Where to, and with which headers, stands in the environment: `OTEL_EXPORTER_OTLP_ENDPOINT` and its siblings. */
export function startTraces(events: EventLog, observer: string, clock: Clock): Traces {
  const ids = new ComputedIds();
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({
      'service.name': 'reknit-agent',
      'service.instance.id': observer,
      'host.name': hostname(),
    }).merge(detectResources({ detectors: [envDetector] })),
    idGenerator: ids,
    spanProcessors: [
      new BatchSpanProcessor(new OTLPTraceExporter({ timeoutMillis: SEND_TIMEOUT_MS }), {
        maxQueueSize: QUEUE_MAX,
        scheduledDelayMillis: SEND_AFTER_MS,
        exportTimeoutMillis: SEND_TIMEOUT_MS,
      }),
    ],
  });
  const tracer = provider.getTracer('@reknit/recovery');
  const unfollow = events.follow(0, ({ about }) => {
    if (about.kind === 'phase' && isClosed(about.incident)) tellIncident(tracer, ids, about.incident);
  });
  return {
    end: async (withinMs) => {
      unfollow();
      await new Promise<void>((resolve) => {
        const late = clock.after(withinMs, resolve);
        const ended = (): void => {
          late.cancel();
          resolve();
        };
        provider.shutdown().then(ended, ended);
      });
    },
  };
}

/** Of the spans of one trace, which are made one after the other. */
class ComputedIds {
  #incident = '';
  #path = '';

  /** @param path of the next span in its trace */
  next(incident: string, path: string): void {
    this.#incident = incident;
    this.#path = path;
  }

  generateTraceId(): string {
    return traceIdOf(this.#incident);
  }

  generateSpanId(): string {
    return spanIdOf(this.#incident, this.#path);
  }
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
export const traceIdOf = (incident: string): string => digest(incident).slice(0, 32);
const spanIdOf = (incident: string, path: string): string => digest(`${incident}|${path}`).slice(0, 16);
const pathOf = (chapter: number): string => `chapter ${chapter}`;

function tellIncident(tracer: Tracer, ids: ComputedIds, incident: Incident): void {
  const chapter = chapterOf(incident);
  tellSpan({ tracer, ids, incident: incident.id }, chapter, pathOf(chapter.number), parentOf(incident.id, chapter));
}

/** Later chapters belong to the first, which was sent long ago. */
function parentOf(incident: string, { number }: Chapter): Context {
  if (number === 0) return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId: traceIdOf(incident),
    spanId: spanIdOf(incident, pathOf(0)),
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
  });
}

interface Telling {
  readonly tracer: Tracer;
  readonly ids: ComputedIds;
  readonly incident: string;
}

function tellSpan(telling: Telling, span: Span, path: string, parent: Context): void {
  const { tracer, ids, incident } = telling;
  ids.next(incident, path);
  const told = tracer.startSpan(span.name, { startTime: span.startAt, attributes: prefixed(span.attributes) }, parent);
  for (const { name, at, attributes } of span.marks) told.addEvent(name, prefixed(attributes), at);
  if (span.failure !== undefined) told.setStatus({ code: SpanStatusCode.ERROR, message: span.failure });
  const within = trace.setSpan(parent, told);
  for (const [at, child] of span.children.entries()) tellSpan(telling, child, `${path}/${at}`, within);
  told.end(span.endAt);
}

const prefixed = (attributes: Mark['attributes']): Attributes =>
  Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`${PREFIX}${name}`, value]));
