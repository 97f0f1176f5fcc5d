// `npm run soak`: real processes under checked load, killed again and again. Exit code 0: all healed, nothing lost, nothing stale.
import { parseArgs } from 'node:util';
import { openSoak } from 'reknit';
import { LIMIT_OPTIONS, limitsOf, runSoak } from './soak-frame.mjs';

const USAGE = `npm run soak -- [--rounds 30] [--all 5] [--minutes M] [--leader] [--json FILE]

  --rounds N     kills of one node each (default 30, or as many as the time allows)
  --all N        then kills of all nodes at once (default 5; with --minutes alone every sixth round is one)
  --minutes M    no new round after that
  --leader       only leaders: leader killed → first accepted write
  --json FILE    the sums as JSON

  npm run soak -- --rounds 30 --all 0 --leader
  npm run soak -- --minutes 60 --json soak.json`;

/** When only the time is given. */
const ALL_EVERY = 6;

const { values } = parseArgs({
  options: { ...LIMIT_OPTIONS, all: { type: 'string', default: '5' }, leader: { type: 'boolean', default: false } },
});

async function main() {
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const { rounds: single, ...limits } = limitsOf(values, { rounds: 30 });
  const all = Number(values.all);
  const isForAll = (number) => (Number.isFinite(single) ? number > single : all > 0 && number % ALL_EVERY === 0);
  const open = async () => {
    const soak = await openSoak({ victim: values.leader ? 'leader' : 'any' });
    return {
      round: ({ number }) => soak.round(isForAll(number) ? 'all' : 'one'),
      conclude: () => soak.conclude(),
      close: () => soak.close(),
    };
  };
  return runSoak({ name: 'soak of kills', open }, { ...limits, rounds: single + all });
}

process.exit(await main());
