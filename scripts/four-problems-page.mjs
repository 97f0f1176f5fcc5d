// docs/four-problems.md: consistency, delay, reliability and cost of recovery, each with the answer that the drills measured.
import { newestRuns } from './drill-ledger.mjs';

/** @typedef {import('./drill-ledger.mjs').Round} Round */

/**
 * @param {import('./drill-ledger.mjs').Ledger} ledger
 * @param {typeof import('../packages/simulator/src/recovery-availability.js').availabilityOf} availabilityOf
 */
export function renderFourProblems(ledger, availabilityOf) {
  const runs = newestRuns(ledger);
  const rounds = runs.flatMap((run) => run.rounds);
  return `# The four problems of recovery, measured

Whoever heals a system while it runs must answer four questions: does healing harm the data, how long does it take, can it be relied on, and what does it cost?
These answers are measured, not argued: ${spoken(rounds.length)} faults made in real processes under checked load (${[...new Set(runs.map(({ protocol }) => protocol))].join(', ')}; commit
${[...new Set(runs.map(({ commit }) => commit))].join(', ')}), each judged against what was really done and what clients really saw. Made by \`npm run docs:four-problems\` from
\`drills.json\`; round by round in [drills](drills.md). A time is counted from the fault itself; what each of the four times means: [MTTD, MTTA, MTTM,
MTTR](concepts/mttd-mtta-mttm-mttr-and-availability.md).

| problem | question | measured |
|---|---|---|
| [consistency](#consistency) | Is an acknowledged write ever lost, or an old value read, because something was healed? | ${consistencyAnswer(rounds)} |
| [delay](#delay) | How long until it is noticed, until clients are served, until it bears the next fault? | ${delayAnswer(rounds)} |
| [reliability](#reliability) | Is the fault rightly named and dealt with, and health left alone? | ${reliabilityAnswer(rounds)} |
| [cost](#cost) | What is done, and what do clients pay? | ${costAnswer(rounds)} |

## Consistency

Clients write and read registers all the while; a checker holds every answer against linearizability, and every acknowledged write is read back in the end.

| protocol | rounds | acknowledged writes | lost | stale reads | acts on healthy components |
|---|---:|---:|---:|---:|---:|
${[
  ...groupBy(
    runs.flatMap((run) => run.rounds.map((round) => ({ ...round, protocol: run.protocol }))),
    ({ protocol }) => protocol,
  ),
]
  .map(
    ([protocol, of]) =>
      `| ${protocol} | ${of.length} | ${spoken(sum(of, ({ acknowledged }) => acknowledged))} | ${sum(of, ({ lost }) => lost)} | ${sum(of, ({ stale }) => stale)} | ${sum(of, ({ falseActions }) => falseActions)} |`,
  )
  .join('\n')}

${boundSentence(rounds.length, rounds.filter(({ lost, stale }) => lost + stale > 0).length, 'a fault with its recovery costs or falsifies a write')}

## Delay

Median and worst, from the fault. MTTM is the engine's own measurement, which begins when it has noticed; "first write" is the clients': the first write begun after the
fault and acknowledged. A follower's fault causes hardly an outage; a leader's lasts as long as an election, whether the engine has noticed it or not.

| fault | of | rounds | MTTD | MTTA | MTTM | MTTR | first write |
|---|---|---:|---:|---:|---:|---:|---:|
${delayRows(rounds).join('\n')}

## Reliability

"Dealt with" is a round without any objection: rightly named, healed or handed to a human as is right for its class, nothing lost, nobody healthy touched. In
rounds of no fault, silence is right.

| fault | rounds | rightly named | named | dealt with | acts on healthy components |
|---|---:|---:|---|---:|---:|
${[...groupBy(rounds, ({ fault }) => fault)].map(reliabilityRow).join('\n')}

${boundSentence(rounds.length, rounds.filter(({ passed }) => !passed).length, 'a fault is not rightly named and dealt with')}

## Cost

What was done for each fault, for how long the next fault would have found less redundancy, and what clients saw: writes that were refused, and writes whose
outcome their client never learnt.

| fault | steps a round | which | without redundancy, median | refused writes a round | of unknown outcome a round |
|---|---:|---|---:|---:|---:|
${[
  ...groupBy(
    rounds.filter(({ fault }) => fault !== 'nothing'),
    ({ fault }) => fault,
  ),
]
  .map(costRow)
  .join('\n')}

## What that makes of availability

The means of the measured times in [the Markov model](concepts/mttd-mtta-mttm-mttr-and-availability.md) of three members, if each fails so often by itself. Coverage is the
share of faults that was rightly dealt with; the rest is taken to wait eight hours for a human.

| each member fails once in | coverage | without a majority, a year | in elections, a year | availability |
|---|---:|---:|---:|---:|
${availabilityRows(rounds, availabilityOf).join('\n')}

The measured coverage counts every objection of a drill, and a single one in few rounds weighs heavily; the last row is what a long series without any would mean.
`;
}

