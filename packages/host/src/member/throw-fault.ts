// The way to a member's fault switches, for drills.
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

async function ask(url: string, method: 'GET' | 'POST'): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(url, { method, signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
  const text = await response.text();
  const answer = parse(text);
  if (response.ok) return answer;
  throw new Error(
    `the fault switch was not thrown: ${typeof answer.error === 'string' ? answer.error : `${response.status} ${text}`}`,
  );
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
