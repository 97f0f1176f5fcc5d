// Given requests on one connection: for the few heavy ones beside which pings are watched, and for what is set up.
import { Connection } from '../http2/connection.js';
import { requestHeaders } from '../http2/request-headers.js';

export interface RawCallsJob {
  readonly port: number;
  readonly method: string;
  /** Protobuf, in base64; each is called once. */
  readonly messages: readonly string[];
  /** How many at once; 1 is one after the other. */
  readonly inFlight: number;
}

export interface RawCallsResult {
  readonly refused: number;
  readonly replyBytes: number;
  readonly seconds: number;
}

export function runRawCalls(job: RawCallsJob): Promise<RawCallsResult> {
  return new Promise((resolve, reject) => {
    let next = 0;
    let refused = 0;
    let replyBytes = 0;
    let startedAt: number | undefined;
    const connection = new Connection(job.port, requestHeaders(`127.0.0.1:${job.port}`, job.method), {
      reply: (_sentAt, bytes) => {
        replyBytes += bytes;
        if (bytes === 0) refused++;
      },
      turn: (now) => {
        startedAt ??= now;
        for (; connection.calls.inFlight < job.inFlight && next < job.messages.length; next++) {
          const message = Buffer.from(job.messages[next]!, 'base64');
          if (!connection.calls.mayCall(message.length)) return;
          connection.calls.call(message, now);
        }
        if (connection.calls.inFlight > 0) return;
        connection.close();
        resolve({ refused, replyBytes, seconds: (now - startedAt) / 1000 });
      },
      closed: (cause) => reject(new Error(`the connection of ${job.method} ended: ${cause}`)),
    });
  });
}
