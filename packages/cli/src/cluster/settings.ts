// What `up` is told, from its flags and a YAML file; flags win. Everything is checked before anything is touched.
import { readFileSync } from 'node:fs';
import { CliError, reasonOf, systemReason } from '../cli-error.js';
import { EXIT } from '../exit-codes.js';
import { LAYOUT_DEFAULTS, type LayoutSettings, PROTOCOLS, type Protocol } from './layout.js';

/** Only what was said. */
export interface GivenSettings extends Partial<LayoutSettings> {
  readonly data?: string;
}

const RANGES: Readonly<Record<string, readonly [min: number, max: number]>> = {
  nodes: [1, 9],
  clientPort: [1, 65_534],
  portStep: [2, 10_000],
  dashboardPort: [1, 65_535],
};
const KEYS = ['nodes', 'protocol', 'data', 'clientPort', 'portStep', 'dashboardPort'];

export async function readSettingsFile(path: string): Promise<GivenSettings> {
  const value = await parseYaml(path);
  if (value === null || value === undefined) return {};
  if (typeof value !== 'object' || Array.isArray(value))
    throw refuse(path, 'is not a map of settings', `write  nodes: 3  and the like`);
  for (const key of Object.keys(value)) {
    if (key === 'components') throw refuse(path, 'has a section "components"', 'it comes with a later version: remove it');
    if (!KEYS.includes(key)) throw refuse(path, `has an unknown setting "${key}"`, `there are ${KEYS.join(', ')}`);
  }
  return checkAll(path, value as Readonly<Record<string, unknown>>);
}

async function parseYaml(path: string): Promise<unknown> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new CliError(`cannot read ${path}: ${systemReason(error)}`, 'name another file with -f', EXIT.usage);
  }
  const { parse } = await import('yaml');
  try {
    return parse(text);
  } catch (error) {
    throw refuse(path, `is not YAML: ${reasonOf(error).split('\n')[0]?.replace(/:$/, '')}`, 'mend that line');
  }
}

function checkAll(path: string, value: Readonly<Record<string, unknown>>): GivenSettings {
  const { protocol, data } = value;
  if (protocol !== undefined && !PROTOCOLS.includes(protocol as Protocol)) {
    throw refuse(path, `has protocol ${JSON.stringify(protocol)}`, `use ${PROTOCOLS.join(' or ')}`);
  }
  if (data !== undefined && (typeof data !== 'string' || data === '')) {
    throw refuse(path, `has data ${JSON.stringify(data)}`, 'name a directory');
  }
  for (const [key, [min, max]] of Object.entries(RANGES)) {
    const given = value[key];
    if (given === undefined || (Number.isInteger(given) && Number(given) >= min && Number(given) <= max)) continue;
    throw refuse(path, `has ${key} ${JSON.stringify(given)}`, `use a whole number from ${min} to ${max}`);
  }
  return value as GivenSettings;
}

const refuse = (path: string, what: string, cure: string): CliError => new CliError(`${path} ${what}`, cure, EXIT.usage);

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
