// `reknit repair TARGET` and `reknit replace TARGET`: asks the agent, then follows what it does until it is verified.
import { type Incident, isClosed } from '@reknit/recovery';
import { Follower } from '../cluster/follow-incident.js';
import { askAgent } from '../cluster/the-agent.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { jsonDocument } from '../output/json.js';
import { createTerminal, silentTerminal, type Terminal } from '../output/terminal.js';
import { spokenDuration } from '../output/words.js';
import { userName } from '../user-name.js';
import type { RestartOptions } from './restart.js';

const DONE = {
  repair: 'has its data anew from its peers',
  replace: 'is replaced',
} as const;

export async function mend(action: 'repair' | 'replace', target: string, options: RestartOptions): Promise<number> {
  const terminal = options.json === true ? silentTerminal() : createTerminal();
  const { force = false, wait = true } = options;
  const incident = await askAgent(options.endpoints, target, async (agent) => {
    const follower = wait ? await Follower.on(agent, terminal) : undefined;
    const begun = await agent.mend(target, { action, by: userName(), force });
    return follower === undefined ? begun : await follower.end(begun);
  });
  if (options.json === true) jsonDocument({ format: 1, incident });
  else tellOutcome(terminal, incident, DONE[action]);
  return exitCodeAfter(incident, wait);
}

/** Of an incident that was followed, or only begun. */
export const exitCodeAfter = ({ phase }: Incident, waited: boolean): ExitCode =>
  phase.kind === 'resolved' || !waited ? EXIT.ok : EXIT.failed;

/** @param done what is true once it is resolved */
export function tellOutcome({ line, paint }: Terminal, incident: Incident, done: string): void {
  const { subject, id, phase, moments } = incident;
  const follow = `reknit incident ${id}`;
  if (phase.kind === 'resolved')
    return line(`  ${paint.green('✔')} ${subject} ${done}, verified, after ${spokenDuration(phase.at - moments.onset)}`);
  if (!isClosed(incident)) return line(`  ${subject}: ${phase.kind}; follow it with  ${follow}`);
  const reason = 'reason' in phase ? `: ${phase.reason}` : '';
  line(`  ${paint.red('✗')} ${subject}: ${phase.kind}${reason}; see  ${follow}`);
}
