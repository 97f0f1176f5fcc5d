// `npm run soak`: real processes under checked load, killed, stopped and cut off again and again. Exit code 0: all healed, nothing lost,
// nothing stale.
import { parseArgs } from 'node:util';
import { openSoak } from 'reknit';
import { LIMIT_OPTIONS, limitsOf, runSoak } from './soak-frame.mjs';

const USAGE = `npm run soak -- [--rounds 30] [--all 5] [--minutes M] [--faults kill,stop,cut] [--protocol raft] [--leader] [--json FILE]

  --rounds N     faults of one node each (default 30, or as many as the time allows)
  --faults A,B   which, in turn: kill (SIGKILL), stop (SIGSTOP), cut (its links, for a while) (default kill)
  --protocol P   raft, paxos or zab (default raft)
  --all N        then kills of all nodes at once (default 5; with --minutes alone every sixth round is one)
  --minutes M    no new round after that
  --leader       only leaders: leader struck → first accepted write
  --json FILE    the sums as JSON

  npm run soak -- --rounds 30 --all 0 --leader
  npm run soak -- --rounds 30 --all 0 --faults kill,stop,cut --protocol paxos
  npm run soak -- --minutes 60 --json soak.json`;

/** When only the time is given. */
const ALL_EVERY = 6;

const { values } = parseArgs({
  options: {
    ...LIMIT_OPTIONS,
    all: { type: 'string', default: '5' },
    faults: { type: 'string', default: 'kill' },
    protocol: { type: 'string', default: 'raft' },
    leader: { type: 'boolean', default: false },
  },
});
const FAULTS = ['kill', 'stop', 'cut'];
const PROTOCOLS = ['raft', 'paxos', 'zab'];

function chosen() {
  const faults = values.faults.split(',');
  const unknown = faults.find((fault) => !FAULTS.includes(fault));
  if (unknown !== undefined) throw new Error(`--faults ${unknown}: one of ${FAULTS.join(', ')} is needed`);
  if (!PROTOCOLS.includes(values.protocol))
    throw new Error(`--protocol ${values.protocol}: one of ${PROTOCOLS.join(', ')} is needed`);
  return { faults, protocol: values.protocol };
}

async function main() {
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const { rounds: single, ...limits } = limitsOf(values, { rounds: 30 });
  const all = Number(values.all);
  const isForAll = (number) => (Number.isFinite(single) ? number > single : all > 0 && number % ALL_EVERY === 0);
  const { faults, protocol } = chosen();
  const open = async () => {
    const soak = await openSoak({ protocol, victim: values.leader ? 'leader' : 'any' });
    return {
      round: ({ number }) => soak.round(isForAll(number) ? 'kill-all' : faults[(number - 1) % faults.length]),
      conclude: () => soak.conclude(),
      close: () => soak.close(),
    };
  };
  return runSoak({ name: `soak of ${protocol}: ${faults.join(', ')}`, open }, { ...limits, rounds: single + all });
}

process.exit(await main());