const DAY_MS = 24 * 3600 * 1000;
const YEAR_MS = 365.25 * DAY_MS;
const BY_HUMAN_MS = 8 * 3600 * 1000;

function availabilityRows(rounds, availabilityOf) {
  const faults = faultsIn(rounds);
  const ofLeaders = faults.filter(({ victim }) => victim?.role === 'leader');
  const mttr = mean(faults.map(({ times }) => times.mttr));
  const mttm = mean(ofLeaders.map(({ firstAcceptedWriteMs }) => firstAcceptedWriteMs));
  if (mttr === undefined || mttm === undefined) return [];
  const measured = faults.filter(({ passed }) => passed).length / faults.length;
  const cases = [
    [30, measured],
    [1, measured],
    [30, 1],
  ];
  return cases.map(([days, coverage]) => {
    const {
      share: up,
      withoutMajority,
      electing,
    } = availabilityOf({
      members: 3,
      mttf: days * DAY_MS,
      mttr,
      mttm,
      coverage,
      mttrByHuman: BY_HUMAN_MS,
    });
    const aYear = (part) => duration(part * YEAR_MS);
    return `| ${days === 1 ? 'a day' : `${days} days`} | ${(coverage * 100).toFixed(1)} % | ${aYear(withoutMajority)} | ${aYear(electing)} | ${(up * 100).toFixed(7)} % |`;
  });
}

function mean(values) {
  const all = known(values);
  return all.length === 0 ? undefined : sum(all, (value) => value) / all.length;
}

const spoken = (value) => Math.round(value).toLocaleString('en-US');
const sum = (items, of) => items.reduce((total, item) => total + (of(item) ?? 0), 0);
const known = (values) => values.filter((value) => typeof value === 'number').sort((one, other) => one - other);
const share = (part, whole) => (whole === 0 ? '–' : `${Math.floor((part / whole) * 1000) / 10} %`);

/** @returns {Map<string, Round[]>} in the order of their first member */
function groupBy(items, keyOf) {
  const groups = new Map();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

export function median(values) {
  const sorted = known(values);
  if (sorted.length === 0) return undefined;
  return (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.floor(sorted.length / 2)]) / 2;
}

