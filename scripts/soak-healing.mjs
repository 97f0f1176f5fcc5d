// The recovery engine over simulated machines: agents killed at every effect of every recovery, and healthy hours in which nothing
// may be done. Ends with 1 when anything was done twice, left open, lost, or done to what was well.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { runHealing } from '@reknit/simulator';
import { LIMIT_OPTIONS, limitsOf, runSoak } from './soak-frame.mjs';
import { isWorker, Workers } from './soak-workers.mjs';

const USAGE = `npm run soak:healing -- [--hours H] [--seed S] [--protocol P] [--workers N] [--minutes M] [--json FILE]

  --hours H      healthy virtual hours under load, in runs of one hour (default 3); no kills are made when --only-hours is given
  --only-hours   the healthy hours alone
  --seed S       of the first run (default 1)
  --protocol P   raft, paxos, zab or all (default all)
  --workers N    processes (default: one a core)
  --minutes M    no new run after that

  npm run soak:healing
  npm run soak:healing -- --only-hours --hours 100 --protocol raft`;

const HOUR_MS = 3_600_000;
const FAULTS = ['crash', 'hang', 'crash-all'];
const PROTOCOLS = ['raft', 'paxos', 'zab'];
/** The same agent back at once, and only after its session in the store is over and the next controller has taken its work. */
const BACK_AFTER_MS = [200, 15_000];

const { values } = parseArgs({
  options: {
    ...LIMIT_OPTIONS,
    hours: { type: 'string', default: '3' },
    'only-hours': { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    protocol: { type: 'string', default: 'all' },
    workers: { type: 'string', default: String(availableParallelism()) },
  },
});

const protocols = values.protocol === 'all' ? PROTOCOLS : [values.protocol];
if (!protocols.every((name) => PROTOCOLS.includes(name)))
  throw new Error(`--protocol ${values.protocol}: use ${PROTOCOLS.join(', ')} or all`);

function quietRuns() {
  return Array.from({ length: Number(values.hours) }, (_, at) => ({
    seed: Number(values.seed) + at,
    protocol: protocols[at % protocols.length],
    faults: [],
    quietFor: HOUR_MS,
  }));
}

function recoveries() {
  const each = (list, make) => list.flatMap(make);
  return each(protocols, (protocol) =>
    each(FAULTS, (kind) =>
      each(['other', 'controller'], (whom) =>
        BACK_AFTER_MS.map((againAfter) => ({ seed: Number(values.seed), protocol, faults: [{ kind, whom }], againAfter })),
      ),
    ),
  );
}

/** A recovery without a kill tells how many effects it has; then one run for each of them. */
async function killAtEach({ againAfter, ...options }) {
  const whole = await runHealing({ ...options, doom: { atEffect: Number.MAX_SAFE_INTEGER, againAfter } });
  const objections = whole.violations.map((violation) => `without a kill: ${violation}`);
  for (let atEffect = 1; atEffect <= whole.effects; atEffect++) {
    const { violations } = await runHealing({ ...options, doom: { atEffect, againAfter } });
    objections.push(...violations.map((violation) => `killed at effect ${atEffect}: ${violation}`));
  }
  return { objections, figures: { kills: whole.effects } };
}

async function stayQuiet(options) {
  const { violations, incidents, operations } = await runHealing(options);
  return { objections: violations, figures: { 'healthy hours': 1, incidents: incidents.length, operations } };
}

function work() {
  process.on('message', (run) => {
    void (run.quietFor === undefined ? killAtEach(run) : stayQuiet(run)).then((report) => process.send(report));
  });
}

async function lead() {
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const runs = [...(values['only-hours'] ? [] : recoveries()), ...quietRuns()];
  const open = async () => {
    const workers = new Workers(new URL(import.meta.url), Number(values.workers));
    return {
      round: async ({ number }) => {
        const run = runs[number - 1];
        const { objections, figures } = await workers.run(run);
        const what =
          run.quietFor === undefined
            ? `${run.faults[0].kind} of ${run.faults[0].whom}, agent back after ${run.againAfter} ms`
            : 'a healthy hour';
        const line = `${run.protocol} seed ${run.seed}: ${what}: ${objections.length === 0 ? 'well' : `${objections.length} objections`}`;
        return { line, objections: objections.map((objection) => `${run.protocol}, ${what}: ${objection}`), figures };
      },
      close: async () => workers.close(),
    };
  };
  const { minutes, json } = limitsOf(values);
  return runSoak({ name: 'soak of healing', concurrency: Number(values.workers), open }, { rounds: runs.length, minutes, json });
}

if (isWorker()) work();
else process.exitCode = await lead();
