// `npm run soak:elections`: does the failure detector accuse only who is silent? Three real members, first under full load with every
// core busy besides: no election may happen. Then the leader is stopped (SIGSTOP, its sockets stay open) again and again:
// how long until a write that is sent to the others is accepted? Exit code 1 when a false election happened, a round had no answer,
// or the median is above what was asked for.
//   npm run soak:elections                                      10 minutes, 10 rounds, median at most 500 ms
//   npm run soak:elections -- --minutes 0 --rounds 30
//   npm run soak:elections -- --minutes 30 --rounds 0 --directory /var/tmp/soak
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Client, credentials } from '@grpc/grpc-js';
import { createPutRequest, encodePutRequest } from '@reknit/etcd-api';

const NODE = fileURLToPath(new URL('../packages/cli/dist/main.js', import.meta.url));
const MEMBERS = 3;
const WHOLE_WITHIN_MS = 60_000;
/** More than one process of this client keeps a member busy. */
const LOADERS = 2;
const IN_FLIGHT_PER_MEMBER = 100;
const VALUE_BYTES = 100;
const KEYS = 100_000;
/** One write to each member: the resolution of what is measured. */
const PROBE_EVERY_MS = 5;
const PROBE_WITHIN_MS = 1000;
const PROGRESS_EVERY_MS = 30_000;
const ANSWER_WITHIN_MS = 30_000;
/** Before each stop, of random length: stops fall anywhere between two heartbeats. */
const SETTLE_MS_MIN = 2000;
const SETTLE_MS_SPREAD = 1000;
const PROBING_BEFORE_STOP_MS = 200;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '10' },
    burners: { type: 'string', default: String(availableParallelism()) },
    median: { type: 'string', default: '500' },
    directory: { type: 'string' },
    burn: { type: 'boolean', default: false },
    load: { type: 'string' },
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

const putRequest = (key) => encodePutRequest(createPutRequest({ key: Buffer.from(key), value: Buffer.alloc(VALUE_BYTES) }));

class Puts {
  #client;

  constructor(port) {
    this.#client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  }

  /** @param done with whether it was accepted */
  put(key, deadline, done) {
    const asBuffer = (bytes) => Buffer.from(bytes);
    this.#client.makeUnaryRequest('/etcdserverpb.KV/Put', asBuffer, asBuffer, putRequest(key), { deadline }, (error) =>
      done(!error),
    );
  }

  close() {
    this.#client.close();
  }
}

