// docs/bench.md, made from results alone.
import { renderKill } from './render-kill.js';
import { renderThroughput } from './render-throughput.js';
import type { Result } from './results.js';

const TITLES: Readonly<Record<Result['kind'], string>> = {
  put: 'Puts',
  range: 'Linearizable reads',
  kill: 'Leader killed',
};

const HOW: Readonly<Record<Result['kind'], string>> = {
  put: `Three members on one machine, every write synced to the same disk, requests sent to the leader over HTTP/2: keys of
16 bytes, each written once, values of 256 bytes. A row counts only if the store's revision grew by exactly the number of requests, keys read
back from all members hold their values, and the leader stayed. The systems take turns within a round, alone on the machine;
figures are medians over the rounds. *CPU* is the processor time of all members together, *generator* that of the load's own
process on the same machine, *ratio* Reknit's rate as a multiple of this row's, with the lowest and highest of the rounds.`,
  range: 'As above, but reading single keys, each read linearizable, from the leader.',
  kill: `The leader's process is killed with SIGKILL; a prober writes to both survivors every 2 ms and takes the first write that was
sent after the kill and accepted. The members are started by hand: nothing else heals them. *Half load* is half of the puts that
the system was measured to accept when they are spread over all members. *Extra terms* passed in elections beyond the one that is
needed; *false elections* happened while the cluster stood whole.`,
};

export function renderResult(result: Result): string {
  return result.kind === 'kill' ? renderKill(result) : renderThroughput(result);
}

export function describeRun({ machine, systems, startedAt }: Result): string {
  const { processor, cores, memoryGigabytes, disk, kernel, node, commit, loadBefore } = machine;
  const versions = systems.map(({ name, version }) => `${name}: ${version}`).join('; ');
  return `${processor}, ${cores} cores, ${memoryGigabytes} GB, ${disk}, ${kernel}, Node.js ${node}; ${versions}; commit ${commit}; ${startedAt}; load average before: ${loadBefore}`;
}

export function renderPage(results: readonly Result[]): string {
  const sections = results.map(
    (result) => `## ${TITLES[result.kind]}\n\n${HOW[result.kind]}\n\n${renderResult(result)}\n\n${describeRun(result)}\n`,
  );
  return `# Benchmarks

Written by \`npm run bench -- report --docs\` from the results of \`npm run bench\`; do not edit. Absolute figures belong to the machine
that is named; ratios travel further.

${sections.join('\n')}`;
}
