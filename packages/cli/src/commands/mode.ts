// `reknit mode MODE [TARGET]`: how much the engine may do, of one component or of everything.
import type { AgentStatus, ModeSetting } from '@reknit/host/agent';
import { CliError } from '../cli-error.js';
import { askAgent } from '../cluster/the-agent.js';
import { EXIT } from '../exit-codes.js';
import { jsonDocument } from '../output/json.js';
import { createTerminal } from '../output/terminal.js';
import { clockTime } from '../output/words.js';
import { userName } from '../user-name.js';
import type { QueryOptions } from './query-options.js';

export const MODES = ['observe', 'passive', 'active', 'maintenance', 'declared'] as const;

export interface ModeOptions extends QueryOptions {
  /** In milliseconds. */
  readonly for?: number;
}

export async function mode(name: ModeSetting['mode'], target: string | undefined, options: ModeOptions): Promise<number> {
  if (name === 'maintenance' && options.for === undefined)
    throw new CliError('a maintenance has an end', 'add  --for 2h', EXIT.usage);
  if (name !== 'maintenance' && options.for !== undefined)
    throw new CliError(`--for goes with maintenance, not with ${name}`, 'leave it out', EXIT.usage);
  const modes = await askAgent(options.endpoints, target, (agent) =>
    agent.setMode({
      mode: name,
      by: userName(),
      ...(target === undefined ? {} : { subject: target }),
      ...(options.for === undefined ? {} : { until: Date.now() + options.for }),
    }),
  );
  if (options.json === true) jsonDocument({ format: 1, modes });
  else show(modes);
  return EXIT.ok;
}

function show(modes: AgentStatus['modes']): void {
  const { line, paint } = createTerminal();
  if (modes.length === 0) line('  Every component is in the mode that is declared for it.');
  for (const { subject, mode: set, by } of modes) {
    const word = typeof set === 'object' ? `maintenance until ${clockTime(set.until).slice(0, 8)}` : set;
    line(
      `  ${paint.yellow(word)}  ${subject ?? 'everything'}, set by ${by}; as declared again with  reknit mode declared${subject === undefined ? '' : ` ${subject}`}`,
    );
  }
}
