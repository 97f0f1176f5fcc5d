// `npm run soak`: real processes under checked load, killed again and again. Exit code 0: all healed, nothing lost, nothing stale.
//   npm run soak -- --rounds 30 --all 5
//   npm run soak -- --rounds 30 --all 0 --leader     only leaders: leader killed → first accepted write
import { parseArgs } from 'node:util';
import { runSoak } from 'reknit';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '30' },
    all: { type: 'string', default: '5' },
    leader: { type: 'boolean', default: false },
  },
});
process.exit(
  await runSoak({ rounds: Number(values.rounds), allAtOnce: Number(values.all), victim: values.leader ? 'leader' : 'any' }),
);
