// GETs of one member over a connection that is kept: asked four times a second, a fresh connection each time would cost both
// sides more than the answer does. What a diagnosis must keep apart stays apart: a kept connection that has broken says only
// that it is over, so the same question goes once more over a fresh one, which tells whether anybody listens.
import http from 'node:http';
import { urlToHttpOptions } from 'node:url';
import type { Millis } from '@reknit/base';
import { type HttpOutcome, httpGet } from './http-get.js';

/** Health is a few hundred bytes; more is not what was asked for. */
const BODY_BYTES_MAX = 64 * 1024;

export class KeptLine {
  readonly #url: string;
  /** Taken apart once, not at every question. */
  readonly #request: http.RequestOptions;

  constructor(url: string) {
    this.#url = url;
    this.#request = { ...urlToHttpOptions(new URL(url)), agent: new http.Agent({ keepAlive: true, maxSockets: 1 }) };
  }

  /** One at a time. */
  get(timeoutMs: Millis): Promise<HttpOutcome> {
    const deadline = performance.now() + timeoutMs;
    return new Promise((resolve) => {
      const request = http.request(this.#request);
      let connected = false;
      let settled = false;
      const settle = (outcome: HttpOutcome | Promise<HttpOutcome>): void => {
        if (settled) return;
        settled = true;
        clearTimeout(timer);
        resolve(outcome);
      };
      const timer = setTimeout(() => {
        settle({ kind: connected ? 'silent' : 'no-answer' });
        request.destroy();
      }, timeoutMs);
      request.on('socket', (socket) => {
        connected = !socket.connecting;
        // A kept one has had its moment: each listener would wait for ever.
        if (!connected) socket.once('connect', () => (connected = true));
      });
      request.on('error', (error) => {
        if (settled) return;
        if (request.reusedSocket) settle(httpGet(this.#url, Math.max(1, deadline - performance.now())));
        else settle(connected ? { kind: 'silent' } : failedToConnect(error));
      });
      request.on('response', (response) => collect(response, settle, () => request.destroy()));
      request.end();
    });
  }
}

const failedToConnect = (error: Error): HttpOutcome =>
  'code' in error && error.code === 'ECONNREFUSED' ? { kind: 'refused' } : { kind: 'no-answer' };

function collect(response: http.IncomingMessage, settle: (outcome: HttpOutcome) => void, giveUp: () => void): void {
  const chunks: Buffer[] = [];
  let length = 0;
  response.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    length += chunk.length;
    if (length <= BODY_BYTES_MAX) return;
    settle({ kind: 'silent' });
    giveUp();
  });
  response.on('error', () => settle({ kind: 'silent' }));
  response.on('end', () => {
    settle({ kind: 'answered', status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() });
  });
}
