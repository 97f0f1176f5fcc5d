// Runs seeds of the simulator on every core until as many are done, or the time is up. Ends with 1 when any broke a rule.
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { describeReport, describeSummary, parseFaults, parseWorkloads, runSimulation, SeedsTotals } from '@reknit/simulator';
import { LIMIT_OPTIONS, limitsOf, runSoak } from './soak-frame.mjs';

const USAGE = `npm run soak:sim -- [--seeds 1000] [--start 1] [--minutes M] [--workers N] [--seconds S] [--faults a,b] [--workloads a,b] [--members N] [--json FILE]

  --seeds N      how many (default 1000, or as many as the time allows); --rounds says the same
  --start N      the first of them (default 1)
  --minutes M    no new seed after that
  --workers N    processes (default: one a core)
  --seconds S    of virtual time, each seed
  --faults A,B   only these
  --json FILE    the sums as JSON`;

/** Most of what a run allocates dies young: a larger nursery makes a seed a tenth faster. */
const WORKER_OPTIONS = ['--max-semi-space-size=32'];

const { values } = parseArgs({
  options: {
    ...LIMIT_OPTIONS,
    start: { type: 'string', default: '1' },
    seeds: { type: 'string' },
    workers: { type: 'string', default: String(availableParallelism()) },
    seconds: { type: 'string' },
    faults: { type: 'string' },
    workloads: { type: 'string' },
    members: { type: 'string' },
  },
});

function simulationOptions() {
  const parsed = values.faults === undefined ? {} : parseFaults(values.faults);
  if ('unknown' in parsed) throw new Error(`no such fault: ${parsed.unknown}`);
  const load = values.workloads === undefined ? {} : parseWorkloads(values.workloads);
  if ('unknown' in load) throw new Error(`no such workload: ${load.unknown}`);
  return {
    ...parsed,
    ...load,
    ...(values.seconds === undefined ? {} : { duration: Number(values.seconds) * 1000 }),
    ...(values.members === undefined ? {} : { members: Number(values.members) }),
  };
}

/** One seed a message, so that a slow seed holds up nobody else's. */
function work() {
  const options = simulationOptions();
  process.on('message', (seed) => {
    const report = runSimulation({ ...options, seed });
    const { violations, operations, virtualMs, fired, coverage } = report;
    const lines = violations.length === 0 ? [] : describeReport(report, options);
    process.send({ seed, violations, operations, virtualMs, fired, coverage, lines });
  });
}

/** Each takes one seed at a time. */
class Workers {
  #all = [];
  #idle = [];

  constructor(count) {
    this.#all = Array.from({ length: count }, () =>
      fork(new URL(import.meta.url), process.argv.slice(2), {
        env: { ...process.env, REKNIT_SOAK_WORKER: '1' },
        execArgv: WORKER_OPTIONS,
      }),
    );
    this.#idle = [...this.#all];
  }

  /** There is always an idle one: the frame asks for no more seeds at once than there are workers. */
  run(seed) {
    const worker = this.#idle.pop();
    if (worker === undefined) throw new Error('no worker is left: all have ended');
    return new Promise((resolve, reject) => {
      const ended = (code) => reject(new Error(`the process of seed ${seed} ended with ${code}`));
      worker.once('exit', ended);
      worker.once('message', (result) => {
        worker.removeListener('exit', ended);
        this.#idle.push(worker);
        resolve(result);
      });
      worker.send(seed);
    });
  }

  close() {
    for (const worker of this.#all) if (worker.connected) worker.disconnect();
  }
}

async function lead() {
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  simulationOptions();
  const totals = new SeedsTotals();
  const begun = performance.now();
  const open = async () => {
    const workers = new Workers(Number(values.workers));
    return {
      round: async ({ number }) => {
        const result = await workers.run(Number(values.start) + number - 1);
        totals.add(result);
        const { seed, violations, operations, virtualMs, lines } = result;
        const objections = violations.length === 0 ? [] : [`seed ${seed} broke ${violations.length} rules`];
        return { lines, objections, figures: { operations, 'virtual ms': virtualMs } };
      },
      conclude: async () => ({ lines: describeSummary(totals.summary(performance.now() - begun)) }),
      close: async () => workers.close(),
    };
  };
  const limits = limitsOf({ ...values, rounds: values.seeds ?? values.rounds }, { rounds: 1000 });
  return runSoak({ name: 'soak of the simulator', concurrency: Number(values.workers), open }, limits);
}

if (process.env.REKNIT_SOAK_WORKER === undefined) process.exitCode = await lead();
else work();
