// How many cluster-seconds of three members a second of processor simulates, at 10 and at 100 operations a virtual second, on each
// protocol. The clock is the processor's time of this process, all threads, so that a busy machine changes little; it says how busy.
//
//   node packages/simulator/bench/speed.mjs [--seconds 10] [--protocol raft] [--operations 10] [--faults]
import { availableParallelism, cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { runSimulation } from '@reknit/simulator';

const CLIENTS = 16;
const WARM_UP_SECONDS = 3;
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    protocol: { type: 'string' },
    operations: { type: 'string' },
    faults: { type: 'boolean', default: false },
  },
});

const secondsOf = ({ user, system }) => (user + system) / 1e6;

function measure(protocol, perSecond, budget) {
  const thinkTime = (CLIENTS * 1000) / perSecond;
  const calm = values.faults ? {} : { faults: [], workloads: [] };
  const sums = { seeds: 0, virtual: 0, operations: 0, faults: 0 };
  const one = (seed) => {
    const report = runSimulation({ seed, protocol, clients: CLIENTS, thinkTime, duration: 60_000, ...calm });
    if (report.violations.length > 0) throw new Error(`${protocol} seed ${seed}: ${JSON.stringify(report.violations)}`);
    return report;
  };
  // For the compiler, which takes its time: a swarm's first seeds are not what its thousandth is.
  let seed = 1;
  const started = process.cpuUsage();
  while (secondsOf(process.cpuUsage(started)) < WARM_UP_SECONDS) one(seed++);
  const begun = process.cpuUsage();
  while (secondsOf(process.cpuUsage(begun)) < budget) {
    const { virtualMs, operations, faults } = one(seed++);
    sums.seeds++;
    sums.virtual += virtualMs / 1000;
    sums.operations += operations;
    sums.faults += faults.length;
  }
  const spent = secondsOf(process.cpuUsage(begun));
  return { protocol, perSecond, rate: sums.virtual / spent, spent, ...sums };
}

const protocols = values.protocol === undefined ? ['raft', 'paxos', 'zab'] : [values.protocol];
const loads = values.operations === undefined ? [10, 100] : [Number(values.operations)];
const [load] = loadavg();
const busy = load > 0.5 ? `busy: load ${load.toFixed(1)} on ${availableParallelism()} cores` : 'quiet';
console.log(`${cpus()[0].model.trim()}, Node ${process.version}, ${busy}`);
const COLUMNS = [
  ['protocol', 8, ({ protocol }) => protocol],
  ['operations a virtual second', 27, ({ perSecond }) => perSecond],
  ['cluster-seconds a second', 24, ({ rate }) => rate.toFixed(0)],
  ['distinct seeds', 14, ({ seeds }) => seeds],
  ['operations', 10, ({ operations }) => operations],
  ['faults', 6, ({ faults }) => faults],
];
const row = (cells) => `| ${cells.join(' | ')} |`;
console.log(row(COLUMNS.map(([title, width]) => title.padEnd(width))));
console.log(row(COLUMNS.map(([, width]) => '-'.repeat(width))));
for (const protocol of protocols) {
  for (const perSecond of loads) {
    const measured = measure(protocol, perSecond, Number(values.seconds));
    console.log(row(COLUMNS.map(([, width, of]) => String(of(measured)).padStart(width))));
  }
}
