// Sums a profile of V8 by package and by function: self time, so that the parts add up to the whole.
import { readFileSync } from 'node:fs';
import { fixed, table } from './report/table.js';

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
}

export interface Profile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const FUNCTIONS_SHOWN = 40;
const ASIDE = new Set(['(idle)', '(program)', '(root)']);

export function renderProfile(file: string): string {
  const profile = JSON.parse(readFileSync(file, 'utf8')) as Profile;
  const selfMicros = selfTimes(profile);
  const busy = sum(
    profile.nodes.filter(({ callFrame }) => callFrame.functionName !== '(idle)').map(({ id }) => selfMicros.get(id) ?? 0),
  );
  const all = sum([...selfMicros.values()]);
  const group = (nameOf: (node: ProfileNode) => string): readonly (readonly string[])[] => {
    const totals = new Map<string, number>();
    for (const node of profile.nodes) totals.set(nameOf(node), (totals.get(nameOf(node)) ?? 0) + (selfMicros.get(node.id) ?? 0));
    return [...totals]
      .sort((left, right) => right[1] - left[1])
      .filter(([name]) => name !== '(idle)')
      .slice(0, FUNCTIONS_SHOWN)
      .map(([name, micros]) => [name, fixed((100 * micros) / busy, 1)]);
  };
  return [
    `${file}: busy ${fixed(busy / 1e6, 1)} s of ${fixed(all / 1e6, 1)} s`,
    table(['package', '% of busy'], group(packageOf)),
    table(['function', '% of busy'], group(functionOf)),
  ].join('\n\n');
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

function functionOf(node: ProfileNode): string {
  const { functionName, url, lineNumber } = node.callFrame;
  const file = url.split('/').slice(-2).join('/');
  return `${functionName === '' ? '(anonymous)' : functionName} ${packageOf(node)} ${file}${url === '' ? '' : `:${lineNumber + 1}`}`.trim();
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
