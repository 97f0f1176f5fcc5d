// The table of pings while a member's loop is kept busy: the leader and the worst of the followers, phase by phase.
import type { PingFigures } from '../load/pings.js';
import type { LoopPhase, LoopResult } from './results.js';
import { fixed, milliseconds, table, whole } from './table.js';

const HEAD = [
  'pings while',
  'seconds',
  'leader p99.9 ms',
  'leader max ms',
  'follower p99.9 ms',
  'follower max ms',
  '> 100 ms',
  'of pings',
  'CPU wait %',
  'sender late max ms',
  'elections',
];

export function renderLoop(result: LoopResult): string {
  const lines = result.phases.flatMap(({ system, name, fault }) =>
    fault === undefined ? [] : [`- ${system}, ${name}: ${fault}`],
  );
  const failed = lines.length === 0 ? [] : [`Not done:\n\n${lines.join('\n')}`];
  return [`${whole(result.keys)} keys.`, table(HEAD, result.phases.map(row)), ...failed].join('\n\n');
}

function row(phase: LoopPhase): readonly string[] {
  const { system, name, seconds, members, leader, waitedShare, ownLateness, termsPassed, fault } = phase;
  const followers = members.filter((_, at) => at !== leader);
  const worst = followers.reduce((one, other) => (other.latency.max > one.latency.max ? other : one));
  const sum = (of: (figures: PingFigures) => number): string => whole(members.reduce((total, member) => total + of(member), 0));
  return [
    `${system}: ${name}${fault === undefined ? '' : ' (not done)'}`,
    fixed(seconds, 2),
    milliseconds(members[leader]!.latency.p999),
    milliseconds(members[leader]!.latency.max),
    milliseconds(worst.latency.p999),
    milliseconds(worst.latency.max),
    sum(({ late }) => late),
    sum(({ pings }) => pings),
    fixed(100 * waitedShare, 0),
    milliseconds(ownLateness.max),
    `${termsPassed}`,
  ];
}
