// Puts through the services of members in this one process, without gRPC: what the store itself costs.
//   node packages/store/bench/puts.mjs [members] [in flight] [seconds] [leader|follower] [--allocations]
// With --allocations also what a put leaves for the garbage collector, by function (the bench's own share is told apart).

import { mkdtempSync, rmSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPutRequest, encodePutRequest } from '@reknit/etcd-api';
import { memoryPagesHome } from '@reknit/mvcc';
import { createNodeRuntime } from '@reknit/runtime/node';
import { MEMBER_DEFAULTS, StoreMember, servicesOf } from '@reknit/store';

const words = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const [count = 1, inFlight = 256, seconds = 3] = words.slice(0, 3).map(Number);
const through = words[3] ?? 'leader';
const sampled = process.argv.includes('--allocations') ? await startSampling() : undefined;
const root = mkdtempSync(join(tmpdir(), 'reknit-puts-'));
const initialCluster = Array.from({ length: count }, (_, at) => ({
  name: `n${at}`,
  peerUrls: [`http://127.0.0.1:${24380 + at}`],
}));
const fail = (error) => error !== undefined && console.error(error.message);

const members = initialCluster.map(({ name }, at) => {
  const options = {
    ...MEMBER_DEFAULTS,
    name,
    dataDirectory: join(root, name),
    initialCluster,
    secret: new Uint8Array(32),
    listenPeers: [`127.0.0.1:${24380 + at}`],
    advertiseClientUrls: [],
    pagesHome: () => memoryPagesHome(),
  };
  return new StoreMember(createNodeRuntime({ log: { log: () => {} } }), options, { ready: () => {}, failed: fail });
});
for (const member of members) member.start(fail);
while (!members.every(({ isReady }) => isReady)) await new Promise((resolve) => setTimeout(resolve, 20));

const leads = ({ status }) => status.role === 'leader';
const member = members.find((each) => leads(each.group('default')) === (through === 'leader')) ?? members[0];
const put = servicesOf(member).get('/etcdserverpb.KV/Put').handle;
const context = { metadata: () => undefined, authority: '', timeout: undefined, peer: '', open: true, onCancel: () => {} };
const latencies = [];
let running = true;
let left = inFlight;
let done;
const ended = new Promise((resolve) => {
  done = resolve;
});

function next(at) {
  if (!running) return --left === 0 && done();
  const key = new TextEncoder().encode(`key-${(at * 7919) % 10_000}`);
  const begun = performance.now();
  const request = encodePutRequest(createPutRequest({ key, value: new Uint8Array(256) }));
  put(request, context, {
    ok: () => {
      latencies.push(performance.now() - begun);
      next(at + 1);
    },
    fail: ({ message }) => {
      console.error(message);
      setTimeout(() => next(at + 1), 100);
    },
  });
}
setTimeout(() => {
  running = false;
}, seconds * 1000);
const cpu = process.cpuUsage();
const begun = performance.now();
for (let at = 0; at < inFlight; at++) next(at * 1000);
await ended;
const { user, system } = process.cpuUsage(cpu);
latencies.sort((left, right) => left - right);
const at = (share) => `${latencies[Math.floor(latencies.length * share)].toFixed(3)} ms`;
console.log(
  `${members.length} members, ${inFlight} in flight through the ${through}: ${Math.round((latencies.length * 1000) / (performance.now() - begun))} puts/s,`,
  `${((user + system) / latencies.length).toFixed(1)} µs of CPU each, half within ${at(0.5)}, 99 % within ${at(0.99)}`,
);
if (sampled !== undefined) report(await sampled(), latencies.length);
for (const each of members) each.close();
rmSync(root, { recursive: true });
process.exit(0);

async function startSampling() {
  const session = new Session();
  session.connect();
  await session.post('HeapProfiler.startSampling', {
    samplingInterval: 4096,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  });
  return async () => (await session.post('HeapProfiler.stopSampling')).profile.head;
}

/** Where the bytes of all members' objects came from, dead ones included. */
function report(head, puts) {
  const bytes = new Map();
  const walk = ({ callFrame: { functionName, url, lineNumber }, selfSize, children }, caller) => {
    const name = url === '' ? caller : `${functionName || 'anonymous'} ${url.split('/').slice(-3).join('/')}:${lineNumber + 1}`;
    bytes.set(name, (bytes.get(name) ?? 0) + selfSize);
    for (const child of children) walk(child, name);
  };
  walk(head, 'the platform');
  const own = [...bytes].filter(([name]) => !/bench\/puts\.mjs|perf_hooks|internal\/perf/.test(name));
  const perPut = (sum) => Math.round(sum / puts);
  console.log(`${perPut(own.reduce((sum, [, size]) => sum + size, 0))} bytes of objects a put, over all members; most of them:`);
  for (const [name, size] of own.sort((left, right) => right[1] - left[1]).slice(0, 25))
    console.log(`${String(perPut(size)).padStart(6)}  ${name}`);
}
