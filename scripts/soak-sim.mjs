// Runs seeds of the simulator on every core until as many are done, or the time is up. Ends with 1 when any broke a rule.
// node scripts/soak-sim.mjs [--start 1] [--seeds 1000] [--minutes M] [--workers N] [--seconds S] [--faults a,b] [--members N]
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { describeReport, describeSummary, parseFaults, runSimulation, SeedsTotals } from '@reknit/simulator';

const PROGRESS_EVERY_MS = 10_000;
/** Most of what a run allocates dies young: a larger nursery makes a seed a tenth faster. */
const WORKER_OPTIONS = ['--max-semi-space-size=32'];

const { values } = parseArgs({
  options: {
    start: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1000' },
    minutes: { type: 'string' },
    workers: { type: 'string', default: String(availableParallelism()) },
    seconds: { type: 'string' },
    faults: { type: 'string' },
    members: { type: 'string' },
  },
});

function simulationOptions() {
  const parsed = values.faults === undefined ? {} : parseFaults(values.faults);
  if ('unknown' in parsed) throw new Error(`no such fault: ${parsed.unknown}`);
  return {
    ...parsed,
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
    const text = violations.length === 0 ? [] : describeReport(report, options);
    process.send({ seed, violations, operations, virtualMs, fired, coverage, text });
  });
}

function lead() {
  simulationOptions();
  const first = Number(values.start);
  const end = first + Number(values.seeds);
  const deadline = values.minutes === undefined ? Number.POSITIVE_INFINITY : performance.now() + Number(values.minutes) * 60_000;
  const begun = performance.now();
  const totals = new SeedsTotals();
  let next = first;
  let failed = false;

  const feed = (worker) => {
    if (next < end && performance.now() < deadline) worker.send(next++);
    else worker.disconnect();
  };
  const onResult = (worker, result) => {
    totals.add(result);
    for (const line of result.text) console.log(line);
    feed(worker);
  };
  const progress = setInterval(
    () => console.log(describeSummary(totals.summary(performance.now() - begun))[0]),
    PROGRESS_EVERY_MS,
  );
  let running = 0;
  for (let at = 0; at < Number(values.workers); at++) {
    const worker = fork(new URL(import.meta.url), process.argv.slice(2), {
      env: { ...process.env, REKNIT_SOAK_WORKER: '1' },
      execArgv: WORKER_OPTIONS,
    });
    running++;
    worker.on('message', (result) => onResult(worker, result));
    worker.on('exit', (code) => {
      failed ||= code !== 0;
      if (--running > 0) return;
      clearInterval(progress);
      const summary = totals.summary(performance.now() - begun);
      for (const line of describeSummary(summary)) console.log(line);
      process.exitCode = failed || summary.failed.length > 0 ? 1 : 0;
    });
    feed(worker);
  }
}

if (process.env.REKNIT_SOAK_WORKER === undefined) lead();
else work();
