// docs/bench.md, made from the published results alone.
import { fileURLToPath } from 'node:url';
import type { Kind, Result, Results } from './results.js';
import { SECTIONS } from './sections.js';

export const PAGE: string = fileURLToPath(new URL('../../../docs/bench.md', import.meta.url));

export const renderResult = (result: Result): string => renderBy(result.kind, result);

export const isWhole = (result: Result): boolean => isWholeBy(result.kind, result);

// TypeScript follows a kind and its result only through a parameter of their own.
const renderBy = <K extends Kind>(kind: K, result: Results[K]): string => SECTIONS[kind].render(result);
const isWholeBy = <K extends Kind>(kind: K, result: Results[K]): boolean => SECTIONS[kind].isWhole(result);

export function describeRun({ machine, systems, startedAt }: Result): string {
  const { processor, cores, memoryGigabytes, disk, kernel, node, commit, loadBefore } = machine;
  const versions = systems.map(({ name, version }) => `${name}: ${version}`).join('; ');
  return `${processor}, ${cores} cores, ${memoryGigabytes} GB, ${disk}, ${kernel}, Node.js ${node}; ${versions}; commit ${commit}; ${startedAt}; load average before: ${loadBefore}`;
}

export function renderPage(results: readonly Result[]): string {
  const sections = results.map(
    (result) =>
      `## ${SECTIONS[result.kind].title}\n\n${SECTIONS[result.kind].how}\n\n${renderResult(result)}\n\n${describeRun(result)}\n`,
  );
  return `# Benchmarks

Written by \`npm run bench:docs\` from the results in \`bench/results/\`, which \`npm run bench -- --docs\` leaves there with every single
round; do not edit. Absolute figures belong to the machine that is named; ratios travel further.

${sections.join('\n')}`;
}