function duration(ms) {
  if (ms === undefined) return '–';
  if (ms < 1000) return `${ms < 10 ? Math.round(ms * 10) / 10 : Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return ms < 3_600_000 ? `${(ms / 60_000).toFixed(1)} min` : `${(ms / 3_600_000).toFixed(1)} h`;
}

const spread = (values) => {
  const sorted = known(values);
  return sorted.length === 0 ? '–' : `${duration(median(sorted))} / ${duration(sorted.at(-1))}`;
};

/** Of a kind that something is to be done about: silence was never right. */
function faultsIn(rounds) {
  const silent = ({ diagnosedAs }) => diagnosedAs === 'silence' || diagnosedAs === 'not-enough-evidence';
  const harmless = new Set(rounds.filter((round) => round.rightlyNamed && silent(round)).map(({ fault }) => fault));
  return rounds.filter(({ fault }) => !harmless.has(fault));
}

const consistencyAnswer = (rounds) =>
  `${sum(rounds, ({ lost }) => lost)} of ${spoken(sum(rounds, ({ acknowledged }) => acknowledged))} acknowledged writes lost, ${sum(rounds, ({ stale }) => stale)} stale reads`;

function delayAnswer(rounds) {
  const faults = faultsIn(rounds);
  const of = (time) => duration(median(faults.map(({ times }) => times[time])));
  return `median: noticed after ${of('mttd')}, clients served after ${of('mttm')}, redundancy back after ${of('mttr')}`;
}

function reliabilityAnswer(rounds) {
  const named = rounds.filter(({ rightlyNamed }) => rightlyNamed).length;
  const dealtWith = rounds.filter(({ passed }) => passed).length;
  return `${share(named, rounds.length)} rightly named, ${share(dealtWith, rounds.length)} dealt with, ${sum(rounds, ({ falseActions }) => falseActions)} acts on healthy components`;
}

function costAnswer(rounds) {
  const faults = faultsIn(rounds);
  const steps = faults.length === 0 ? 0 : sum(faults, ({ actions }) => actions?.length) / faults.length;
  return `${steps.toFixed(1)} steps a fault; ${duration(median(faults.map(({ times }) => times.mttr)))} without full redundancy; ${perRound(faults, ({ refused }) => refused)} refused writes`;
}

const perRound = (rounds, of) => (rounds.length === 0 ? '–' : (sum(rounds, of) / rounds.length).toFixed(1));

function delayRows(rounds) {
  const groups = groupBy(faultsIn(rounds), ({ fault, victim }) => `${fault}|${victim?.role ?? '–'}`);
  return [...groups]
    .sort(([one], [other]) => one.localeCompare(other))
    .map(([key, of]) => {
      const [fault, role] = key.split('|');
      const times = ['mttd', 'mtta', 'mttm', 'mttr'].map((time) => spread(of.map((round) => round.times[time])));
      return `| ${fault} | ${role} | ${of.length} | ${times.join(' | ')} | ${spread(of.map(({ firstAcceptedWriteMs }) => firstAcceptedWriteMs))} |`;
    });
}

function reliabilityRow([fault, of]) {
  const named = [...groupBy(of, ({ diagnosedAs }) => diagnosedAs)].map(([name, each]) => `${name} ${each.length}`).join(', ');
  return `| ${fault} | ${of.length} | ${of.filter(({ rightlyNamed }) => rightlyNamed).length} | ${named} | ${of.filter(({ passed }) => passed).length} | ${sum(of, ({ falseActions }) => falseActions)} |`;
}

function costRow([fault, of]) {
  const actions = groupBy(
    of.flatMap((round) => round.actions ?? []),
    (action) => action,
  );
  const which = [...actions].map(([action, each]) => `${action} ${each.length}`).join(', ');
  return `| ${fault} | ${perRound(of, (round) => round.actions?.length)} | ${which === '' ? 'none' : which} | ${duration(median(of.map(({ times }) => times.mttr)))} | ${perRound(of, ({ refused }) => refused)} | ${perRound(of, ({ unknown }) => unknown)} |`;
}

/**
 * With so many rounds, how often it happens at most: 95 % of all series as long as this one would have shown more. Without any
 * it is the rule of three; otherwise Wilson's bound.
 */
export function upperBound(rounds, bad) {
  if (rounds === 0) return 1;
  if (bad === 0) return 1 - 0.05 ** (1 / rounds);
  const z = 1.645;
  const p = bad / rounds;
  const centre = p + z ** 2 / (2 * rounds);
  const spreadOf = z * Math.sqrt((p * (1 - p)) / rounds + z ** 2 / (4 * rounds ** 2));
  return Math.min(1, (centre + spreadOf) / (1 + z ** 2 / rounds));
}

const boundSentence = (rounds, bad, what) =>
  `${bad === 0 ? 'None' : spoken(bad)} of ${spoken(rounds)} rounds: the probability that ${what} is below ${(upperBound(rounds, bad) * 100).toFixed(1)} % (with 95 % confidence). More rounds make that smaller, not arguments.`;
