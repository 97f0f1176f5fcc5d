// `npm run soak:elections`: does the failure detector accuse only who is silent? Three real members, first under full load with every
// core busy besides: no election may happen. Then the leader is stopped (SIGSTOP, its sockets stay open) again and again:
// how long until a write that is sent to the others is accepted? Exit code 1 when a false election happened, a round had no answer,
// or the median is above what was asked for.
//   npm run soak:elections                                      10 minutes, 10 rounds, median at most 500 ms
//   npm run soak:elections -- --minutes 0 --rounds 30
//   npm run soak:elections -- --minutes 30 --rounds 0 --directory /var/tmp/soak
import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Cluster } from '../bench/dist/cluster/cluster.js';
import { findSystem } from '../bench/dist/cluster/systems.js';
import { spawnLoad } from '../bench/dist/load/spawn-load.js';
import { Prober } from '../bench/dist/suites/prober.js';

const CONNECTIONS = 9;
const IN_FLIGHT = 300;
/** Short enough that the time is looked at often. */
const BATCH_REQUESTS = 20_000;
const PROGRESS_EVERY_MS = 30_000;
const ANSWER_WITHIN_MS = 30_000;
/** Before each stop, of random length: stops fall anywhere between two heartbeats. */
const SETTLE_MS_MIN = 2000;
const SETTLE_MS_SPREAD = 1000;
const PROBING_BEFORE_STOP_MS = 200;
/** Far from the keys of the load. */
const PROBE_KEYS = 0x4000_0000;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '10' },
    burners: { type: 'string', default: String(availableParallelism()) },
    median: { type: 'string', default: '500' },
    directory: { type: 'string' },
    burn: { type: 'boolean', default: false },
  },
});

/** Keeps one core busy until its parent is gone. */
function burn() {
  process.on('disconnect', () => process.exit(0));
  const round = () => {
    for (const end = performance.now() + 50; performance.now() < end; );
    setImmediate(round);
  };
  round();
}

/** How often each keyspace has had an election, as the member that knows of most of them says. */
async function roundsOf(cluster) {
  const rounds = {};
  for (const { place } of cluster.members) {
    const text = await (await fetch(`http://127.0.0.1:${place.clientPort}/metrics`)).text();
    for (const [, keyspace, value] of text.matchAll(/^reknit_round\{keyspace="([^"]+)"\} (\d+)/gm)) {
      rounds[keyspace] = Math.max(rounds[keyspace] ?? 0, Number(value));
    }
  }
  return rounds;
}

const sum = (counts) => Object.values(counts).reduce((total, count) => total + count, 0);
const elapsed = (since) => `${Math.round((performance.now() - since) / 1000)} s`;

async function underLoad(cluster, milliseconds) {
  const burners = Array.from({ length: Number(values.burners) }, () =>
    fork(new URL(import.meta.url), ['--burn'], { execArgv: [] }),
  );
  const ports = cluster.members.map(({ place }) => place.clientPort);
  const before = sum(await roundsOf(cluster));
  const begun = performance.now();
  let [firstKey, puts, refused, nextReport] = [0, 0, 0, begun + PROGRESS_EVERY_MS];
  while (performance.now() - begun < milliseconds) {
    const job = {
      kind: 'put',
      ports,
      connections: CONNECTIONS,
      inFlight: IN_FLIGHT,
      requests: BATCH_REQUESTS,
      firstKey,
      keys: 1,
    };
    const result = await spawnLoad('closed', job);
    firstKey += BATCH_REQUESTS;
    puts += result.requests;
    refused += result.refused;
    if (performance.now() < nextReport) continue;
    nextReport += PROGRESS_EVERY_MS;
    console.log(`${elapsed(begun)}: ${puts} puts, ${refused} refused, ${sum(await roundsOf(cluster)) - before} elections`);
  }
  const elections = sum(await roundsOf(cluster)) - before;
  for (const burner of burners) burner.disconnect();
  console.log(
    `full load for ${elapsed(begun)}, ${burners.length} burners: ${puts} puts, ${refused} refused, ${elections} false elections`,
  );
  return elections;
}

async function stopLeader(cluster, firstKey) {
  await cluster.whole();
  await sleep(SETTLE_MS_MIN + Math.random() * SETTLE_MS_SPREAD);
  const leader = await cluster.whole();
  const prober = new Prober(
    cluster.members.filter((member) => member !== leader),
    firstKey,
  );
  await sleep(PROBING_BEFORE_STOP_MS);
  const stoppedAt = performance.now();
  leader.child.kill('SIGSTOP');
  const acceptedAt = await prober.firstAcceptedSince(performance.now(), ANSWER_WITHIN_MS);
  prober.stop();
  leader.child.kill('SIGCONT');
  return { took: acceptedAt === undefined ? Number.POSITIVE_INFINITY : acceptedAt - stoppedAt, nextKey: prober.nextKey };
}

async function stopLeaders(cluster, rounds) {
  const times = [];
  let nextKey = PROBE_KEYS;
  for (let round = 1; round <= rounds; round++) {
    const stopped = await stopLeader(cluster, nextKey);
    nextKey = stopped.nextKey;
    times.push(stopped.took);
    console.log(`leader stopped, round ${round}: first accepted write after ${stopped.took.toFixed(0)} ms`);
  }
  times.sort((one, other) => one - other);
  const median = (times[(times.length - 1) >> 1] + times[times.length >> 1]) / 2;
  console.log(`leader stopped ${rounds} times: median ${median.toFixed(0)} ms, worst ${times.at(-1).toFixed(0)} ms`);
  return median;
}

/** What the members said about each other: the evidence when an election was false. */
function accusations(directory, members) {
  for (const { place } of members) {
    const lines = readFileSync(join(directory, `${place.name}.log`), 'utf8').split('\n');
    for (const line of lines) if (/fell silent|heard again|leadership changed|too slow/.test(line)) console.log(place.name, line);
  }
}

async function main() {
  const system = findSystem('reknit');
  if (!('flags' in system)) throw new Error(`${system.file} is missing: ${system.install}`);
  const home = values.directory ?? mkdtempSync(join(tmpdir(), 'reknit-elections-'));
  const directory = join(home, 'cluster');
  const cluster = await Cluster.start({ ...system, flags: { 'log-level': 'info' } }, directory);
  try {
    const elections = Number(values.minutes) > 0 ? await underLoad(cluster, Number(values.minutes) * 60_000) : 0;
    if (elections > 0) accusations(directory, cluster.members);
    const median = Number(values.rounds) > 0 ? await stopLeaders(cluster, Number(values.rounds)) : 0;
    return elections === 0 && median <= Number(values.median) ? 0 : 1;
  } finally {
    await cluster.stop();
    if (values.directory === undefined) rmSync(home, { recursive: true });
  }
}

if (values.burn) burn();
else process.exit(await main());
