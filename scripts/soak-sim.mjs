// Runs seeds of the simulator on every core, each on every protocol, until as many are done or the time is up, and adds what they
// have been through to docs/evidence.json and docs/evidence.md. Ends with 1 when any broke a rule.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { parseDuration } from '@reknit/base';
import { describeReport, describeSummary, parseFaults, parseWorkloads, runSimulation, SeedsTotals } from '@reknit/simulator';
import { commitNow, nextSeed, rangesOf, readEvidence, writeEvidence } from './evidence.mjs';
import { LIMIT_OPTIONS, limitsOf, runSoak } from './soak-frame.mjs';
import { isWorker, Workers } from './soak-workers.mjs';

const USAGE = `npm run soak:sim -- [--seeds 1000] [--start S] [--minutes M] [--protocol all] [--spread] [--workers N] [--for 15s] [--faults a,b] [--workloads a,b] [--members N] [--no-ledger] [--json FILE]

  --seeds N      how many (default 1000, or as many as the time allows); --rounds says the same
  --start N      the first of them (default: behind all that the ledger has)
  --minutes M    no new seed after that
  --protocol P   raft, paxos, zab or all (default all)
  --spread       each seed on one of the protocols only, in turn: three times as many seeds in the same time
  --workers N    processes (default: one a core)
  --for D        virtual time under faults, each seed (default 15s)
  --faults A,B   exactly these
  --no-ledger    adds nothing to docs/evidence.json
  --json FILE    the sums as JSON

  npm run soak:sim -- --minutes 60
  npm run soak:sim -- --seeds 20000 --spread
  npm run soak:sim -- --seeds 200 --protocol zab --faults protocol-switch,kill --no-ledger`;

const PROTOCOLS = ['raft', 'paxos', 'zab'];
/** So many seeds in a row are spread to one protocol: the ledger keeps ranges. */
const BLOCK = 16;

const { values } = parseArgs({
  allowNegative: true,
  options: {
    ...LIMIT_OPTIONS,
    start: { type: 'string' },
    seeds: { type: 'string' },
    protocol: { type: 'string', default: 'all' },
    spread: { type: 'boolean', default: false },
    workers: { type: 'string', default: String(availableParallelism()) },
    for: { type: 'string' },
    faults: { type: 'string' },
    workloads: { type: 'string' },
    members: { type: 'string' },
    ledger: { type: 'boolean', default: true },
  },
});

function protocolsAsked() {
  if (values.protocol === 'all') return PROTOCOLS;
  if (!PROTOCOLS.includes(values.protocol)) throw new Error(`--protocol ${values.protocol}: use ${PROTOCOLS.join(', ')} or all`);
  return [values.protocol];
}

function simulationOptions() {
  const parsed = values.faults === undefined ? {} : parseFaults(values.faults);
  if ('unknown' in parsed) throw new Error(`no such fault: ${parsed.unknown}`);
  const load = values.workloads === undefined ? {} : parseWorkloads(values.workloads);
  if ('unknown' in load) throw new Error(`no such workload: ${load.unknown}`);
  const duration = values.for === undefined ? undefined : parseDuration(values.for);
  if (values.for !== undefined && duration === undefined) throw new Error(`--for ${values.for}: use a duration, for example 15s`);
  return {
    ...parsed,
    ...load,
    ...(duration === undefined ? {} : { duration }),
    ...(values.members === undefined ? {} : { members: Number(values.members) }),
  };
}

/** One run a message, so that a slow one holds up nobody else's. */
function work() {
  const options = simulationOptions();
  process.on('message', ({ seed, protocol }) => {
    const report = runSimulation({ ...options, seed, protocol });
    const { violations, operations, virtualMs, fired, coverage } = report;
    const lines = violations.length === 0 ? [] : describeReport(report, options);
    process.send({ seed, protocol, violations, operations, virtualMs, fired, coverage, lines });
  });
}

/** What this soak adds to the ledger. */
class Shares {
  #of = new Map();

  add({ seed, protocol, violations, virtualMs, operations, fired }) {
    const share = this.#of.get(protocol) ?? { seeds: [], runs: 0, violations: 0, virtualMs: 0, operations: 0, faults: {} };
    this.#of.set(protocol, share);
    share.seeds.push(seed);
    share.runs++;
    share.violations += violations.length === 0 ? 0 : 1;
    share.virtualMs += Math.round(virtualMs);
    share.operations += operations;
    for (const [kind, times] of Object.entries(fired)) share.faults[kind] = (share.faults[kind] ?? 0) + times;
  }

  get protocols() {
    return Object.fromEntries([...this.#of].map(([name, share]) => [name, { ...share, seeds: rangesOf(share.seeds) }]));
  }
}

function enter(shares, commit, realMs) {
  const protocols = shares.protocols;
  if (Object.keys(protocols).length === 0) return;
  const evidence = readEvidence();
  const entry = {
    commit,
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    realMs: Math.round(realMs),
    protocols,
  };
  writeEvidence({ ...evidence, entries: [...evidence.entries, entry] });
}

async function lead() {
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  simulationOptions();
  const protocols = protocolsAsked();
  const start = values.start === undefined ? nextSeed(readEvidence()) : Number(values.start);
  const totals = new SeedsTotals();
  const shares = new Shares();
  // As it is when the sources are loaded: whoever changes them meanwhile changes nothing here.
  const commit = commitNow();
  const begun = performance.now();
  const open = async () => {
    const workers = new Workers(new URL(import.meta.url), Number(values.workers));
    return {
      round: async ({ number }) => {
        const seed = start + number - 1;
        const report = { lines: [], objections: [], figures: { operations: 0, 'virtual ms': 0 } };
        for (const protocol of values.spread ? [protocols[Math.floor(seed / BLOCK) % protocols.length]] : protocols) {
          const result = await workers.run({ seed, protocol });
          totals.add(result);
          shares.add(result);
          report.lines.push(...result.lines);
          report.figures.operations += result.operations;
          report.figures['virtual ms'] += result.virtualMs;
          if (result.violations.length > 0)
            report.objections.push(`${protocol} seed ${seed} broke ${result.violations.length} rules`);
        }
        return report;
      },
      conclude: async () => {
        if (values.ledger) enter(shares, commit, performance.now() - begun);
        return { lines: describeSummary(totals.summary(performance.now() - begun)) };
      },
      close: async () => workers.close(),
    };
  };
  const limits = limitsOf({ ...values, rounds: values.seeds ?? values.rounds }, { rounds: 1000 });
  return runSoak({ name: 'soak of the simulator', concurrency: Number(values.workers), open }, limits);
}

if (isWorker()) work();
else process.exitCode = await lead();