/** A process of the load: puts without pause to each of these ports; tells twice a second what came of them. */
function load(ports) {
  const counts = { accepted: 0, refused: 0 };
  let key = 0;
  const next = (puts) =>
    puts.put(`load ${key++ % KEYS}`, Date.now() + 10_000, (accepted) => {
      counts[accepted ? 'accepted' : 'refused']++;
      next(puts);
    });
  for (const port of ports) {
    const puts = new Puts(port);
    for (let at = 0; at < IN_FLIGHT_PER_MEMBER / LOADERS; at++) next(puts);
  }
  setInterval(() => process.send(counts, () => undefined), 500);
  process.on('disconnect', () => process.exit(0));
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

class Cluster {
  members;
  #directory;

  static async start(directory) {
    const cluster = new Cluster();
    cluster.#directory = directory;
    mkdirSync(directory, { recursive: true });
    cluster.members = [];
    for (let at = 1; at <= MEMBERS; at++) {
      cluster.members.push({ name: `n${at}`, clientPort: await freePort(), peerPort: await freePort() });
    }
    for (const member of cluster.members) cluster.#start(member);
    await cluster.whole();
    return cluster;
  }

  #start(member) {
    const url = (port) => `http://127.0.0.1:${port}`;
    const flags = {
      name: member.name,
      'data-dir': join(this.#directory, member.name),
      'listen-client-urls': url(member.clientPort),
      'advertise-client-urls': url(member.clientPort),
      'listen-peer-urls': url(member.peerPort),
      'initial-advertise-peer-urls': url(member.peerPort),
      'initial-cluster': this.members.map(({ name, peerPort }) => `${name}=${url(peerPort)}`).join(','),
      'log-level': 'info',
    };
    const log = openSync(this.logOf(member), 'a');
    const words = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
    member.child = spawn(process.execPath, [NODE, 'node', ...words], { stdio: ['ignore', log, log] });
  }

  logOf({ name }) {
    return join(this.#directory, `${name}.log`);
  }

  /** Resolves to the leader of `default` when every member takes part in reads. */
  async whole() {
    for (const end = performance.now() + WHOLE_WITHIN_MS; performance.now() < end; await sleep(50)) {
      const vitals = await Promise.all(this.members.map((member) => this.#vitals(member)));
      const leaders = this.members.filter((_, at) => vitals[at]?.leads.includes('default'));
      if (leaders.length === 1 && vitals.every((one) => one?.suspectedPeers.length === 0)) return leaders[0];
    }
    throw new Error(`the cluster is not whole after ${WHOLE_WITHIN_MS} ms; its logs are in ${this.#directory}`);
  }

  async #vitals({ clientPort }) {
    try {
      const health = await fetch(`http://127.0.0.1:${clientPort}/health`, { signal: AbortSignal.timeout(2000) });
      if (health.status !== 200) return undefined;
      return await (await fetch(`http://127.0.0.1:${clientPort}/reknit/vitals`, { signal: AbortSignal.timeout(2000) })).json();
    } catch {
      return undefined;
    }
  }

  async stop() {
    for (const { child } of this.members) child.kill('SIGKILL');
    await Promise.all(this.members.map(({ child }) => child.exitCode ?? child.signalCode ?? once(child, 'exit')));
    rmSync(this.#directory, { recursive: true });
  }
}

/** Of all keyspaces together: how often there was an election, as the member that knows of most of them says. */
async function electionsOf(cluster) {
  const rounds = new Map();
  for (const { clientPort } of cluster.members) {
    const text = await (await fetch(`http://127.0.0.1:${clientPort}/metrics`)).text();
    for (const [, keyspace, value] of text.matchAll(/^reknit_round\{keyspace="([^"]+)"\} (\d+)/gm)) {
      rounds.set(keyspace, Math.max(rounds.get(keyspace) ?? 0, Number(value)));
    }
  }
  return [...rounds.values()].reduce((total, count) => total + count, 0);
}

const elapsed = (since) => `${Math.round((performance.now() - since) / 1000)} s`;

const helper = (...words) => fork(new URL(import.meta.url), words, { execArgv: [] });

async function underLoad(cluster, milliseconds) {
  const before = await electionsOf(cluster);
  const burners = Array.from({ length: Number(values.burners) }, () => helper('--burn'));
  const ports = cluster.members.map(({ clientPort }) => clientPort).join(',');
  const latest = new Map();
  const loaders = Array.from({ length: LOADERS }, () => helper('--load', ports));
  for (const loader of loaders) loader.on('message', (counts) => latest.set(loader, counts));
  const total = (kind) => [...latest.values()].reduce((sum, counts) => sum + counts[kind], 0);
  const begun = performance.now();
  let elections = 0;
  const tell = (what) =>
    console.log(`${what}${elapsed(begun)}: ${total('accepted')} puts, ${total('refused')} refused, ${elections} false elections`);
  while (performance.now() - begun < milliseconds) {
    await sleep(Math.min(PROGRESS_EVERY_MS, milliseconds));
    elections = (await electionsOf(cluster)) - before;
    tell('');
  }
  for (const child of [...burners, ...loaders]) child.kill('SIGKILL');
  tell(`full load, ${burners.length} burners, `);
  return elections;
}

/** Resolves to ms from the stop to the answer of the first write that was sent after it and accepted. */
function stopAndProbe(leader, others) {
  return new Promise((resolve) => {
    let stoppedAt = Number.POSITIVE_INFINITY;
    let key = 0;
    const end = (took) => {
      clearInterval(timer);
      clearTimeout(limit);
      leader.child.kill('SIGCONT');
      for (const puts of probes) puts.close();
      resolve(took);
    };
    const probes = others.map(({ clientPort }) => new Puts(clientPort));
    const probe = (puts) => {
      const sentAt = performance.now();
      puts.put(`probe ${key++}`, Date.now() + PROBE_WITHIN_MS, (accepted) => {
        if (accepted && sentAt >= stoppedAt) end(performance.now() - stoppedAt);
      });
    };
    const timer = setInterval(() => probes.forEach(probe), PROBE_EVERY_MS);
    const limit = setTimeout(() => end(Number.POSITIVE_INFINITY), ANSWER_WITHIN_MS);
    setTimeout(() => {
      leader.child.kill('SIGSTOP');
      stoppedAt = performance.now();
    }, PROBING_BEFORE_STOP_MS);
  });
}

async function stopLeaders(cluster, rounds) {
  const times = [];
  for (let round = 1; round <= rounds; round++) {
    await cluster.whole();
    await sleep(SETTLE_MS_MIN + Math.random() * SETTLE_MS_SPREAD);
    const leader = await cluster.whole();
    const took = await stopAndProbe(
      leader,
      cluster.members.filter((member) => member !== leader),
    );
    times.push(took);
    console.log(`leader stopped, round ${round}: first accepted write after ${took.toFixed(0)} ms`);
  }
  times.sort((one, other) => one - other);
  const median = (times[(times.length - 1) >> 1] + times[times.length >> 1]) / 2;
  console.log(`leader stopped ${rounds} times: median ${median.toFixed(0)} ms, worst ${times.at(-1).toFixed(0)} ms`);
  return median;
}

/** What the members said about each other: the evidence when an election was false. */
async function accusations(cluster) {
  for (const member of cluster.members) {
    for await (const line of createInterface({ input: createReadStream(cluster.logOf(member)) })) {
      if (/fell silent|heard again|leadership changed|too slow/.test(line)) console.log(line);
    }
  }
}

async function main() {
  const home = values.directory ?? mkdtempSync(join(tmpdir(), 'reknit-elections-'));
  const cluster = await Cluster.start(join(home, 'cluster'));
  try {
    const elections = Number(values.minutes) > 0 ? await underLoad(cluster, Number(values.minutes) * 60_000) : 0;
    if (elections > 0) await accusations(cluster);
    const median = Number(values.rounds) > 0 ? await stopLeaders(cluster, Number(values.rounds)) : 0;
    return elections === 0 && median <= Number(values.median) ? 0 : 1;
  } finally {
    await cluster.stop();
    if (values.directory === undefined) rmSync(home, { recursive: true });
  }
}

if (values.burn) burn();
else if (values.load !== undefined) load(values.load.split(',').map(Number));
else process.exit(await main());
