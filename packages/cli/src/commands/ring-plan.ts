// `reknit ring plan`: from these nodes to others, replica by replica.
import {
  BoundedLoads,
  type ConsistentHash,
  loadsOf,
  type MovementPlan,
  type Placement,
  placeAll,
  planMovement,
  type ReplicaPolicy,
  serializePlan,
} from '@reknit/hashring';
import { CliError } from '../cli-error.js';
import { EXIT } from '../exit-codes.js';
import { jsonDocument } from '../output/json.js';
import { renderTable } from '../output/table.js';
import { createTerminal, type Terminal } from '../output/terminal.js';
import type { RingOptions } from './ring.js';
import { hashOf, listOf, parseEpsilon, parseNodes, refusing, writeText } from './ring-nodes.js';
import { bar, type Chart, toSvg } from './ring-plot.js';

interface PlanRingOptions extends RingOptions {
  readonly join?: string;
  readonly leave?: string;
  readonly dead?: string;
  readonly replicas: number;
  readonly partitions: number;
  readonly bounded?: string;
  readonly shareDomains?: true;
  readonly copiesPerNode: number;
  readonly out?: string;
}

interface Planned {
  readonly from: Placement;
  readonly to: Placement;
  readonly plan: MovementPlan;
}

export async function planRing(options: PlanRingOptions): Promise<number> {
  const planned = refusing(() => makePlan(options));
  if (options.out !== undefined) writeText(options.out, serializePlan(planned.plan));
  if (options.svg !== undefined) writeText(options.svg, toSvg(loadChart(planned)));
  if (options.json === true) jsonDocument({ format: 1, ...planned.plan });
  else show(createTerminal(), planned, options);
  return EXIT.ok;
}

function makePlan(options: PlanRingOptions): Planned {
  const before = hashOf('ring', parseNodes('--nodes', options.nodes), options.virtualNodes);
  const dead = listOf(options.dead);
  const after = changed(before, options, dead);
  const policy: ReplicaPolicy = { replicas: options.replicas, spread: options.shareDomains === true ? 'prefer' : 'require' };
  const keys = Array.from({ length: options.partitions }, (_, at) => `partition-${at}`);
  const [from, to] = placements(before, after, keys, policy, options.bounded);
  return { from, to, plan: planMovement(from, to, { dead, copiesPerNode: options.copiesPerNode }) };
}

function changed(before: ConsistentHash, { join, leave }: PlanRingOptions, dead: readonly string[]): ConsistentHash {
  const joining = join === undefined ? [] : parseNodes('--join', join);
  const leaving = [...listOf(leave), ...dead];
  if (joining.length + leaving.length === 0)
    throw new CliError('nothing changes', 'name nodes with --join, --leave or --dead', EXIT.usage);
  const joined = joining.reduce<ConsistentHash>((hash, node) => hash.with(node), before);
  return leaving.reduce((hash, id) => hash.without(id), joined);
}

function placements(
  before: ConsistentHash,
  after: ConsistentHash,
  keys: readonly string[],
  policy: ReplicaPolicy,
  bounded: string | undefined,
): readonly [Placement, Placement] {
  if (bounded === undefined) return [placeAll(before, keys, policy), placeAll(after, keys, policy)];
  const loads = new BoundedLoads(before, { epsilon: parseEpsilon(bounded), ...policy });
  for (const key of keys) loads.assign(key);
  const from = loads.placement();
  loads.update(after);
  return [from, loads.placement()];
}

const BAR_COLUMNS = 24;

function show(terminal: Terminal, { from, to, plan }: Planned, { partitions, replicas, out }: PlanRingOptions): void {
  const { paint } = terminal;
  const [before, after] = [loadsOf(from), loadsOf(to)];
  const most = Math.max(...before.values(), ...after.values());
  const ids = [...new Set([...before.keys(), ...after.keys()])];
  const rows = ids.map((id) => [
    paint.bold(id),
    String(before.get(id) ?? '–'),
    String(after.get(id) ?? '–'),
    signed((after.get(id) ?? 0) - (before.get(id) ?? 0)),
    paint.cyan(bar(after.get(id) ?? 0, most, BAR_COLUMNS)),
  ]);
  terminal.line(`  ${partitions} partitions × ${replicas} replicas, version ${plan.fromVersion} to ${plan.toVersion}\n`);
  for (const line of renderTable(['node', 'before', 'after', 'change', ''].map(paint.dim), rows, '  ')) terminal.line(line);
  terminal.line(`\n  ${plan.moved} replicas are copied; no plan to these loads copies fewer than ${plan.leastMoves}`);
  for (const [why, count] of reasons(plan)) terminal.line(`    ${String(count).padStart(6)}  ${why}`);
  terminal.line(
    `  ${plan.steps.length} steps, a majority of every partition alive and voting in each${out === undefined ? '' : `; written to ${out}`}`,
  );
}

const signed = (value: number): string => (value > 0 ? `+${value}` : String(value));

function reasons({ moves }: MovementPlan): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { why } of moves) counts.set(why, (counts.get(why) ?? 0) + 1);
  return counts;
}

function loadChart({ from, to, plan }: Planned): Chart {
  const [before, after] = [loadsOf(from), loadsOf(to)];
  const ids = [...new Set([...before.keys(), ...after.keys()])];
  return {
    title: `Replicas before and after: ${plan.moved} are copied`,
    subtitle: `${from.keys.size} partitions × ${to.replicas} replicas; the least possible is ${plan.leastMoves}`,
    labels: ids,
    series: [
      { name: 'before', values: ids.map((id) => before.get(id) ?? 0) },
      { name: 'after', values: ids.map((id) => after.get(id) ?? 0) },
    ],
    kind: 'bars',
    format: (value) => String(Math.round(value)),
  };
}
