// Lookup, balance and movement beside the npm packages, as the table of the README. Contenders take turns within each round, and
// ratios are taken within a round, so that a busy machine slows all of them alike. Time is that of the
// processor; a turn begins with a collection and some lookups untimed, so that nobody pays for the garbage of the one before.
// Run after a build: node packages/hashring/bench/compare.mjs
import { createHash } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { BoundedLoads, hash64, JumpHash, Maglev, measureMovement, Rendezvous, Ring } from '@reknit/hashring';
import { HashRing } from '@reknit/hashring/ketama';
import jump from '@subspace/jump-consistent-hash';
import ConsistentHash from 'consistent-hash';
import NpmHashRing from 'hashring';
import SkeletonRendezvous from 'skeleton-rendezvous';

const NODES = 100;
const ROUNDS = 15;
/** Long enough to have one's own data in the caches. */
const TURN_MS = 30;
/** More than any cache holds, so that every lookup is one. */
const LOOKUPS = Array.from({ length: 20_000 }, (_, at) => `user:${at * 7919}:profile`);
const KEYS = Array.from({ length: 1_000_000 }, (_, at) => `key-${at}`);
const FEWER = KEYS.slice(0, 100_000);

const ids = Array.from({ length: NODES }, (_, at) => `10.0.${at % 10}.${at}:11211`);
const nodes = ids.map((id) => ({ id }));

function npmConsistentHash(names) {
  const hash = new ConsistentHash();
  for (const name of names) hash.add(name);
  return hash;
}

function subspaceKey(key) {
  const { high, low } = hash64(key);
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, high);
  view.setUint32(4, low);
  return bytes;
}

/** By the old and the new names: consistent-hash places at random, so it must be the same ring that grows. */
const contenders = [
  { name: '`Ring`', make: (names) => new Ring(names.map((id) => ({ id }))), get: (hash, key) => hash.locate(key) },
  { name: '`JumpHash`', make: (names) => new JumpHash(names.map((id) => ({ id }))), get: (hash, key) => hash.locate(key) },
  { name: '`Maglev`', make: (names) => new Maglev(names.map((id) => ({ id }))), get: (hash, key) => hash.locate(key) },
  { name: '`Rendezvous`', make: (names) => new Rendezvous(names.map((id) => ({ id }))), get: (hash, key) => hash.locate(key) },
  { name: '`HashRing` of `/ketama`', make: (names) => new HashRing(names), get: (hash, key) => hash.get(key) },
  { name: 'npm `hashring` 3.2.0', make: (names) => new NpmHashRing(names), get: (hash, key) => hash.get(key) },
  {
    name: 'npm `consistent-hash` 1.2.2',
    make: npmConsistentHash,
    join: (hash, name) =>
      Object.assign(npmConsistentHash([]), {
        _nodes: [...hash._nodes],
        _nodeKeys: [...hash._nodeKeys],
        keyCount: hash.keyCount,
        nodeCount: hash.nodeCount,
        _keyMap: { ...hash._keyMap },
      }).add(name),
    get: (hash, key) => hash.get(key),
  },
  {
    name: 'npm `@subspace/jump-consistent-hash` 1.1.1',
    make: (names) => names,
    get: (names, key) => names[jump.jumpConsistentHash(subspaceKey(key), names.length)],
  },
  {
    name: 'npm `skeleton-rendezvous` 1.1.3',
    make: (names) => new SkeletonRendezvous({ sites: names }),
    get: (hash, key) => hash.findSite(key),
  },
].map((one) => ({ ...one, hash: one.make(ids) }));

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');
const WARM_UP = 20_000;

let sink = 0;
/** Goes on where the contender's last run ended: a cache of fewer keys than there are never has the next one. */
function run(contender, count, among = LOOKUPS.length) {
  const { get, hash } = contender;
  let at = contender.next ?? 0;
  const from = process.cpuUsage();
  for (let done = 0; done < count; done++) {
    if (++at >= among) at = 0;
    sink += get(hash, LOOKUPS[at]).length;
  }
  const { user, system } = process.cpuUsage(from);
  contender.next = at;
  return (1000 * (user + system)) / count;
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

function measureLookups() {
  const counts = contenders.map((one) => Math.ceil(Math.min(400_000, (TURN_MS * 1e6) / run(one, 2000))));
  const samples = contenders.map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [at, one] of contenders.entries()) {
      collectGarbage();
      run(one, Math.min(WARM_UP, counts[at]));
      samples[at].push(run(one, counts[at]));
    }
  }
  const rival = samples[contenders.findIndex(({ name }) => name.includes('npm `hashring`'))];
  return samples.map((own) => ({ ns: median(own), ratio: median(own.map((ns, round) => rival[round] / ns)) }));
}

