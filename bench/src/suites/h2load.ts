// The same load from a generator that is not ours. It knows one request only, so it writes one key over and over.
import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { H2LOAD } from '../cluster/systems.js';
import { GRPC_PREFIX_BYTES } from '../http2/frames.js';
import { METHODS, RequestMessages } from '../load/requests.js';

const run = promisify(execFile);

export interface H2loadJob {
  readonly port: number;
  readonly requests: number;
  readonly connections: number;
  readonly inFlight: number;
  readonly bodyFile: string;
}

/** @returns requests per second, whatever became of them */
export async function runH2load(job: H2loadJob): Promise<number> {
  const message = new RequestMessages('put').at(0);
  const prefix = Buffer.alloc(GRPC_PREFIX_BYTES);
  prefix.writeUInt32BE(message.length, 1);
  writeFileSync(job.bodyFile, Buffer.concat([prefix, message]));
  const words = ['-n', job.requests, '-c', job.connections, '-m', job.inFlight / job.connections, '-d', job.bodyFile].map(String);
  const headers = ['-H', 'content-type: application/grpc', '-H', 'te: trailers'];
  const { stdout } = await run(H2LOAD.file, [...words, ...headers, `http://127.0.0.1:${job.port}${METHODS.put}`]);
  rmSync(job.bodyFile);
  return parseRate(stdout);
}

export function parseRate(output: string): number {
  const rate = /^finished in .*, ([\d.]+) req\/s/m.exec(output)?.[1];
  if (rate === undefined) throw new Error(`h2load did not finish:\n${output.slice(-500)}`);
  return Number(rate);
}
