// `/metrics` of an agent on a port of its own, on this machine only. Metrics are worth less than healing: a port that is
// taken never keeps the agent from its work, it takes another.
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { MetricsText } from './agent-metrics.js';

export interface MetricsServer {
  /** `http://127.0.0.1:PORT/metrics`; undefined when no port could be had. */
  readonly url: string | undefined;
  close(): void;
}

export interface MetricsServerOptions {
  /** `host:port` each, the dearest first; after them any free port is taken. */
  readonly wanted: readonly string[];
  readonly render: () => Promise<MetricsText>;
}

/** Scrapers of one machine. */
const CONNECTIONS_MAX = 16;
const ANY_PORT = '127.0.0.1:0';

export async function startMetricsServer({ wanted, render }: MetricsServerOptions): Promise<MetricsServer> {
  const server = http.createServer((request, response) => void answer(request, response, render));
  server.maxConnections = CONNECTIONS_MAX;
  server.unref();
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  for (const address of [...wanted, ANY_PORT]) {
    if (await listens(server, address)) return { url: urlOf(server), close };
  }
  return { url: undefined, close };
}

function listens(server: http.Server, address: string): Promise<boolean> {
  const [, host = '', port] = /^(.*):(\d+)$/.exec(address) ?? [];
  return new Promise((resolve) => {
    const onError = (): void => resolve(false);
    server.once('error', onError);
    server.listen({ host: host.replace(/^\[|\]$/g, ''), port: Number(port), exclusive: true }, () => {
      server.off('error', onError);
      resolve(true);
    });
  });
}

function urlOf(server: http.Server): string {
  // A server that listens on TCP has such an address.
  const { address, port, family } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}/metrics`;
}

async function answer(
  { method, url = '' }: http.IncomingMessage,
  response: http.ServerResponse,
  render: () => Promise<MetricsText>,
): Promise<void> {
  const path = url.split('?')[0];
  if (path !== '/metrics' || (method !== 'GET' && method !== 'HEAD')) {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('the agent serves GET /metrics\n');
    return;
  }
  try {
    const { contentType, text } = await render();
    response.writeHead(200, { 'content-type': contentType }).end(method === 'HEAD' ? '' : text);
  } catch (error) {
    response.writeHead(500, { 'content-type': 'text/plain' }).end(`${error instanceof Error ? error.message : String(error)}\n`);
  }
}
