// `reknit ring show`: what each node gets; with --sweep, what virtual nodes buy.
import { type Balance, BoundedLoads, balanceOf, type ConsistentHash, measureBalance, Ring } from '@reknit/hashring';
import { CliError } from '../cli-error.js';
import { EXIT } from '../exit-codes.js';
import { jsonDocument } from '../output/json.js';
import { renderTable } from '../output/table.js';
import { createTerminal, type Terminal } from '../output/terminal.js';
import type { RingOptions } from './ring.js';
import { hashOf, parseEpsilon, parseNodes, refusing, sampleKeys, writeText } from './ring-nodes.js';
import { bar, type Chart, toSvg } from './ring-plot.js';

interface ShowOptions extends RingOptions {
  readonly keys: number;
  readonly bounded?: string;
  readonly sweep?: true;
}

export async function showRing(options: ShowOptions): Promise<number> {
  const nodes = parseNodes('--nodes', options.nodes);
  const hash = refusing(() => hashOf(options.algorithm, nodes, options.virtualNodes));
  if (options.sweep === true) return sweep(hash, options);
  const epsilon = options.bounded === undefined ? undefined : parseEpsilon(options.bounded);
  const balance =
    epsilon === undefined ? measureBalance(hash, sampleKeys(options.keys)) : boundedBalance(hash, epsilon, options.keys);
  if (options.svg !== undefined) writeText(options.svg, toSvg(balanceChart(titleOf(hash, epsilon), balance)));
  if (options.json === true) jsonDocument({ format: 1, algorithm: hash.kind, epsilon: epsilon ?? null, ...balance });
  else showBalance(createTerminal(), titleOf(hash, epsilon), hash, balance);
  return EXIT.ok;
}

function boundedBalance(hash: ConsistentHash, epsilon: number, keys: number): Balance {
  const loads = refusing(() => new BoundedLoads(hash, { epsilon }));
  for (const key of sampleKeys(keys)) loads.assign(key);
  return balanceOf(hash, new Map(hash.nodes.map(({ id }) => [id, loads.load(id)])));
}

function titleOf(hash: ConsistentHash, epsilon: number | undefined): string {
  const points = hash instanceof Ring ? `, ${hash.virtualNodes} virtual nodes each` : '';
  const bound = epsilon === undefined ? '' : `, bounded loads ε = ${epsilon}`;
  return `${hash.kind}: ${hash.nodes.length} nodes${points}${bound}`;
}

const BAR_COLUMNS = 40;

function showBalance(terminal: Terminal, title: string, { nodes }: ConsistentHash, balance: Balance): void {
  const { paint } = terminal;
  const most = Math.max(...balance.loads.map(({ load }) => load));
  const rows = balance.loads.map(({ id, load, fair }, at) => [
    paint.bold(id),
    String(nodes[at]!.weight),
    nodes[at]!.domain.join('/') || '–',
    `${((100 * load) / balance.keys).toFixed(2)} %`,
    (load / fair).toFixed(3),
    paint.cyan(bar(load, most, BAR_COLUMNS)),
  ]);
  terminal.line(`  ${title}, ${balance.keys} keys\n`);
  for (const line of renderTable(['node', 'weight', 'domain', 'keys', '÷ fair', ''].map(paint.dim), rows, '  '))
    terminal.line(line);
  terminal.line(
    `\n  peak ${balance.peak.toFixed(3)} of the fair share, least ${balance.least.toFixed(3)}, deviation ${(100 * balance.deviation).toFixed(2)} %`,
  );
}

const balanceChart = (title: string, { loads, keys, peak }: Balance): Chart => ({
  title,
  subtitle: `load over fair share, ${keys} keys; peak ${peak.toFixed(3)}`,
  labels: loads.map(({ id }) => id),
  series: [{ name: 'load ÷ fair share', values: loads.map(({ load, fair }) => load / fair) }],
  kind: 'bars',
  mark: { value: 1, name: 'fair share' },
  format: (value) => value.toFixed(2),
});

const SWEEP = [8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096];

interface Point {
  readonly virtualNodes: number;
  readonly deviation: number;
  readonly deviationExpected: number;
  readonly peak: number;
  readonly peakExpected: number;
}

/** Of the exact shares: no sampling of keys blurs it. */
function sweep({ nodes, kind }: ConsistentHash, options: ShowOptions): number {
  if (kind !== 'ring' || nodes.length < 2)
    throw new CliError('--sweep is about a ring of at least two nodes', 'leave --algorithm away, or name more nodes', EXIT.usage);
  const total = nodes.reduce((sum, { weight }) => sum + weight, 0);
  const points = SWEEP.map((virtualNodes): Point => {
    const ring = refusing(() => new Ring(nodes, { virtualNodes }));
    const ratios = ring.shares().map((share, at) => (share * total) / ring.nodes[at]!.weight);
    return {
      virtualNodes,
      deviation: Math.sqrt(ratios.reduce((sum, ratio) => sum + (ratio - 1) ** 2, 0) / ratios.length),
      deviationExpected: Math.sqrt((1 - 1 / nodes.length) / virtualNodes),
      peak: Math.max(...ratios),
      peakExpected: 1 + Math.sqrt((2 * Math.log(nodes.length)) / virtualNodes),
    };
  });
  if (options.svg !== undefined) writeText(options.svg, toSvg(sweepChart(nodes.length, points)));
  if (options.json === true) jsonDocument({ format: 1, nodes: nodes.length, points });
  else showSweep(createTerminal(), nodes.length, points);
  return EXIT.ok;
}

function showSweep(terminal: Terminal, nodes: number, points: readonly Point[]): void {
  const { paint } = terminal;
  const percent = (value: number): string => `${(100 * value).toFixed(2)} %`;
  const rows = points.map(({ virtualNodes, deviation, deviationExpected, peak, peakExpected }) => [
    String(virtualNodes),
    percent(deviation),
    percent(deviationExpected),
    peak.toFixed(3),
    peakExpected.toFixed(3),
    paint.cyan(bar(peak - 1, points[0]!.peak - 1, BAR_COLUMNS)),
  ]);
  const head = ['virtual nodes', 'deviation', '√((1-1/n)/V)', 'peak', '1+√(2 ln n/V)', 'above the mean'];
  terminal.line(`  ring: ${nodes} nodes, exact shares\n`);
  for (const line of renderTable(head.map(paint.dim), rows, '  ')) terminal.line(line);
}

const sweepChart = (nodes: number, points: readonly Point[]): Chart => ({
  title: `Balance of a ring of ${nodes} nodes`,
  subtitle: 'peak of share over mean, against virtual nodes of each node',
  labels: points.map(({ virtualNodes }) => String(virtualNodes)),
  series: [
    { name: 'measured', values: points.map(({ peak }) => peak - 1) },
    { name: '√(2 ln n / V)', values: points.map(({ peakExpected }) => peakExpected - 1) },
    { name: 'deviation', values: points.map(({ deviation }) => deviation) },
  ],
  kind: 'lines',
  mark: { value: 0.1, name: '10 % above the mean' },
  format: (value) => `${Math.round(100 * value)} %`,
});
