// The ledger of simulated runs: docs/evidence.json, and docs/evidence.md that is made from it. An entry is one soak on one commit.
// Seeds are kept as ranges, so that what is said to be distinct can be counted again: a seed that ran on another protocol or on
// another commit is another run, and no other seed.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/**
 * @typedef {readonly [number, number]} Range first and last
 * @typedef {{ seeds: Range[], runs: number, violations: number, virtualMs: number, operations: number, faults: Record<string, number> }} Share
 * @typedef {{ commit: string, date: string, node: string, realMs: number, protocols: Record<string, Share> }} Entry
 * @typedef {{ format: 1, entries: Entry[] }} Evidence
 */

export const EVIDENCE_JSON = new URL('../docs/evidence.json', import.meta.url);
export const EVIDENCE_MD = new URL('../docs/evidence.md', import.meta.url);

/** @returns {Evidence} */
export const readEvidence = (file = EVIDENCE_JSON) =>
  existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { format: 1, entries: [] };

/** @param {Evidence} evidence */
export function writeEvidence(evidence) {
  writeFileSync(EVIDENCE_JSON, `${JSON.stringify(evidence, null, 1)}\n`);
  writeFileSync(EVIDENCE_MD, renderEvidence(evidence));
}

/** Where no run has been: behind all that any entry has. @param {Evidence} evidence */
export const nextSeed = ({ entries }) =>
  1 +
  Math.max(
    0,
    ...entries.flatMap(({ protocols }) => Object.values(protocols).flatMap(({ seeds }) => seeds.map(([, last]) => last))),
  );

/** @param {Iterable<number>} seeds @returns {Range[]} */
export function rangesOf(seeds) {
  /** @type {[number, number][]} */
  const ranges = [];
  for (const seed of [...new Set(seeds)].sort((one, other) => one - other)) {
    const last = ranges.at(-1);
    if (last !== undefined && seed === last[1] + 1) last[1] = seed;
    else ranges.push([seed, seed]);
  }
  return ranges;
}

/** How many seeds lie in any of them. @param {readonly Range[]} ranges */
export function countDistinct(ranges) {
  let count = 0;
  let reached = Number.NEGATIVE_INFINITY;
  for (const [first, last] of [...ranges].sort(([one], [other]) => one - other)) {
    const from = Math.max(first, reached + 1);
    if (last >= from) count += last - from + 1;
    reached = Math.max(reached, last);
  }
  return count;
}

/** The commit that is checked out, and whether the sources are exactly it. */
export function commitNow() {
  try {
    const git = (...words) => execFileSync('git', words, { encoding: 'utf8' }).trim();
    return `${git('rev-parse', '--short=10', 'HEAD')}${git('status', '--porcelain', '--', 'packages') === '' ? '' : ' and changes'}`;
  } catch {
    return 'unknown';
  }
}

const PROTOCOLS = ['raft', 'paxos', 'zab'];
const spoken = (value) => Math.round(value).toLocaleString('en-US');
const hours = (ms) => (ms / 3_600_000).toLocaleString('en-US', { maximumFractionDigits: 1, minimumFractionDigits: 1 });

/** @param {Evidence} evidence */
export function renderEvidence({ entries }) {
  const shares = entries.flatMap(({ protocols }) => Object.values(protocols));
  const distinct = countDistinct(shares.flatMap(({ seeds }) => seeds));
  const sum = (of) => shares.reduce((total, share) => total + of(share), 0);
  const head = `${spoken(distinct)} distinct seeds in ${spoken(sum(({ runs }) => runs))} runs, ${hours(sum(({ virtualMs }) => virtualMs))} virtual hours of three members, ${spoken(sum(({ operations }) => operations))} checked operations of registers, ${spoken(sum(({ violations }) => violations))} runs with violations.`;
  return `# Evidence

What the simulator has been through, added to by \`npm run soak:sim\`; made from \`evidence.json\`, which has the ranges of seeds. A run is
one seed on one protocol on one commit; a seed that ran on three protocols is three runs and one seed. Entries of older commits say
little about newer ones: their kinds of fault, workloads and checkers were those of their day.

**${head}**

## By protocol

| protocol | distinct seeds | runs | virtual hours | operations | faults | runs with violations |
|---|---:|---:|---:|---:|---:|---:|
${PROTOCOLS.map((name) => protocolRow(name, entries)).join('\n')}

## By commit

| commit | date | distinct seeds | runs | virtual hours | real hours | runs with violations |
|---|---|---:|---:|---:|---:|---:|
${entries.map(entryRow).join('\n')}

## Faults by kind

Of those that go on all the time (loss, duplication, reorder, damage, torn writes) the frames and writes that they spoilt.

| fault | ${PROTOCOLS.join(' | ')} |
|---|---:|---:|---:|
${faultRows(entries).join('\n')}
`;
}

const sharesOf = (name, entries) => entries.flatMap(({ protocols }) => (protocols[name] === undefined ? [] : [protocols[name]]));

function protocolRow(name, entries) {
  const shares = sharesOf(name, entries);
  const sum = (of) => shares.reduce((total, share) => total + of(share), 0);
  const faults = sum((share) => Object.values(share.faults).reduce((total, times) => total + times, 0));
  const distinct = countDistinct(shares.flatMap(({ seeds }) => seeds));
  return `| ${name} | ${spoken(distinct)} | ${spoken(sum(({ runs }) => runs))} | ${hours(sum(({ virtualMs }) => virtualMs))} | ${spoken(sum(({ operations }) => operations))} | ${spoken(faults)} | ${spoken(sum(({ violations }) => violations))} |`;
}

function entryRow({ commit, date, realMs, protocols }) {
  const shares = Object.values(protocols);
  const sum = (of) => shares.reduce((total, share) => total + of(share), 0);
  const distinct = countDistinct(shares.flatMap(({ seeds }) => seeds));
  return `| ${commit} | ${date} | ${spoken(distinct)} | ${spoken(sum(({ runs }) => runs))} | ${hours(sum(({ virtualMs }) => virtualMs))} | ${hours(realMs)} | ${spoken(sum(({ violations }) => violations))} |`;
}

function faultRows(entries) {
  const sums = PROTOCOLS.map((name) => {
    const times = {};
    for (const { faults } of sharesOf(name, entries))
      for (const kind of Object.keys(faults)) times[kind] = (times[kind] ?? 0) + faults[kind];
    return times;
  });
  const kinds = [...new Set(sums.flatMap((times) => Object.keys(times)))].sort();
  return kinds.map((kind) => `| ${kind} | ${sums.map((times) => spoken(times[kind] ?? 0)).join(' | ')} |`);
}
