// How many cluster-seconds of three members a second of processor simulates, at 10 and at 100 operations a virtual second, on each
// protocol. The clock is the processor's time of this process, all threads, so that a busy machine changes little; it says how busy.
//
//   node packages/simulator/bench/speed.mjs [--seconds 10] [--protocol raft] [--operations 10] [--faults]
import { availableParallelism, cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { runSimulation } from '@reknit/simulator';

const CLIENTS = 16;
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
  // Once for the compiler.
  one(1);
  const begun = process.cpuUsage();
  for (let seed = 2; secondsOf(process.cpuUsage(begun)) < budget; seed++) {
    const { virtualMs, operations, faults } = one(seed);
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
for (const protocol of protocols) {
  for (const perSecond of loads) {
    const { rate, virtual, spent, seeds, operations, faults } = measure(protocol, perSecond, Number(values.seconds));
    console.log(
      `${protocol.padEnd(6)} ${String(perSecond).padStart(4)} operations a virtual second: ${rate.toFixed(0).padStart(5)} cluster-seconds a second of processor ` +
        `(${virtual.toFixed(0)} in ${spent.toFixed(1)} s; ${seeds} distinct seeds, ${operations} operations, ${faults} faults)`,
    );
  }
}
