// `reknit ring simulate`: nodes come and go, all algorithms side by side.
import { type ConsistentHash, HASH_KINDS, measureBalance, measureMovement } from '@reknit/hashring';
import { CliError } from '../cli-error.js';
import { EXIT } from '../exit-codes.js';
import { jsonDocument } from '../output/json.js';
import { renderTable } from '../output/table.js';
import { createTerminal, type Terminal } from '../output/terminal.js';
import type { RingOptions } from './ring.js';
import { hashOf, listOf, parseNodes, refusing, sampleKeys, writeText } from './ring-nodes.js';
import { bar, type Chart, toSvg } from './ring-plot.js';

interface SimulateOptions extends RingOptions {
  readonly events?: string;
  readonly keys: number;
}

interface Happening {
  readonly event: string;
  readonly apply: (hash: ConsistentHash) => ConsistentHash;
}

interface Outcome {
  readonly algorithm: string;
  readonly event: string;
  readonly moved: number;
  /** Of a perfectly balanced hash. */
  readonly minimum: number;
  readonly peak: number;
}

export async function simulateRing(options: SimulateOptions): Promise<number> {
  const nodes = parseNodes('--nodes', options.nodes);
  const happenings = (options.events === undefined ? defaultEvents(nodes) : listOf(options.events)).map(toHappening);
  const keys = sampleKeys(options.keys);
  const equal = nodes.every(({ weight }) => weight === nodes[0]!.weight);
  const outcomes = refusing(() =>
    HASH_KINDS.filter((kind) => equal || kind !== 'jump').flatMap((kind) =>
      run(hashOf(kind, nodes, options.virtualNodes), happenings, keys),
    ),
  );
  if (options.svg !== undefined) writeText(options.svg, toSvg(movementChart(nodes.length, happenings, outcomes)));
  if (options.json === true) jsonDocument({ format: 1, keys: keys.length, outcomes });
  else show(createTerminal(), nodes.length, outcomes, keys.length);
  return EXIT.ok;
}

/** The first, so that nothing depends on where it stands; and one in the middle. */
function defaultEvents(nodes: readonly { readonly id: string }[]): readonly string[] {
  if (nodes.length < 3) return ['join'];
  return ['join', `leave:${nodes[0]!.id}`, `die:${nodes[nodes.length >> 1]!.id}`, `replace:${nodes[1]!.id}=spare`];
}

function toHappening(event: string, at: number): Happening {
  const [kind = '', argument = ''] = event.split(':');
  const id = argument === '' ? `joined-${at + 1}` : argument;
  if (kind === 'join') return { event: `${id} joins`, apply: (hash) => hash.with({ id, domain: hash.nodes[0]!.domain }) };
  if (argument !== '' && kind === 'leave') return { event: `${id} leaves`, apply: (hash) => hash.without(id) };
  if (argument !== '' && kind === 'die') return { event: `${id} dies`, apply: (hash) => hash.without(id) };
  const [old = '', fresh = ''] = argument.split('=');
  if (kind === 'replace' && old !== '' && fresh !== '') {
    return {
      event: `${fresh} replaces ${old}`,
      apply: (hash) => hash.replace(old, { ...hash.nodes.find((node) => node.id === old), id: fresh }),
    };
  }
  throw new CliError(`--events has ${JSON.stringify(event)}`, 'write join, leave:ID, die:ID or replace:ID=ID', EXIT.usage);
}

function run(start: ConsistentHash, happenings: readonly Happening[], keys: readonly string[]): readonly Outcome[] {
  let hash = start;
  return happenings.map(({ event, apply }) => {
    const next = apply(hash);
    const { moved, ideal } = measureMovement(hash, next, keys);
    hash = next;
    return { algorithm: hash.kind, event, moved, minimum: ideal, peak: measureBalance(hash, keys).peak };
  });
}

const BAR_COLUMNS = 24;

function show(terminal: Terminal, nodes: number, outcomes: readonly Outcome[], keys: number): void {
  const { paint } = terminal;
  const most = Math.max(...outcomes.map(({ moved }) => moved));
  const percent = (value: number): string => `${((100 * value) / keys).toFixed(2)} %`;
  const rows = outcomes.map(({ algorithm, event, moved, minimum, peak }, at) => [
    outcomes[at - 1]?.algorithm === algorithm ? '' : paint.bold(algorithm),
    event,
    percent(moved),
    percent(minimum),
    peak.toFixed(3),
    paint.cyan(bar(moved, most, BAR_COLUMNS)),
  ]);
  terminal.line(`  ${nodes} nodes, ${keys} keys\n`);
  for (const line of renderTable(['algorithm', 'event', 'moved', 'ideal', 'peak', ''].map(paint.dim), rows, '  '))
    terminal.line(line);
  terminal.line('\n  ideal: what a perfectly balanced hash must move. peak: the fullest node over its fair share.');
}

function movementChart(nodes: number, happenings: readonly Happening[], outcomes: readonly Outcome[]): Chart {
  const algorithms = [...new Set(outcomes.map(({ algorithm }) => algorithm))];
  const ratio = ({ moved, minimum }: Outcome): number => (minimum === 0 ? 0 : moved / minimum);
  return {
    title: `Movement when ${nodes} nodes change`,
    subtitle: 'keys moved over what a perfectly balanced hash must move',
    labels: happenings.map(({ event }) => event),
    series: algorithms.map((name) => ({ name, values: outcomes.filter(({ algorithm }) => algorithm === name).map(ratio) })),
    kind: 'bars',
    mark: { value: 1, name: 'ideal' },
    format: (value) => value.toFixed(2),
  };
}
