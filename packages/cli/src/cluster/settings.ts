// What `up` is told, from its flags and reknit.yaml; flags win. Everything is checked before anything is touched.
import type { Problem, ReknitFile } from '@reknit/host/components';
import { CliError, systemReason } from '../cli-error.js';
import { EXIT } from '../exit-codes.js';
import { LAYOUT_DEFAULTS, type LayoutSettings } from './layout.js';

/** @throws CliError with every mistake that it has */
export async function readSettingsFile(path: string): Promise<ReknitFile> {
  const read = await readReknit(path);
  if (read.ok) return read.file;
  throw new CliError(told(path, read.problems), 'nothing was started', EXIT.usage);
}

/** @throws CliError when there is no such file */
export async function readReknit(path: string): Promise<ReturnType<typeof import('@reknit/host/components').readReknitFile>> {
  const { readReknitFile } = await import('@reknit/host/components');
  try {
    return readReknitFile(path);
  } catch (error) {
    throw new CliError(`cannot read ${path}: ${systemReason(error)}`, 'name another file', EXIT.usage);
  }
}

/** One line for one, so that it can be read at a glance. */
function told(path: string, problems: readonly Problem[]): string {
  const lines = problems.map((each) => lineOf(path, each));
  return lines.length === 1 ? lines.join('') : [`${path} has ${lines.length} mistakes`, ...lines].join('\n  ');
}

/** In the form that editors jump to. */
export const lineOf = (path: string, { line, column, path: where, text }: Problem): string =>
  `${path}:${line}:${column}  ${where === '' ? 'it' : where} ${text}`;

export function completeSettings(given: Partial<LayoutSettings>): LayoutSettings {
  const settings = { ...LAYOUT_DEFAULTS, ...given };
  const last = settings.clientPort + (settings.nodes - 1) * settings.portStep + 1;
  if (last < 65_536) return settings;
  throw new CliError(
    `the ports of ${settings.nodes} nodes from ${settings.clientPort} on would reach ${last}`,
    'choose a lower --client-port or --port-step',
    EXIT.usage,
  );
}
