// `reknit check`: do all replicas hold the same? Each member's hash at one revision, in both keyspaces.
import { createEtcdStoreClient } from '@reknit/drivers';
import { compareReplicas, type ReplicaComparison } from '@reknit/recovery';
import { createNodeClock } from '@reknit/runtime/node';
import { CliError } from '../cli-error.js';
import { findCluster } from '../cluster/find-cluster.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { jsonDocument } from '../output/json.js';
import { renderTable } from '../output/table.js';
import { createTerminal, type Paint } from '../output/terminal.js';
import type { QueryOptions } from './query-options.js';

const TIMEOUT_MS = 3000;

export async function check(options: QueryOptions): Promise<number> {
  const { endpoints } = findCluster(options.endpoints);
  if (endpoints.length === 0)
    throw new CliError('this agent has no nodes, and so no replicas', 'name the members with  --endpoints', EXIT.usage);
  const store = createEtcdStoreClient(endpoints);
  const comparisons = await compareReplicas({ store, clock: createNodeClock(), endpoints, timeoutMs: TIMEOUT_MS });
  store.close();
  if (options.json === true) jsonDocument({ format: 1, verdict: verdictOf(comparisons), comparisons });
  else show(comparisons);
  return exitCodeOf(comparisons);
}

const verdictOf = (comparisons: readonly ReplicaComparison[]): ReplicaComparison['verdict'] =>
  comparisons.find(({ verdict }) => verdict === 'different')?.verdict ??
  comparisons.find(({ verdict }) => verdict === 'incomplete')?.verdict ??
  'equal';

function exitCodeOf(comparisons: readonly ReplicaComparison[]): ExitCode {
  if (comparisons.every(({ revision }) => revision === undefined)) return EXIT.unreachable;
  return verdictOf(comparisons) === 'equal' ? EXIT.ok : EXIT.failed;
}

function show(comparisons: readonly ReplicaComparison[]): void {
  const { line, paint } = createTerminal();
  const rows = comparisons.flatMap(({ keyspace, revision, replicas }) =>
    replicas.map(({ endpoint, hash, reason }) => [
      keyspace,
      endpoint.replace('http://', ''),
      revision === undefined ? '–' : `${revision}`,
      hash === undefined ? paint.yellow(reason ?? 'no answer') : hash.toString(16).padStart(8, '0'),
    ]),
  );
  const head = ['keyspace', 'member', 'revision', 'hash'].map((title) => paint.dim(title));
  for (const each of renderTable(head, rows, '  ')) line(each);
  line();
  for (const each of comparisons) line(`  ${sentence(paint, each)}`);
}

function sentence(paint: Paint, { keyspace, revision, verdict, replicas }: ReplicaComparison): string {
  const answered = replicas.filter(({ hash }) => hash !== undefined).length;
  if (verdict === 'equal') return `${paint.green('✔')} ${keyspace}: all ${replicas.length} hold the same at revision ${revision}`;
  if (verdict === 'different')
    return `${paint.red('✗')} ${keyspace}: members differ at revision ${revision}; see  reknit why , and  reknit repair  for the one that is alone`;
  return `${paint.yellow('?')} ${keyspace}: only ${answered} of ${replicas.length} could be compared`;
}
