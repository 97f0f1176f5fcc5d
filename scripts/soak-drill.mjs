// `npm run soak:drill`: one drill after the other, each on a cluster of its own with a seed of its own, until enough are done or the
// time is up. Exit code 0: every fault was rightly named and healed, nothing was lost.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { LIMIT_OPTIONS, limitsOf, runSoak } from './soak-frame.mjs';

const USAGE = `npm run soak:drill -- [--rounds 30] [--minutes M] [--drill all] [--seed 1] [--json FILE]

  --rounds N     drills, one round each (default 30, or as many as the time allows)
  --minutes M    no new drill after that
  --drill NAME   all, or what \`reknit drill --help\` names (default all)
  --seed N       of the first; each has the next one (default 1)
  --json FILE    the sums as JSON`;

const REKNIT = fileURLToPath(new URL('../packages/cli/dist/main.js', import.meta.url));

const { values } = parseArgs({
  options: { ...LIMIT_OPTIONS, drill: { type: 'string', default: 'all' }, seed: { type: 'string', default: '1' } },
});

async function drill(seed) {
  const words = ['drill', values.drill, '--rounds', '1', '--seed', String(seed), '--json'];
  const child = spawn(process.execPath, [REKNIT, ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  let last;
  for await (const line of createInterface({ input: child.stdout })) last = line;
  const [code] = await ended;
  const report = last === undefined ? {} : JSON.parse(last);
  if (report.kind !== 'report') return { objections: [`seed ${seed}: the drill ended with ${code} and without a report`] };
  const { passed, rounds, rightlyNamed, acknowledged, lost, stale, falseActions, objections } = report;
  return {
    line: `seed ${seed}: ${rightlyNamed} of ${rounds} faults rightly named, ${passed ? 'passed' : 'FAILED'}`,
    objections: passed || objections.length > 0 ? objections : [`seed ${seed}: the drill did not pass`],
    figures: { faults: rounds, 'rightly named': rightlyNamed, acknowledged, lost, stale, 'false actions': falseActions },
  };
}

async function main() {
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const open = async () => ({ round: ({ number }) => drill(Number(values.seed) + number - 1) });
  return runSoak({ name: 'soak of drills', open }, limitsOf(values, { rounds: 30 }));
}

process.exit(await main());