function peakOf({ get, hash }, keys) {
  const loads = new Map(ids.map((id) => [id, 0]));
  for (const key of keys) {
    const id = get(hash, key);
    loads.set(id, loads.get(id) + 1);
  }
  return Math.max(...loads.values()) / (keys.length / NODES);
}

/** Keys that move when a node joins, over the least that the loads before and after permit. */
function movementOf({ get, make, join, hash }, keys) {
  const grown = join === undefined ? make([...ids, '10.0.99.99:11211']) : join(hash, '10.0.99.99:11211');
  const gains = new Map();
  let moved = 0;
  for (const key of keys) {
    const [before, after] = [get(hash, key), get(grown, key)];
    if (before === after) continue;
    moved++;
    gains.set(before, (gains.get(before) ?? 0) - 1);
    gains.set(after, (gains.get(after) ?? 0) + 1);
  }
  return moved / [...gains.values()].reduce((sum, gain) => sum + Math.max(0, gain), 0);
}

const lookups = measureLookups();
console.log(
  `Node.js ${process.version}, ${NODES} nodes, string keys of about 20 letters, medians of ${ROUNDS} rounds, processor time\n`,
);
console.log('| | lookup, ns | times as fast as npm `hashring` | peak/mean | moved/least, a node joins |');
console.log('|---|---|---|---|---|');
for (const [at, one] of contenders.entries()) {
  const keys = lookups[at].ns > 10_000 ? FEWER : KEYS;
  const { ns, ratio } = lookups[at];
  console.log(
    `| ${one.name} | ${ns.toFixed(0)} | ${ratio.toFixed(1)} | ${peakOf(one, keys).toFixed(3)} | ${movementOf(one, FEWER).toFixed(3)} |`,
  );
}

const ring = new Ring(nodes);
const loads = new BoundedLoads(ring, { epsilon: 0.05 });
const began = process.cpuUsage();
for (const key of KEYS) loads.assign(key);
const assigning = process.cpuUsage(began);
const assignNs = (1000 * (assigning.user + assigning.system)) / KEYS.length;
const held = new Map(ids.map((id) => [id, loads.load(id)]));
const bounded = Math.max(...held.values()) / (KEYS.length / NODES);
const moves = loads.update(ring.with({ id: 'joiner' }));
const excess = ids.reduce((sum, id) => sum + Math.max(0, held.get(id) - loads.bound(id)), 0);
console.log(
  `| \`BoundedLoads\` over \`Ring\`, ε = 0.05 | ${assignNs.toFixed(0)} to assign | | ${bounded.toFixed(3)} | ${(moves.length / excess).toFixed(3)} |`,
);

const shares = [];
for (let at = 0; at < 40; at++) {
  const names = Array.from({ length: NODES }, (_, node) => ({ id: createHash('md5').update(`${at}-${node}`).digest('hex') }));
  shares.push(Math.max(...new Ring(names).shares()) * NODES);
}
const one = measureMovement(ring, ring.without(ids[50]), FEWER);
console.log(
  `\nPeak share of \`Ring\` over 40 rings with other names: median ${median(shares).toFixed(3)}, greatest ${Math.max(...shares).toFixed(3)}.` +
    `\nA node leaves \`Ring\`: moved/least ${(one.moved / one.least).toFixed(3)}. Sampling of ${KEYS.length} keys blurs a peak by about ±${(3 / Math.sqrt(KEYS.length / NODES)).toFixed(2)}.`,
);
for (const contender of contenders.filter(({ name }) => /ketama|`hashring`/.test(name))) {
  run(contender, 10_000, 1000);
  console.log(`${contender.name}, a thousand keys that its cache holds: ${run(contender, 100_000, 1000).toFixed(0)} ns`);
}
if (sink === 0) throw new Error('nothing was looked up');
