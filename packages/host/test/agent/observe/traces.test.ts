// A real incident of an agent in a process of its own, as a collector of OpenTelemetry receives it.
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Incident } from '@reknit/recovery';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleAgent, Machine } from '../support/machine.js';

interface SentSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: object }[];
  readonly events: readonly { readonly name: string }[];
}

interface SentTraces {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly { readonly key: string; readonly value: object }[] };
    readonly scopeSpans: readonly { readonly spans: readonly SentSpan[] }[];
  }[];
}

interface Collector {
  readonly url: string;
  /** Resolves with all that one agent has sent, once it has sent something. */
  readonly sent: Promise<SentTraces>;
  close(): void;
}

async function startCollector(): Promise<Collector> {
  let receive: (traces: SentTraces) => void = () => undefined;
  const sent = new Promise<SentTraces>((resolve) => {
    receive = resolve;
  });
  const server = http.createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    response.end('{}');
    if (request.url === '/v1/traces') receive(JSON.parse(text));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  return { url: `http://127.0.0.1:${address.port}`, sent, close: () => void server.close() };
}

const scratch = mkdtempSync(join(tmpdir(), 'reknit-traces-'));
let collector: Collector;
let machine: Machine;

beforeAll(async () => {
  collector = await startCollector();
  machine = await Machine.create({
    program: await bundleAgent(scratch),
    environment: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment=test' },
  });
  await machine.startAgent();
  await machine.allLiving();
  process.kill(await machine.pidOf('n1'), 'SIGKILL');
  await machine.told(/^n1: resolved/);
});
afterAll(async () => {
  await machine.remove();
  collector.close();
  rmSync(scratch, { recursive: true, force: true });
});

const theIncident = async (): Promise<Incident> => (await machine.agent.incidents())[0]!;
const nanos = (ms: number): number => ms * 1e6;
const attributeOf = (span: SentSpan, key: string): object | undefined =>
  span.attributes.find((attribute) => attribute.key === key)?.value;

test('an incident is one trace: phases and steps below it, with the times of the record', async () => {
  const { resourceSpans } = await collector.sent;
  const spans = resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
  const incident = await theIncident();
  const root = spans.find(({ parentSpanId }) => parentSpanId === undefined)!;
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
  expect(root.name).toBe('crash n1');
  expect(Number(root.startTimeUnixNano) / nanos(incident.moments.onset)).toBeCloseTo(1, 12);
  expect(attributeOf(root, 'reknit.incident')).toEqual({ stringValue: incident.id });
  expect(attributeOf(root, 'reknit.outcome')).toEqual({ stringValue: 'resolved' });
  expect(attributeOf(root, 'reknit.verdict')).toEqual({ stringValue: 'crash' });
  const below = (parent: SentSpan): readonly SentSpan[] => spans.filter(({ parentSpanId }) => parentSpanId === parent.spanId);
  expect(below(root).map(({ name }) => name)).toEqual(
    expect.arrayContaining(incident.history.slice(0, -1).map(({ phase }) => phase)),
  );
  const recovering = below(root).find(({ name }) => name === 'recovering')!;
  expect(below(recovering).map(({ name }) => name)).toEqual(incident.runs.map(({ action }) => action));
  const verifying = below(root).find(({ name }) => name === 'verifying')!;
  expect(verifying.events.map(({ name }) => name)).toEqual(expect.arrayContaining(['canary', 'soak']));
  const resource = resourceSpans[0]!.resource.attributes.map(({ key }) => key);
  expect(resource).toEqual(expect.arrayContaining(['service.name', 'deployment.environment']));
});

test('its metrics are at the address that its status tells', async () => {
  const { metricsUrl } = await machine.agent.status();
  const text = await (await fetch(metricsUrl!)).text();
  expect(text).toContain('reknit_incidents_total{subject="n1",fault="crash",outcome="resolved",by="engine"} 1');
  expect(text).toMatch(/reknit_mttr_seconds_count\{fault="crash"\} 1/);
});

test('the next agent serves its metrics at the same address', async () => {
  const { metricsUrl } = await machine.agent.status();
  await machine.endAgent('SIGKILL');
  await machine.startAgent();
  expect((await machine.agent.status()).metricsUrl).toBe(metricsUrl);
});
