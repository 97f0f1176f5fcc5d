// One GET over one fresh connection, and an answer that keeps apart what a diagnosis must: nobody listens, nobody
// answers the connection, the connection is made but the application is silent.
import http from 'node:http';
import type { Millis } from '@reknit/base';

export type HttpOutcome =
  | { readonly kind: 'answered'; readonly status: number; readonly body: string }
  /** At once: the kernel knows of no listener. */
  | { readonly kind: 'refused' }
  /** The connection itself was not completed in time. */
  | { readonly kind: 'no-answer' }
  /** Connected, then nothing in time, or the connection broke. */
  | { readonly kind: 'silent' };

/** Health and identity are a few hundred bytes; more is not what was asked for. */
const BODY_BYTES_MAX = 64 * 1024;

export function httpGet(url: string, timeoutMs: Millis): Promise<HttpOutcome> {
  return new Promise((resolve) => {
    let connected = false;
    const request = http.get(url, { agent: false, headers: { connection: 'close' } });
    const timer = setTimeout(() => settle(connected ? { kind: 'silent' } : { kind: 'no-answer' }), timeoutMs);
    const settle = (outcome: HttpOutcome): void => {
      clearTimeout(timer);
      resolve(outcome);
      request.destroy();
    };
    request.on('socket', (socket) => void socket.once('connect', () => (connected = true)));
    request.on('error', (error) => settle(outcomeOf(error, connected)));
    request.on('response', (response) => collect(response, settle));
  });
}

function collect(response: http.IncomingMessage, settle: (outcome: HttpOutcome) => void): void {
  const chunks: Buffer[] = [];
  let length = 0;
  response.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length > BODY_BYTES_MAX) return settle({ kind: 'silent' });
    chunks.push(chunk);
  });
  response.on('error', () => settle({ kind: 'silent' }));
  response.on('end', () =>
    settle({ kind: 'answered', status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
  );
}

function outcomeOf(error: Error, connected: boolean): HttpOutcome {
  if (connected) return { kind: 'silent' };
  return 'code' in error && error.code === 'ECONNREFUSED' ? { kind: 'refused' } : { kind: 'no-answer' };
}
