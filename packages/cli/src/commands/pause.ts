// `reknit pause` and `reknit resume`: for a while the agent only observes. A pause always has an end: one that is forgotten must
// not leave a cluster unhealed for good.
import type { AgentStatus } from '@reknit/host/agent';
import { askAgent } from '../cluster/the-agent.js';
import { EXIT } from '../exit-codes.js';
import { jsonDocument } from '../output/json.js';
import { pauseSentence } from '../output/restraints.js';
import { createTerminal } from '../output/terminal.js';
import { userName } from '../user-name.js';
import type { QueryOptions } from './query-options.js';

export interface PauseOptions extends QueryOptions {
  /** In milliseconds. */
  readonly for: number;
}

export async function pause(target: string | undefined, options: PauseOptions): Promise<number> {
  const pauses = await askAgent(options.endpoints, target, (agent) => agent.pause(options.for, scopeOf(target)));
  return answer(pauses, options, 'Healing goes on.');
}

export async function resume(target: string | undefined, options: QueryOptions): Promise<number> {
  const pauses = await askAgent(options.endpoints, target, (agent) => agent.resume(scopeOf(target)));
  return answer(pauses, options, 'Healing goes on: nothing is paused.');
}

const scopeOf = (subject: string | undefined): { readonly by: string; readonly subject?: string } => ({
  by: userName(),
  ...(subject === undefined ? {} : { subject }),
});

function answer(pauses: AgentStatus['pauses'], { json = false }: QueryOptions, none: string): number {
  if (json) {
    jsonDocument({ format: 1, pauses });
    return EXIT.ok;
  }
  const { line, paint } = createTerminal();
  if (pauses.length === 0) line(`  ${none}`);
  for (const each of pauses) line(`  ${paint.yellow('paused')}  ${pauseSentence(each, Date.now())}`);
  return EXIT.ok;
}
