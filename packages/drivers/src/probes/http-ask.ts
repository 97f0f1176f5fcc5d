// One request over one fresh connection, and an answer that keeps apart what a diagnosis must: nobody listens, nobody answers
// the connection, the connection is made but the application is silent, or breaks off.
import http from 'node:http';
import https from 'node:https';
import type { Millis } from '@reknit/base';

export interface HttpQuestion {
  /** `http:` or `https:` */
  readonly url: string;
  readonly method?: 'GET' | 'HEAD' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs: Millis;
  /** What comes beyond is not read. */
  readonly bodyBytesMax: number;
}

export type HttpAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly text: string; readonly body: string; readonly cut: boolean }
  /** At once: the kernel knows of no listener. */
  | { readonly kind: 'refused' }
  /** The connection itself was not completed in time, or there is no way to it. */
  | { readonly kind: 'no-answer'; readonly cause: string }
  /** Connected, then nothing in time. */
  | { readonly kind: 'silent' }
  /** Connected, then ended or talked something that is no HTTP. */
  | { readonly kind: 'broken'; readonly cause: string };

export function httpAsk({ url, method = 'GET', headers, timeoutMs, bodyBytesMax }: HttpQuestion): Promise<HttpAnswer> {
  return new Promise((resolve) => {
    let connected = false;
    const { request: send } = url.startsWith('https:') ? https : http;
    const request = send(url, { method, agent: false, headers: { connection: 'close', ...headers } });
    const settle = (answer: HttpAnswer): void => {
      clearTimeout(timer);
      resolve(answer);
      request.destroy();
    };
    const onTime = (): void =>
      settle(connected ? { kind: 'silent' } : { kind: 'no-answer', cause: `no connection within ${timeoutMs} ms` });
    const timer = setTimeout(onTime, timeoutMs);
    request.on('socket', (socket) => void socket.once('connect', () => (connected = true)));
    request.on('error', (error) => settle(answerOf(error, connected)));
    request.on('response', (response) => collect(response, bodyBytesMax, settle));
    request.end();
  });
}

function collect(response: http.IncomingMessage, bytesMax: number, settle: (answer: HttpAnswer) => void): void {
  const chunks: Buffer[] = [];
  let length = 0;
  const answered = (cut: boolean): void =>
    settle({
      kind: 'answered',
      status: response.statusCode ?? 0,
      text: response.statusMessage ?? '',
      body: Buffer.concat(chunks).subarray(0, bytesMax).toString(),
      cut,
    });
  response.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    length += chunk.length;
    if (length > bytesMax) answered(true);
  });
  response.on('error', (error) => settle({ kind: 'broken', cause: error.message }));
  response.on('end', () => answered(false));
}

function answerOf(error: Error, connected: boolean): HttpAnswer {
  if (connected) return { kind: 'broken', cause: error.message };
  return 'code' in error && error.code === 'ECONNREFUSED' ? { kind: 'refused' } : { kind: 'no-answer', cause: error.message };
}
