// The way to a member's fault switches, for drills.
import { request } from 'node:http';
import type { Fault } from './fault.js';
import { FAULT_SWITCHES_PATH, proveFault } from './fault-switches.js';

/** A member on the same machine answers in a millisecond; one that does not within this is not fit to be drilled. */
const ANSWER_WITHIN_MS = 2000;

/**
 * @param clientUrl `http://host:port` of the member
 * @throws Error with the member's own words when it refuses, e.g. because it runs without --fault-switches
 */
export async function throwFault(clientUrl: string, secret: Uint8Array, fault: Fault): Promise<void> {
  const url = `${clientUrl}${FAULT_SWITCHES_PATH}`;
  const { challenge } = await ask(url, 'GET');
  if (typeof challenge !== 'string') throw new Error(`${clientUrl} gave no challenge: it is not a member with fault switches`);
  const { kind, ...parts } = fault;
  const values = Object.entries(parts).map(([name, value]): [string, string] => [name, `${value}`]);
  const query = new URLSearchParams([
    ['fault', kind],
    ...values,
    ['challenge', challenge],
    ['proof', proveFault(secret, challenge, fault)],
  ]);
  await ask(`${url}?${query}`, 'POST');
}

/** Over a connection of its own: one that was kept may be that of a life that is over. */
async function ask(url: string, method: 'GET' | 'POST'): Promise<Readonly<Record<string, unknown>>> {
  const { status, text } = await answerTo(url, method);
  const answer = parse(text);
  if (status === 200) return answer;
  throw new Error(`the fault switch was not thrown: ${typeof answer.error === 'string' ? answer.error : `${status} ${text}`}`);
}

function answerTo(url: string, method: 'GET' | 'POST'): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, agent: false, signal: AbortSignal.timeout(ANSWER_WITHIN_MS) }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(pieces).toString('utf8') }));
    });
    asked.on('error', reject);
    asked.end();
  });
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
