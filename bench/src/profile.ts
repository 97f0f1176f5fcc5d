// Sums a profile of V8 by package and by function: self time, so that the parts add up to the whole.
import { readFileSync } from 'node:fs';
import { fixed, table } from './report/table.js';

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly children?: readonly number[];
}

export interface Profile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const ROWS = 40;
const ASIDE = new Set(['(idle)', '(program)', '(root)']);

export function renderProfile(file: string): string {
  const profile = JSON.parse(readFileSync(file, 'utf8')) as Profile;
  const selfMicros = selfTimes(profile);
  const nodes = profile.nodes.filter(({ callFrame }) => callFrame.functionName !== '(idle)');
  const microsOf = ({ id }: ProfileNode): number => selfMicros.get(id) ?? 0;
  const busy = sum(nodes.map(microsOf));
  const group = (nameOf: (node: ProfileNode) => string): readonly (readonly string[])[] => {
    const totals = new Map<string, number>();
    for (const node of nodes) totals.set(nameOf(node), (totals.get(nameOf(node)) ?? 0) + microsOf(node));
    return [...totals]
      .sort((left, right) => right[1] - left[1])
      .slice(0, ROWS)
      .map(([name, micros]) => [name, fixed((100 * micros) / busy, 1)]);
  };
  const callers = callersOf(profile.nodes);
  return [
    `${file}: busy ${fixed(busy / 1e6, 1)} s of ${fixed(sum(profile.timeDeltas) / 1e6, 1)} s`,
    table(['package', '% of busy'], group(packageOf)),
    table(
      ['function', '% of busy'],
      group((node) => functionOf(node, callers)),
    ),
  ].join('\n\n');
}

/** The nearest function of a package above each node: what V8 and Node.js themselves do is done for somebody. */
function callersOf(nodes: readonly ProfileNode[]): ReadonlyMap<number, ProfileNode> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const callers = new Map<number, ProfileNode>();
  for (const node of nodes) {
    const nearest = isOurs(node) ? node : callers.get(node.id);
    for (const child of nearest === undefined ? [] : (node.children ?? [])) if (byId.has(child)) callers.set(child, nearest!);
  }
  return callers;
}

/** Microseconds by node. */
export function selfTimes({ samples, timeDeltas }: Profile): ReadonlyMap<number, number> {
  const times = new Map<number, number>();
  for (const [at, node] of samples.entries()) times.set(node, (times.get(node) ?? 0) + (timeDeltas[at] ?? 0));
  return times;
}

export function packageOf({ callFrame: { url, functionName } }: ProfileNode): string {
  if (url === '') return ASIDE.has(functionName) || functionName === '(garbage collector)' ? functionName : '(V8)';
  const found = /\/(packages|node_modules)\/((?:@[^/]+\/)?[^/]+)\//.exec(url);
  return found?.[2] ?? (url.startsWith('node:') ? 'node' : url);
}

const isOurs = ({ callFrame: { url } }: ProfileNode): boolean => /\/(packages|node_modules)\//.test(url);

function functionOf(node: ProfileNode, callers: ReadonlyMap<number, ProfileNode>): string {
  const caller = isOurs(node) ? undefined : callers.get(node.id);
  return caller === undefined ? placeOf(node) : `${placeOf(node)} for ${placeOf(caller)}`;
}

function placeOf(node: ProfileNode): string {
  const { functionName, url, lineNumber } = node.callFrame;
  if (url === '') return functionName;
  const file = url.split('/').slice(-2).join('/');
  return `${functionName === '' ? '(anonymous)' : functionName} ${packageOf(node)} ${file}:${lineNumber + 1}`;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
