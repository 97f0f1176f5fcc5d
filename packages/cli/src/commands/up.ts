// `reknit up`: nodes of a store, components, or both, in the foreground under one agent, until a signal.
import { resolve } from 'node:path';
import type { ProcessComponent } from '@reknit/drivers';
import type { ReknitFile } from '@reknit/host/components';
import { type Layout, type LayoutSettings, planLayout, readLayout, refuseContradiction } from '../cluster/layout.js';
import { completeSettings, readSettingsFile } from '../cluster/settings.js';
import { createTerminal, silentTerminal } from '../output/terminal.js';
import { runInForeground } from './foreground.js';
import { describeLayout } from './member-table.js';

export interface UpOptions extends Partial<LayoutSettings> {
  readonly file?: string;
  readonly data?: string;
  readonly json?: boolean;
}

const DATA_DEFAULT = '.reknit';
/** Without a file there are only nodes. */
const NO_FILE: ReknitFile = { cluster: {}, components: [] };

export async function up(options: UpOptions): Promise<number> {
  const { file, data, json = false, ...flags } = options;
  const { data: dataInFile, cluster, components, pages } = file === undefined ? NO_FILE : await readSettingsFile(file);
  const dataDir = resolve(data ?? dataInFile ?? DATA_DEFAULT);
  const given = cluster === undefined && flags.nodes === undefined ? undefined : { ...cluster, ...flags };
  const layout = layoutFor(dataDir, given, flags.store === undefined ? {} : { store: flags.store });
  return await runInForeground(
    { dataDir, layout, settings: { components, ...(pages === undefined ? {} : { pages }) } },
    {
      command: 'reknit up',
      about: aboutBoth(layout, components, dataDir),
      terminal: json ? silentTerminal() : createTerminal(),
      json,
    },
  );
}

type Records = Pick<LayoutSettings, 'store'>;

/** @param given undefined: no nodes */
function layoutFor(dataDir: string, given: Partial<LayoutSettings> | undefined, records: Records): Layout {
  const existing = readLayout(dataDir);
  if (existing === undefined) return given === undefined ? withoutNodes(records) : planLayout(completeSettings(given), 'cluster');
  refuseContradiction(dataDir, existing, given ?? records);
  return existing;
}

const withoutNodes = (records: Records): Layout =>
  planLayout({ ...completeSettings({ nodes: 1 }), ...records, nodes: 0 }, 'cluster');

function aboutBoth(layout: Layout, components: readonly ProcessComponent[], dataDir: string): string {
  const declared = components.map(({ name, instances }) => `${name} × ${instances}`);
  if (declared.length === 0) return describeLayout(layout, dataDir);
  return [
    ...(layout.nodes.length === 0 ? [] : [describeLayout(layout, dataDir)]),
    ...declared,
    ...(layout.nodes.length === 0 ? [dataDir] : []),
  ].join(' · ');
}
