// reknit.yaml: what runs under one agent. `cluster:` is about the store's own nodes, `components:` about everything else. It is
// read as a whole: either everything is right, or every mistake is told with its place, and nothing of it is used.
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { ProcessComponent } from '@reknit/drivers';
import type { PageSpec } from '../agent/agent-config.js';
import { type ClusterSettings, readCluster } from './cluster.js';
import { type DeclaredComponent, readComponent } from './component.js';
import { nearest } from './nearest.js';
import { readPage } from './pages.js';
import { type Field, type Fields, type Problem, Sheet } from './sheet.js';

export interface ReknitFile {
  /** Where the agent and the nodes keep what is theirs; as it stands, relative to wherever the command runs. */
  readonly data?: string;
  /** Absent: there are components, and no nodes. */
  readonly cluster?: ClusterSettings;
  readonly components: readonly ProcessComponent[];
  /** How humans are told of what no ladder could mend. */
  readonly pages?: readonly PageSpec[];
}

export type ReadFile =
  | { readonly ok: true; readonly file: ReknitFile }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const COMPONENTS_MAX = 100;

/** @throws the system's error when it cannot be read */
export const readReknitFile = (path: string): ReadFile => parseReknitFile(readFileSync(path, 'utf8'), dirname(resolve(path)));

/** @param directory absolute: what relative paths in it are relative to */
export function parseReknitFile(text: string, directory: string): ReadFile {
  const sheet = new Sheet(text);
  const file = sheet.problems.length > 0 ? undefined : readRoot(sheet.root, directory);
  const { problems } = sheet;
  return file !== undefined && problems.length === 0 ? { ok: true, file } : { ok: false, problems };
}

function readRoot(root: Field, directory: string): ReknitFile | undefined {
  if (!root.isPresent) return { cluster: {}, components: [] };
  const fields = root.fields('a map with cluster: and components:');
  if (fields === undefined) return undefined;
  const data = fields.get('data').text('a directory');
  const declared = readComponents(fields.get('components'), directory);
  const pages = fields
    .get('pages')
    .list('a list of webhooks and commands')
    .flatMap((page) => readPage(page) ?? []);
  const cluster = readCluster(fields, fields.has('components') ? 'when asked for' : 'always');
  fields.close();
  refuseSharedPorts(declared);
  refuseUnknownDependencies(declared);
  refuseCircles(declared);
  return {
    components: declared.map(({ component }) => component),
    ...(data === undefined ? {} : { data }),
    ...(cluster === undefined ? {} : { cluster }),
    ...(pages.length === 0 ? {} : { pages }),
  };
}

function readComponents(field: Field, directory: string): readonly DeclaredComponent[] {
  const fields: Fields | undefined = field.fields('a map of components by their names');
  if (fields === undefined) return [];
  if (fields.names.length > COMPONENTS_MAX)
    fields.fail(`has ${fields.names.length} entries: expected ${COMPONENTS_MAX} at the most`);
  return fields.names.flatMap((name) => readComponent(name, fields.get(name), directory) ?? []);
}

function refuseSharedPorts(declared: readonly DeclaredComponent[]): void {
  const owners = new Map<number, string>();
  for (const { component, field } of declared) {
    for (const port of component.ports) {
      const owner = owners.get(port);
      if (owner !== undefined && owner !== component.name)
        field.fail(`has port ${port}, which ${owner} has already: expected ports of its own`);
      else owners.set(port, component.name);
    }
  }
}

/** The store itself, for components that cannot be without it. */
const STORE = 'store';

function refuseUnknownDependencies(declared: readonly DeclaredComponent[]): void {
  const names = [...declared.map(({ component }) => component.name), STORE];
  for (const { policy, component } of declared) {
    for (const { name, field } of policy.dependencies) {
      if (name === component.name) field.fail('is the component itself: expected another one');
      if (names.includes(name)) continue;
      const near = nearest(name, names);
      field.fail(
        `is "${name}", which is no component: ${near === undefined ? `there are ${names.join(', ')}` : `did you mean "${near}"?`}`,
      );
    }
  }
}

/** Two that wait for each other would never be mended. */
function refuseCircles(declared: readonly DeclaredComponent[]): void {
  const byName = new Map(declared.map((each) => [each.component.name, each]));
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): void => {
    const each = byName.get(name);
    if (each === undefined || done.has(name)) return;
    for (const { name: next, field } of each.policy.dependencies) {
      if (path.includes(next)) field.fail(`closes a circle: ${[...path.slice(path.indexOf(next)), next].join(' needs ')}`);
      else if (next !== name) visit(next, [...path, next]);
    }
    done.add(name);
  };
  for (const name of byName.keys()) visit(name, [name]);
}
