// `reknit incidents` and `reknit incident ID`.
import type { Incident } from '@reknit/recovery';
import { CliError } from '../cli-error.js';
import { findCluster } from '../cluster/find-cluster.js';
import { readIncidents, sourceNote } from '../cluster/incident-source.js';
import { EXIT } from '../exit-codes.js';
import { tellIncident } from '../output/incident-story.js';
import { jsonDocument } from '../output/json.js';
import { renderTable } from '../output/table.js';
import { createTerminal, type Paint } from '../output/terminal.js';
import { dateTime, plural, spokenDuration } from '../output/words.js';
import type { QueryOptions } from './query-options.js';

const LAST_DEFAULT = 20;

export async function incidents(options: QueryOptions & { readonly last?: number }): Promise<number> {
  const cluster = findCluster(options.endpoints);
  const { source, incidents: all } = await readIncidents(cluster);
  const shown = all.slice(-(options.last ?? LAST_DEFAULT));
  if (options.json === true) {
    jsonDocument({ format: 1, source, total: all.length, incidents: shown });
    return EXIT.ok;
  }
  const terminal = createTerminal();
  const from = sourceNote(source, cluster);
  if (from !== undefined) terminal.line(`  ${terminal.paint.yellow(from)}\n`);
  if (all.length === 0) terminal.line('  No incidents.');
  else for (const line of table(terminal.paint, shown)) terminal.line(line);
  if (shown.length < all.length)
    terminal.line(`\n  The last ${shown.length} of ${plural(all.length, 'incident')}; more with --last ${all.length}`);
  return EXIT.ok;
}

function table(paint: Paint, shown: readonly Incident[]): readonly string[] {
  const head = ['began', 'component', 'cause', 'state', 'MTTD', 'MTTA', 'MTTM', 'MTTR', 'id'].map((title) => paint.dim(title));
  const time = (ms: number | undefined): string => (ms === undefined ? '–' : spokenDuration(ms));
  const rows = shown.map(({ moments, subject, diagnosis, phase, times, id }) => [
    dateTime(moments.onset),
    paint.bold(subject),
    diagnosis?.verdict ?? '–',
    paintPhase(paint, phase.kind),
    time(times.mttd),
    time(times.mtta),
    time(times.mttm),
    time(times.mttr),
    id,
  ]);
  return renderTable(head, rows, '  ');
}

function paintPhase(paint: Paint, kind: Incident['phase']['kind']): string {
  if (kind === 'resolved') return paint.green(kind);
  if (kind === 'expired') return paint.dim(kind);
  return kind === 'escalated' ? paint.red(kind) : paint.yellow(kind);
}

export async function incident(id: string, options: QueryOptions): Promise<number> {
  const cluster = findCluster(options.endpoints);
  const { source, incidents: all } = await readIncidents(cluster);
  const found = findIncident(all, id);
  if (options.json === true) {
    jsonDocument({ format: 1, source, incident: found });
    return EXIT.ok;
  }
  const terminal = createTerminal();
  const from = sourceNote(source, cluster);
  if (from !== undefined) terminal.line(`  ${terminal.paint.yellow(from)}\n`);
  tellIncident(terminal, found);
  return EXIT.ok;
}

function findIncident(all: readonly Incident[], id: string): Incident {
  const matching = all.filter((each) => each.id.startsWith(id));
  const exact = matching.find((each) => each.id === id) ?? (matching.length === 1 ? matching[0] : undefined);
  if (exact !== undefined) return exact;
  if (matching.length === 0) throw new CliError(`no incident begins with "${id}"`, 'list them with  reknit incidents');
  throw new CliError(
    `${matching.length} incidents begin with "${id}"`,
    `write more of one: ${matching
      .slice(-5)
      .map((each) => each.id)
      .join(', ')}`,
  );
}
