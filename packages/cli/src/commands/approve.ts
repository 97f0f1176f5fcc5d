// `reknit approve|reject|ack ID`: a human's word about an incident.
import { type Incident, isClosed, spokenPlan } from '@reknit/recovery';
import { Follower } from '../cluster/follow-incident.js';
import { askAgent } from '../cluster/the-agent.js';
import { EXIT } from '../exit-codes.js';
import { jsonDocument } from '../output/json.js';
import { createTerminal, silentTerminal } from '../output/terminal.js';
import { userName } from '../user-name.js';
import { exitCodeAfter, tellOutcome } from './mend.js';
import type { QueryOptions } from './query-options.js';

export interface ApproveOptions extends QueryOptions {
  /** Of the plan that was seen. */
  readonly plan?: string;
  /** False: ends as soon as it has begun. Default true. */
  readonly wait?: boolean;
}

export async function approve(id: string, options: ApproveOptions): Promise<number> {
  const terminal = options.json === true ? silentTerminal() : createTerminal();
  const { plan: fingerprint, wait = true } = options;
  const incident = await askAgent(options.endpoints, undefined, async (agent) => {
    const follower = wait ? await Follower.on(agent, terminal) : undefined;
    const answer = { by: userName(), ...(fingerprint === undefined ? {} : { fingerprint }) };
    const approved = await agent.approve(id, answer);
    if (approved.plan !== undefined) terminal.line(`  approved: ${spokenPlan(approved.plan)}`);
    return follower === undefined || isClosed(approved) ? approved : await follower.end(approved);
  });
  if (options.json === true) jsonDocument({ format: 1, incident });
  else tellOutcome(terminal, incident, 'is mended');
  return exitCodeAfter(incident, wait);
}

export async function reject(id: string, options: QueryOptions & { readonly reason: string }): Promise<number> {
  const incident = await askAgent(options.endpoints, undefined, (agent) =>
    agent.reject(id, { by: userName(), reason: options.reason }),
  );
  return tell(incident, options, `its plan is rejected: ${incident.subject} is left as it is until somebody mends it`);
}

export async function acknowledge(id: string, options: QueryOptions): Promise<number> {
  const incident = await askAgent(options.endpoints, undefined, (agent) => agent.acknowledge(id, userName()));
  return tell(incident, options, 'acknowledged: nobody is paged for it any more');
}

function tell(incident: Incident, { json = false }: QueryOptions, text: string): number {
  if (json) jsonDocument({ format: 1, incident });
  else {
    const { line, paint } = createTerminal();
    line(`  ${paint.green('✔')} ${incident.id}: ${text}`);
  }
  return EXIT.ok;
}
