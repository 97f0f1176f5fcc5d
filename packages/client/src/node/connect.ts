import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';

/** Large enough that a range of a few megabytes never waits for a window update. */
const STREAM_WINDOW_BYTES = 4 * 1024 * 1024;
const SESSION_WINDOW_BYTES = 16 * 1024 * 1024;

/** In megabytes, for many large responses at once; Node's default of 10 ends the session. */
const SESSION_MEMORY_MAX_MB = 1024;

export function connect(endpoint: string): ClientHttp2Session {
  const session = connectHttp2(urlOf(endpoint), {
    settings: { initialWindowSize: STREAM_WINDOW_BYTES, enablePush: false },
    maxSessionMemory: SESSION_MEMORY_MAX_MB,
  });
  // Node tells of the connection though the client was closed while it was made.
  session.once('connect', () => {
    if (!session.destroyed) session.setLocalWindowSize(SESSION_WINDOW_BYTES);
  });
  return session;
}

/** Throws TypeError. Called early: an endpoint that can never work is not worth a retry. */
export function checkEndpoint(endpoint: string): void {
  if (/^(http:\/\/)?([^:/?#@\s]+|\[[0-9a-f:.]+\]):\d{1,5}\/?$/i.test(endpoint)) return;
  const hint = endpoint.startsWith('https://') ? ' (there is no TLS yet)' : '';
  throw new TypeError(`endpoint ${JSON.stringify(endpoint)} is neither host:port nor http://host:port${hint}`);
}

function urlOf(endpoint: string): string {
  checkEndpoint(endpoint);
  return endpoint.startsWith('http://') ? endpoint : `http://${endpoint}`;
}
