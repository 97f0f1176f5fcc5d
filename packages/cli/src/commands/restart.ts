// `reknit restart TARGET`: asks the agent, then follows what it does until the node is verified.
import { type Incident, isClosed } from '@reknit/recovery';
import { Follower } from '../cluster/follow-incident.js';
import { askAgent } from '../cluster/the-agent.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { jsonDocument } from '../output/json.js';
import { createTerminal, silentTerminal, type Terminal } from '../output/terminal.js';
import { spokenDuration } from '../output/words.js';
import { userName } from '../user-name.js';
import type { QueryOptions } from './query-options.js';

export interface RestartOptions extends QueryOptions {
  /** Though it costs the majority. */
  readonly force?: boolean;
  /** False: ends as soon as it has begun. Default true. */
  readonly wait?: boolean;
}

export async function restart(target: string, options: RestartOptions): Promise<number> {
  const terminal = options.json === true ? silentTerminal() : createTerminal();
  const { force = false, wait = true } = options;
  const incident = await askAgent(options.endpoints, target, async (agent) => {
    const follower = wait ? await Follower.on(agent, terminal) : undefined;
    const begun = await agent.restart(target, { by: userName(), force });
    return follower === undefined ? begun : await follower.end(begun);
  });
  if (options.json === true) jsonDocument({ format: 1, incident });
  else show(terminal, incident);
  return exitCodeOf(incident, wait);
}

function exitCodeOf({ phase }: Incident, waited: boolean): ExitCode {
  return phase.kind === 'resolved' || !waited ? EXIT.ok : EXIT.failed;
}

function show({ line, paint }: Terminal, incident: Incident): void {
  const { subject, id, phase, moments } = incident;
  const follow = `reknit incident ${id}`;
  if (phase.kind === 'resolved')
    return line(
      `  ${paint.green('✔')} ${subject} is restarted (pid ${phase.boot.process.pid}) and verified, in ${spokenDuration(phase.at - moments.onset)}`,
    );
  if (!isClosed(incident)) return line(`  ${subject} is being restarted: follow it with  ${follow}`);
  const reason = 'reason' in phase ? `: ${phase.reason}` : '';
  line(`  ${paint.red('✗')} the restart of ${subject} ended as ${phase.kind}${reason}; see  ${follow}`);
}
